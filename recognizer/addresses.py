"""Where a request comes from: the address of the connection, or what a trusted proxy says in X-Forwarded-For.

That header is read from the right, since anybody may write its left part. Left out on purpose: keeping an address; who
counts by it or hashes it does that for itself."""

import logging
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)

UNIX = "unix"  # of a connection over a Unix socket, which has no address; also its name in TRUSTED_PROXIES
PUBLIC = "a public address"
MOST_WARNINGS = 8
HOME_PREFIX_BITS = 64  # of IPv6: what one household or machine has, all of whose addresses are one visitor's

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FOUND = "_client_address"
_warned: set[str] = set()


def client_address(request: HttpRequest) -> str:
    """The client's IPv4 address, or the /64 of its IPv6 address ("2001:db8::/64"); "unix" where nobody told one.

    The nearest hop that is no trusted proxy counts. Where a trusted proxy says something that is no address, its own
    counts: nobody can choose that. Looked at once a request, as long as that lasts."""
    found = request.__dict__.get(_FOUND)
    if found is None:
        found = request.__dict__[_FOUND] = _client_address(request)
    return found


def _client_address(request: HttpRequest) -> str:
    nearest = _parsed(request.META.get("REMOTE_ADDR", ""))
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not _is_trusted(nearest):
        if hops != [""]:
            _warn_once(_named(nearest))
        return _shown(nearest)
    for hop in reversed(hops):
        address = _parsed(hop)
        if address is None:
            break
        nearest = address
        if not _is_trusted(address):
            break
    return _shown(nearest)


def comes_from_proxy(request: HttpRequest) -> bool:
    """Whether a trusted proxy made the connection, so that headers which it sets can be believed."""
    return _is_trusted(_parsed(request.META.get("REMOTE_ADDR", "")))


def _parsed(text: str) -> Address | None:
    """The address in "192.0.2.7", "192.0.2.7:4711", "2001:db8::7" or "[2001:db8::7]:4711"; None in anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address | None) -> bool:
    names = tuple(settings.TRUSTED_PROXIES)
    if address is None:
        return UNIX in names
    return any(address in network for network in _networks(names))


def _shown(address: Address | None) -> str:
    if address is None:
        return UNIX
    if address.version == 4:
        return str(address)
    return str(IPv6Network((int(address), HOME_PREFIX_BITS), strict=False))


def _named(address: Address | None) -> str:
    """In the log, which has no visitor's address: that of a proxy on one's own network alone."""
    return PUBLIC if address is not None and address.is_global else _shown(address)


@cache
def _networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(name) for name in names if name != UNIX)


def _warn_once(address: str) -> None:
    """Of few addresses: strangers write that header too, and choose neither the log's length nor this process's."""
    if address in _warned or len(_warned) == MOST_WARNINGS:
        return
    _warned.add(address)
    logger.warning(
        "Requests from %s carry X-Forwarded-For, which is not believed: if that is your proxy, name it in "
        "TRUSTED_PROXIES, else all its visitors count as one address.",
        address,
    )
