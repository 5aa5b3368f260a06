"""What a site on the open internet must not start with: each problem with the variable, its value and the remedy.

Checked where PRODUCTION is set: by every management command, as Django's system checks, and before web server, workers
and beat begin. Left out on purpose: what Django's own `check --deploy` looks at."""

import ipaddress
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_KEY = 50
SHORTEST_TOKEN = 32  # of what hashes addresses or is shown by programs: 128 bits, even as hexadecimal digits
FEWEST_CHARACTERS = 10
# What stands in examples, in this project's and in others'
KNOWN_KEYS = ("change", "django-insecure-", "example", "password", "replace", "secret", "your-")
MAKE_A_KEY = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
SOCKETS = ("redis+socket", "unix")


@register(Tags.security)
def check_production(**kwargs: Any) -> list[CheckMessage]:
    return problems() if settings.PRODUCTION else []


def refuse() -> None:
    """End this process with a sentence for each thing that must not be, where PRODUCTION is set."""
    wrong = [problem for problem in check_production() if problem.level >= Error("").level]
    if wrong:
        lines = [f"  {problem.id}: {problem.msg} {problem.hint}" for problem in wrong]
        raise SystemExit("\n".join(["With PRODUCTION=true the site does not start like this:", *lines]))


def problems() -> list[CheckMessage]:
    found = [*_secret_key(), *_other_keys(), *_debug(), *_hosts(), *_servers(), *_https()]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        hint = "DATABASE_URL=postgres://user:password@host/name; for one small machine SQLite will do: then silence it."
        found.append(Warning("The database is SQLite, which one machine can use.", hint=hint, id="digits.W001"))
    if not settings.TRUSTED_PROXIES:
        hint = "Name the proxy in front, as it is seen from here: TRUSTED_PROXIES=127.0.0.1"
        text = "TRUSTED_PROXIES is empty: all visitors seem to come from one address, and are throttled together."
        found.append(Warning(text, hint=hint, id="digits.W002"))
    return found


def _secret_key() -> Iterator[CheckMessage]:
    if not os.environ.get("SECRET_KEY", "").strip():
        yield Error("SECRET_KEY is not set.", hint=MAKE_A_KEY, id="digits.E001")
        return
    for name, key in [("SECRET_KEY", settings.SECRET_KEY), *_fallbacks()]:
        if why := _weakness(key):
            # The key itself is nobody's business on a screen or in a log.
            yield Error(f"{name} {why}.", hint=MAKE_A_KEY, id="digits.E002")


def _fallbacks() -> list[tuple[str, str]]:
    return [("A key in SECRET_KEY_FALLBACKS", key) for key in settings.SECRET_KEY_FALLBACKS]


def _other_keys() -> Iterator[CheckMessage]:
    """Empty they are fine: the site then makes a key for addresses, and /metrics is this machine's own."""
    unset = {
        "ADDRESS_KEY": "or leave it empty on a site of one machine, which makes one itself",
        "METRICS_TOKEN": "or leave it empty, and only programs on the same machine read /metrics",
    }
    for number, (name, remedy) in zip(("E008", "E009"), unset.items(), strict=True):
        key = getattr(settings, name)
        if key and (why := _weakness(key, shortest=SHORTEST_TOKEN)):
            yield Error(f"{name} {why}.", hint=f"{MAKE_A_KEY} ({remedy})", id=f"digits.{number}")


def _weakness(key: str, *, shortest: int = SHORTEST_KEY) -> str | None:
    if len(key) < shortest:
        return f"has {len(key)} characters, and needs {shortest}"
    if len(set(key)) < FEWEST_CHARACTERS:
        return f"has {len(set(key))} different characters, and needs {FEWEST_CHARACTERS}"
    known = next((word for word in KNOWN_KEYS if key.lower().startswith(word)), None)
    return f"begins with {known!r}, as the keys of examples do" if known else None


def _debug() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        hint = "Unset it: its error pages show settings and code to everybody."
        yield Error("DEBUG is true.", hint=hint, id="digits.E003")


def _hosts() -> Iterator[CheckMessage]:
    hosts, hint = settings.ALLOWED_HOSTS, "Name the site's own: ALLOWED_HOSTS=digits.example.org"
    if set(hosts) <= set(settings.LOCAL_HOSTS):
        yield Error(f"ALLOWED_HOSTS is {','.join(hosts)}, which no visitor asks for.", hint=hint, id="digits.E004")
    elif any(host in ("*", ".") for host in hosts):
        yield Error("ALLOWED_HOSTS holds *, which anybody may pretend to be.", hint=hint, id="digits.E004")


def _servers() -> Iterator[CheckMessage]:
    """The broker takes orders, and the cache counts, for whoever may connect."""
    cache = str(settings.CACHES["default"].get("LOCATION", ""))
    for name, url, number in [("REDIS_URL", settings.CELERY_BROKER_URL, "E005"), ("CACHE_URL", cache, "E006")]:
        if url and _is_open(url):
            host = urlsplit(url).hostname
            text = f"{name} names the server {host}, and no password: whoever reaches it can order what workers do."
            hint = f"Give the server a password and name it: {name}=redis://:password@{host}:6379/0"
            yield Error(text, hint=hint, id=f"digits.{number}")


def _is_open(url: str) -> bool:
    """Whether a server on another machine, or for other machines, is named without a password.

    The embedded one listens on a socket that its own account alone can open."""
    for part in url.split(";"):  # of several sentinels each has to have one
        address = urlsplit(part)
        if address.scheme not in SOCKETS and not address.password and not _is_here(unquote(address.hostname or "")):
            return True
    return False


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _https() -> Iterator[CheckMessage]:
    if not settings.HTTPS:
        hint = "Put a proxy in front that ends TLS and sets X-Forwarded-Proto, and set HTTPS=true."
        yield Error("HTTPS is false: passwords and cookies would travel readable.", hint=hint, id="digits.E007")
