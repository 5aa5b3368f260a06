"""What a backup says of itself: when and from what it was made, and what is in it with sizes and hashes.

It is written last, so that whatever has none is no whole backup. Left out on purpose: anything secret."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from training.backups.errors import BackupError
from training.backups.tables import Table

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Member:
    """A file in a backup."""

    bytes: int
    sha256: str


@dataclass
class Manifest:
    """`deleted` are files whose drawings were deleted while the backup was made, `missing` those that were lost before.

    `last_numbers` are those that the database gave rows, by table."""

    made_at: str
    code: str
    database: str
    migrations: list[str]
    tables: list[Table] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    last_numbers: dict[str, int] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def dumps(self) -> bytes:
        return (json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def loads(cls, text: bytes) -> Self:
        """Raises BackupError for what is no manifest, or one of another format."""
        try:
            read = json.loads(text)
            if read["format"] != FORMAT:
                raise BackupError(
                    f"the backup has format {read['format']}, and this release reads format {FORMAT}: use the release "
                    f"that made it ({read.get('code', 'it says no more')})"
                )
            read["tables"] = [_table(each) for each in read["tables"]]
            read["members"] = {str(name): Member(**each) for name, each in read["members"].items()}
            return cls(**read)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, BackupError):
                raise
            raise BackupError(f"{NAME} cannot be read ({error}): the backup is damaged, take another one") from error

    def files(self) -> list[str]:
        """The members that are not rows."""
        rows = {table.member for table in self.tables}
        return [name for name in self.members if name not in rows]

    def summary(self) -> dict[str, Any]:
        return {
            "made_at": self.made_at,
            "code": self.code,
            "database": self.database,
            "rows": sum(self.rows.values()),
            "tables": len(self.tables),
            "files": len(self.files()),
            "bytes": sum(member.bytes for member in self.members.values()),
            "deleted_meanwhile": len(self.deleted),
            "missing": self.missing,
        }


def _table(read: dict[str, Any]) -> Table:
    return Table(read["name"], read["key"], tuple((name, kind) for name, kind in read["columns"]), read["counted"])
