"""What two backups hold, read in a way in which SQLite's and PostgreSQL's can be compared."""

import gzip
import json
from pathlib import Path


def rows_of(folder: Path) -> dict[str, list]:
    """The rows in a backup; JSON as what it means, since each database writes it in its own way."""
    tables = json.loads((folder / "manifest.json").read_text())["tables"]
    return {table["name"]: _rows(folder, table) for table in tables}


def _rows(folder: Path, table: dict) -> list:
    lines = gzip.decompress((folder / "rows" / f"{table['name']}.jsonl.gz").read_bytes()).decode().splitlines()
    kinds = [kind for _, kind in table["columns"]]
    return [[_meant(kind, value) for kind, value in zip(kinds, json.loads(line), strict=True)] for line in lines]


def _meant(kind: str, value: object) -> object:
    return ("json", json.loads(value)) if kind == "json" and value is not None else value


def files_of(folder: Path) -> dict[str, str]:
    members = json.loads((folder / "manifest.json").read_text())["members"]
    return {name: member["sha256"] for name, member in members.items() if name.startswith("files/")}
