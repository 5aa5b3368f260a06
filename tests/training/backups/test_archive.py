"""Backups are whole or not there, and whoever reads one trusts nothing in it."""

import io
import tarfile

import pytest

from tests.training.backups import making
from training.backups import BackupError, archive, checking, taking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(place):
    making.fill()
    taking.take(place / "backup")
    return place / "backup"


def tar_with(path, **members):
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = 0 if info is content else len(content)
            tar.addfile(info, None if info is content else io.BytesIO(content))
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def test_a_whole_backup_passes(backup):
    assert checking.check(backup).rows["recognizer_drawing"] == 3


def test_a_flipped_bit_is_found(backup):
    (victim,) = (backup / "files" / "yardsticks" / "ours").glob("records")
    victim.write_bytes(b"\1" + victim.read_bytes()[1:])
    with pytest.raises(BackupError, match=r"holds files/yardsticks/ours/records, which is damaged: take another"):
        checking.check(backup)


def test_a_missing_member_is_found(backup):
    (backup / "rows" / "recognizer_label.jsonl.gz").unlink()
    with pytest.raises(BackupError, match=r"lacks rows/recognizer_label\.jsonl\.gz"):
        checking.check(backup)


def test_a_member_that_was_slipped_in_is_found(backup):
    (backup / "files" / "uploads" / "evil.png").write_bytes(b"x")
    with pytest.raises(BackupError, match=r"evil\.png, which its manifest does not name"):
        checking.check(backup)


def test_a_backup_that_was_cut_off_is_found(place):
    making.fill()
    taking.take(place / "backup.tar")
    content = (place / "backup.tar").read_bytes()
    for share in (0.3, 0.7):
        (place / "cut.tar").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(BackupError, match=r"damaged|not finished"):
            checking.check(place / "cut.tar")


def test_compressed_rows_that_are_damaged_are_found(backup):
    rows = backup / "rows" / "recognizer_drawing.jsonl.gz"
    rows.write_bytes(rows.read_bytes()[:-5])
    with pytest.raises(BackupError, match="damaged"):
        checking.check(backup)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "files/uploads/../../../x",
        "files/uploads//x",
        "files/uploads/./x",
        "files/elsewhere/x",
        "files/uploads/a\\b",
        "rows/../x.jsonl.gz",
        "rows/x.pickle",
    ],
)
def test_a_name_that_leads_out_of_the_backup_is_refused(place, name):
    with pytest.raises(BackupError, match="is no name in a backup"):
        checking.check(tar_with(place / "evil.tar", **{name: b"x"}))


def test_links_are_not_followed(place, backup):
    path = tar_with(place / "evil.tar", link=link("files/uploads/x", "/etc/passwd"))
    with pytest.raises(BackupError, match="is a link or a device"):
        checking.check(path)
    (backup / "files" / "uploads" / "x.png").symlink_to("/etc/passwd")
    with pytest.raises(BackupError, match="is a link or a device"):
        checking.check(backup)


def test_a_backup_of_a_later_format_is_refused(backup):
    text = (backup / "manifest.json").read_text()
    (backup / "manifest.json").write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(BackupError, match="has format 2, and this release reads format 1"):
        checking.check(backup)


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no json", b"null", b'{"format": 1}'])
def test_a_manifest_that_says_nothing_is_refused(place, content):
    with pytest.raises(BackupError, match=r"manifest\.json cannot be read"):
        checking.check(tar_with(place / "odd.tar", **{"manifest.json": content}))


def test_what_is_no_backup_is_refused(place):
    (place / "x.tar").write_bytes(b"no tar at all" * 100)
    with pytest.raises(BackupError, match="damaged, or no backup"):
        checking.check(place / "x.tar")
    with pytest.raises(BackupError, match="there is no backup"):
        checking.check(place / "nothing.tar")


@pytest.mark.parametrize("name", ["half", "half.tar", "half.tar.gz"])
def test_a_backup_that_is_interrupted_leaves_nothing(place, monkeypatch, name):
    making.fill()

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(taking, "_add_files", stop)
    with pytest.raises(KeyboardInterrupt):
        taking.take(place / "new" / name)
    assert list((place / "new").iterdir()) == []


def test_what_is_there_is_not_written_over(place):
    (place / "old.tar").write_bytes(b"precious")
    with pytest.raises(BackupError, match="is there already"):
        taking.take(place / "old.tar")
    assert (place / "old.tar").read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["x.zip", "x.tar.zst", "x.gz"])
def test_another_format_is_refused_before_anything_is_written(place, name):
    with pytest.raises(BackupError, match=r"names no format of backups: end it in \.tar"):
        taking.take(place / name)


def test_an_empty_folder_that_is_there_may_be_filled(place):
    making.fill()
    (place / "empty").mkdir()
    taking.take(place / "empty")
    assert checking.check(place / "empty")


def test_names_of_uploads_pass():
    assert archive.file_in("files/uploads/2026/11/0a1b.png") == ("uploads", "2026/11/0a1b.png")
    assert archive.file_in("rows/recognizer_drawing.jsonl.gz") is None
