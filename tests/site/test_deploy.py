"""The examples in deploy/: they start what `manage.py up` starts, with settings that the site reads and accepts."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml

from digits_site.settings import env
from digits_site.supervise.processes import all_processes
from tests.conftest import missing
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment

pytestmark = pytest.mark.slow

DEPLOY = PROJECT_DIR / "deploy"
UNITS = DEPLOY / "systemd"
SITE = ("web", "train", "light", "beat")
# Not the site's: compose makes database and broker with them.
OF_COMPOSE = {"BACKUP_VOLUME", "DATA_VOLUME", "POSTGRES_PASSWORD", "POSTGRES_SHARED_BUFFERS", "VALKEY_PASSWORD"}
# Additions to units, and to which
DROP_INS = {"backups.conf": "digits-light.service.d", "files.conf": "digits-.service.d"}
OF_PYTHON = {"PYTHONUNBUFFERED", "OPENBLAS_NUM_THREADS"}
PASSWORD = "k3Jw0Zq8vX5nT2bR7yLcM4pH9sDfG6aQeUiOoPlKjHgFdSaZxCvB"
PYTHON = "/opt/digits/current/.venv/bin/python"


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def example() -> dict[str, str]:
    """The variables of digits.env.example as they stand there."""
    lines = (DEPLOY / "digits.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled_in() -> dict[str, str]:
    """The same with what an administrator puts in."""
    values = example() | {"SECRET_KEY": PASSWORD, "POSTGRES_PASSWORD": "word", "VALKEY_PASSWORD": "word"}
    return {name: value for name, value in values.items() if value}


def unit(name: str) -> list[tuple[str, str]]:
    lines = (UNITS / f"digits-{name}.service").read_text().splitlines()
    return [tuple(line.split("=", 1)) for line in lines if "=" in line and not line.startswith("#")]


def command_of_unit(name: str) -> list[str]:
    [line] = [value for key, value in unit(name) if key == "ExecStart"]
    words = shlex.split(line.replace("%%", "%"))
    assert words[0] == PYTHON
    return words[1:]


def command_of_compose(name: str) -> list[str]:
    words = compose()[name]["command"]
    assert words[0] == "python"
    return words[1:]


def command_of_up(name: str, settings) -> list[str]:
    settings.LIGHT_TASKS_AT_ONCE = 2
    words = next(process.command for process in all_processes(0) if process.name == name)[1:]
    return [word for word in words if word not in ("--bind", "fd://0")]


def in_any_order(words: list[str]) -> list[str]:
    """Without the place of beat's notes, which is another one everywhere."""
    if "--schedule" in words:
        at = words.index("--schedule")
        words = words[: at + 1] + words[at + 2 :]
    return sorted(words)


@pytest.mark.parametrize("name", SITE)
def test_units_and_containers_run_what_up_runs(name, settings):
    expected = in_any_order(command_of_up(name, settings))
    assert in_any_order(command_of_unit(name)) == expected
    assert in_any_order(command_of_compose(name)) == expected


def test_the_image_serves_unless_it_is_told_otherwise():
    last = (DEPLOY / "Dockerfile").read_text().strip().splitlines()[-1]
    assert yaml.safe_load(last.removeprefix("CMD ")) == ["python", *command_of_compose("web")]


@pytest.mark.parametrize("name", ["train", "light", "beat"])
def test_workers_and_beat_understand_their_options(name, tmp_path):
    command = [sys.executable, *command_of_unit(name), "--help"]
    env = environment(tmp_path, tmp_path / "static")
    done = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


def test_the_web_server_understands_its_options_and_loads_the_site(tmp_path):
    options, application = command_of_unit("web")[:-1], command_of_unit("web")[-1]
    command = [sys.executable, *options, "--check-config", application]
    env = environment(tmp_path, tmp_path / "static", **filled_in() | {"DATA_DIR": str(tmp_path)})
    done = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_new_release_is_prepared_alike():
    assert command_of_unit("prepare") == command_of_compose("prepare") == ["manage.py", "prepare"]


def test_there_is_one_beat():
    beats = [name for name, service in compose().items() if "beat" in service.get("command", [])]
    assert beats == ["beat"]
    assert compose()["beat"]["container_name"]  # so that compose refuses to make a second one
    assert [path.name for path in UNITS.glob("*.service") if " beat " in path.read_text()] == ["digits-beat.service"]


def test_every_variable_of_the_example_is_one_that_the_site_reads():
    assert set(example()) - set(env.defaults) == OF_COMPOSE


def test_every_variable_of_compose_and_of_the_units_is_one_that_the_site_reads():
    named = {name for service in (compose()[name] for name in SITE) for name in service["environment"]}
    for name in SITE:
        for key, value in unit(name):
            if key == "Environment":
                named |= {word.split("=")[0] for word in value.split()}
    assert named - set(env.defaults) == OF_PYTHON


def test_whatever_compose_asks_for_stands_in_the_example():
    asked = re.findall(r"(?<!\$)\$\{(\w+)", (DEPLOY / "compose.yaml").read_text())
    assert len(asked) >= 4
    assert set(asked) <= set(example())


def test_djangos_check_for_deployments_finds_nothing_with_the_example_filled_in(tmp_path):
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    env = environment(tmp_path, tmp_path / "static", **filled_in())
    done = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_example_as_it_is_does_not_start(tmp_path):
    command = [sys.executable, "manage.py", "up"]
    env = environment(tmp_path, tmp_path / "static", **example())
    done = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "SECRET_KEY is not set" in done.stderr


def test_nothing_but_the_proxy_is_published():
    services = compose()
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert all(services[name]["networks"] == ["inside"] for name in ("postgres", "valkey", "beat"))


def test_what_compose_waits_for_can_be_healthy():
    services = compose()
    for service in services.values():
        for name, wish in service.get("depends_on", {}).items():
            assert wish["condition"] != "service_healthy" or "healthcheck" in services[name]


def test_the_image_holds_what_the_site_needs_and_no_data():
    kept = {line[1:] for line in (PROJECT_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"digits_site", "recognizer", "training", "templates", "static", "manage.py", "requirements.txt"} <= kept
    assert not kept & {"data", "deploy", ".git", "tests"}


def test_systemd_understands_the_units(tmp_path):
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze", "apt install systemd")
    for path in UNITS.iterdir():  # Python lies elsewhere here
        text = path.read_text().replace(PYTHON, sys.executable).replace("/opt/digits/current", str(PROJECT_DIR))
        (tmp_path / path.name).write_text(text)
    units = sorted(map(str, tmp_path.glob("digits*")))
    for name, folder in DROP_INS.items():
        (tmp_path / folder).mkdir()
        (tmp_path / name).rename(tmp_path / folder / name)
    environ = {"PATH": os.environ["PATH"], "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(["systemd-analyze", "verify", *units], env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", [*SITE, "prepare"])
def test_every_unit_is_locked_up(name):
    kept = dict(unit(name))
    assert kept["User"] == "digits"
    assert (kept["ProtectSystem"], kept["NoNewPrivileges"], kept["CapabilityBoundingSet"]) == ("strict", "yes", "")


@pytest.mark.parametrize(("name", "folder"), DROP_INS.items())
def test_a_unit_that_writes_elsewhere_is_told_so_as_the_documentation_says(name, folder):
    """Else every other folder than the site's own is read only."""
    text = (UNITS / name).read_text()
    assert re.search(r"^\[Service\]\n(#.*\n)*ReadWritePaths=-?/", text, re.MULTILINE)
    command = f"install -D -m 644 deploy/systemd/{name} /etc/systemd/system/{folder}/{name}"
    assert command in text
    assert command in (PROJECT_DIR / "docs" / "operations.md").read_text()


def test_of_containers_the_light_worker_alone_can_write_backups():
    folder = compose()["light"]["environment"]["BACKUP_DIR"]
    assert compose()["light"]["volumes"] == [*compose()["web"]["volumes"], f"${{BACKUP_VOLUME:-backups}}:{folder}"]
    assert [name for name in SITE if any(folder in volume for volume in compose()[name]["volumes"])] == ["light"]
    [made] = re.findall(r"install -d -o digits -g digits (.*)", (DEPLOY / "Dockerfile").read_text())
    assert folder in made.split()  # a new volume belongs to whom its folder in the image does


def test_volumes_that_may_be_folders_elsewhere_are_made_where_none_is_named():
    text = (DEPLOY / "compose.yaml").read_text()
    named = set(re.findall(r"\$\{\w+_VOLUME:-(\w+)\}:", text))
    assert named == {"backups", "data"}
    assert named <= set(yaml.safe_load(text)["volumes"])


def test_a_site_on_the_internet_writes_lines_for_programs_and_one_for_each_request():
    assert (example()["LOG_FORMAT"], example()["ACCESS_LOG"]) == ("json", "true")
    assert all(compose()[name]["env_file"] == "digits.env" for name in SITE)
    assert all(("EnvironmentFile", "/etc/digits/digits.env") in unit(name) for name in SITE)


def test_every_file_of_a_deployment_is_named_in_the_documentation():
    text = (PROJECT_DIR / "docs" / "operations.md").read_text()
    names = {path.name for path in (*DEPLOY.iterdir(), *UNITS.glob("*.conf")) if path.is_file()}
    assert [name for name in sorted(names) if name not in text] == []


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxy_gives_each_request_its_id(name):
    """The site believes what a trusted proxy hands on, and proxies hand on what visitors send."""
    assert re.search(r"^\s*(proxy_set_header|header_up) X-Request-ID \S+$", (DEPLOY / name).read_text(), re.MULTILINE)


def test_nginx_replaces_what_visitors_say_of_themselves():
    text = (DEPLOY / "nginx.conf").read_text()
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto"):
        assert re.search(rf"^\s*proxy_set_header {header} \$(host|remote_addr|scheme);$", text, re.MULTILINE)


def test_nginx_of_debian_understands_its_example():
    """Debian 12 has nginx 1.22, which knows no directive "http2"."""
    text = (DEPLOY / "nginx.conf").read_text()
    assert re.search(r"^\s*listen 443 ssl http2;$", text, re.MULTILINE)
    assert not re.search(r"^\s*http2 on;$", text, re.MULTILINE)
    assert text.count("server_tokens off;") == len(re.findall(r"^server \{$", text, re.MULTILINE))


def test_caddy_takes_the_first_of_several_names():
    [shell, option, line] = compose()["proxy"]["command"]
    line = line.replace("$$", "$").replace("exec caddy run", "exec env")
    line = line.partition(" --config")[0]
    environ = {"PATH": os.environ["PATH"], "SITE": "digits.example.org,www.example.org"}
    done = subprocess.run([shell, option, line], env=environ, capture_output=True, text=True, check=True)
    assert "SITE=digits.example.org" in done.stdout.splitlines()


@pytest.mark.parametrize("name", [*SITE, "prepare"])
def test_units_start_after_the_broker_whatever_its_name(name):
    [after] = [value for key, value in unit(name) if key == "After"]
    assert {"postgresql.service", "redis-server.service", "valkey.service"} <= set(after.split())


@pytest.mark.parametrize("name", ["train", "light"])
def test_a_worker_is_asked_by_the_name_of_its_machine(name):
    """Not every shell that asks after a container's health has a HOSTNAME."""
    assert compose()[name]["healthcheck"]["test"][-1].endswith(f"--destination {name}@$$(uname -n)")
