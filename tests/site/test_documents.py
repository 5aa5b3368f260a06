"""The document about the network keeps its word: its snippets run, and what it points to is there."""

import re

import pytest

from tests.conftest import PROJECT_DIR

DOCUMENTS = [*sorted((PROJECT_DIR / "docs").rglob("*.md")), PROJECT_DIR / "README.md"]
EXPLAINED = PROJECT_DIR / "docs" / "how-the-network-works.md"
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


def test_the_snippets_run_in_their_order(monkeypatch):
    monkeypatch.chdir(PROJECT_DIR)
    snippets = re.findall(r"```python\n(.*?)```", EXPLAINED.read_text(encoding="utf-8"), re.DOTALL)
    assert len(snippets) >= 5
    assert all("assert " in snippet for snippet in snippets)
    names: dict = {}
    for snippet in snippets:
        exec(compile(snippet, EXPLAINED.name, "exec"), names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT_DIR)))
def test_what_a_document_points_to_is_there(document):
    places = LINK.findall(document.read_text(encoding="utf-8"))
    missing = [place for place in places if not (document.parent / place).exists()]
    assert missing == []


def test_every_picture_of_the_network_is_shown():
    shown = set(re.findall(r"images/network/(\w+)\.png", EXPLAINED.read_text(encoding="utf-8")))
    assert shown == {path.stem for path in (EXPLAINED.parent / "images" / "network").glob("*.png")}
