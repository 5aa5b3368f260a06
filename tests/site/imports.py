"""Reads from the source which modules import which others: at the top, inside functions, or by a name in a string."""

import ast
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("digits_site", "training", "recognizer")
IMPORTERS = {"import_module", "import_string", "__import__", "get_model", "get_app_config"}


def modules() -> dict[str, Path]:
    """Return the project's modules by their dotted names."""
    paths = [path for package in PACKAGES for path in (PROJECT_DIR / package).rglob("*.py")]
    return {_dotted(path.relative_to(PROJECT_DIR)): path for path in paths}


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_by(source: str, module: str, *, is_package: bool = False) -> set[str]:
    """Return the dotted names that `source`, the text of `module`, imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom():
                base = _base(node, module, is_package=is_package)
                # `from package import module` and `from module import name` look alike: both readings count.
                names.add(base)
                names.update(f"{base}.{alias.name}" for alias in node.names)
            case ast.Call():
                names.update(_named_in(node))
    return names


def _base(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _named_in(call: ast.Call) -> set[str]:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    strings = {arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    if function in IMPORTERS:
        return strings
    # A foreign key names its model as "app.Model"; `tasks` are called by name as "app.tasks.name".
    return {text for text in strings if text.partition(".")[0] in PACKAGES and "." in text and " " not in text}


def is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
