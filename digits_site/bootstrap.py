"""Makes `.venv` and installs a requirements file into it, once; later runs see that it is done and start at once.

It runs before anything is installed, so it uses the standard library alone and nothing else of this project. An
installation that was interrupted leaves no stamp and is done again."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
VENV_DIR = PROJECT_DIR / ".venv"
PYTHON = VENV_DIR / "bin" / "python"
STAMP = VENV_DIR / "installed"
ENVIRONMENT_BYTES = 400 * 2**20
DISK_IS_FULL = f"The disk is full. Make room (the environment takes about {ENVIRONMENT_BYTES // 2**20} MB)"
# What pip's errors look like, and what to do about each; the first that fits is said.
REMEDIES = [
    (("No space left on device", "Errno 28"), DISK_IS_FULL),
    (("Read-only file system", "Errno 30", "Permission denied", "Errno 13"), "Make this folder writable"),
    (
        ("NewConnectionError", "ConnectTimeout", "NameResolutionError", "from versions: none"),
        "The package index cannot be reached. Look at the connection to the internet",
    ),
    (
        ("No matching distribution",),
        "The package index has no such version for this Python and system. Another Python may help (PYTHON=...)",
    ),
]


class InstallError(Exception):
    """Says in a sentence what is wrong and what to do."""


def main() -> None:
    requirements = PROJECT_DIR / sys.argv[1]
    try:
        with only_one_at_a_time():
            if not is_installed(requirements):
                install(requirements)
    except InstallError as error:
        raise SystemExit(f"\n{error}") from None
    except OSError as error:
        raise SystemExit(f"\n{remedy(str(error))}: {error}.") from None
    except KeyboardInterrupt:
        raise SystemExit("\nStopped; the next run goes on from here.") from None


@contextmanager
def only_one_at_a_time():
    """Wait for another `make` in this folder; the lock is on the folder itself, so that it leaves no file behind."""
    folder = os.open(PROJECT_DIR, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def fingerprint(requirements: Path) -> str:
    """Return the hash of a requirements file with all that it includes."""
    text = requirements.read_text()
    included = [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith("-r ")]
    parts = [text, *(fingerprint(requirements.parent / name) for name in included)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_installed(requirements: Path) -> bool:
    stamps = STAMP.read_text().splitlines() if STAMP.exists() else []
    return f"{fingerprint(requirements)} {python_version()}" in stamps


def python_version() -> str:
    """Return what runs in the environment, or "" when nothing does: moved Pythons leave a link to nowhere."""
    try:
        answer = subprocess.run(
            [PYTHON, "-c", "import sys, pip; print(*sys.version_info[:2], sep='.')"], capture_output=True, text=True
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def install(requirements: Path) -> None:
    if not python_version():
        print("Making the environment in .venv ...", flush=True)
        run([sys.executable, "-m", "venv", "--clear", VENV_DIR], "The environment could not be made")
    print(f"Installing {requirements.name} into .venv; this is done once and takes a minute or two ...", flush=True)
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements]
    run(pip, f"{requirements.name} could not be installed")
    write_stamp(requirements)


def run(command: list, failure: str) -> None:
    """Run `command`; what it prints is shown when it fails, which raises InstallError with the remedy."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    lines = []
    for line in process.stdout:
        lines.append(line)
        show_in_place(line.strip())
    show_in_place("")
    if process.wait() != 0:
        raise InstallError(f"{''.join(lines[-30:])}\n{failure}. {remedy(''.join(lines))}, then run the same again.")


def show_in_place(line: str) -> None:
    """Show on a terminal what is being done just now, each line over the one before."""
    if sys.stdout.isatty():
        print(f"\r\033[K{line[:78]}", end="", flush=True)


def remedy(output: str) -> str:
    for signs, words in REMEDIES:
        if any(sign in output for sign in signs):
            return words
    # Python's own installer of pip keeps its reasons to itself.
    return DISK_IS_FULL if shutil.disk_usage(PROJECT_DIR).free < ENVIRONMENT_BYTES else "Look at the lines above"


def write_stamp(requirements: Path) -> None:
    # What runs the site is part of what runs the tests, so both count as installed when the larger one is.
    files = {requirements, PROJECT_DIR / "requirements.txt"}
    draft = STAMP.with_suffix(".draft")
    draft.write_text("".join(f"{fingerprint(file)} {python_version()}\n" for file in sorted(files)))
    draft.replace(STAMP)


if __name__ == "__main__":
    main()
