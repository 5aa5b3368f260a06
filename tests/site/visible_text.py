"""What a page would say that no catalog knows: text of templates and scripts outside of translation.

It reads templates and scripts as text, so it is simple: a text that a script puts together in another way than those
it looks for slips by. Left out on purpose: Python, whose texts are seen on the pages that the tests ask for."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

ATTRIBUTES = ("title", "alt", "aria-label", "aria-description", "placeholder")
LETTERS = re.compile(r"[^\W\d_]{2,}")
# Names, and what is the same in every language
SAME = {"digits", "API", "Esc", "MNIST", "JSON", "CSV", "ONNX", "SHA-256", "ID"}

_TRANSLATED = re.compile(r"{%\s*block(?:translate|trans)\b.*?{%\s*endblock(?:translate|trans)\s*%}", re.S)
_COMMENTS = re.compile(r"{#.*?#}|{%\s*comment\b.*?{%\s*endcomment\s*%}|<!--.*?-->", re.S)
_NO_TEXT = re.compile(r"{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}", re.S)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}", re.S)
_NOT_TEXT = ("script", "style", "code", "svg")


def of_template(source: str) -> list[str]:
    """Every text node and every attribute that people read, as far as it is not translated."""
    source = _TAGS.sub("", _TRANSLATED.sub("", _NO_TEXT.sub("", _COMMENTS.sub("", source))))
    return list(filter(_says_something, of_page(source)))


def of_page(source: str) -> list[str]:
    """Every text node and every attribute of HTML that people read."""
    parser = _Texts()
    parser.feed(source)
    parser.close()
    return parser.found


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # The names of icons are words in the source, and pictures on the page.
        if tag in _NOT_TEXT or "material-symbols-outlined" in (given.get("class") or ""):
            self._inside.append(tag)
        names = [*ATTRIBUTES, *(["content"] if given.get("name") == "description" else [])]
        self.found += [" ".join(given[name].split()) for name in names if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.append(" ".join(data.split()))


# A literal that goes where people read it
_PLACES = (
    r"""\.(?:textContent|innerText|title|alt|placeholder|ariaLabel)\s*=\s*{literal}""",
    r"""\b(?:textContent|innerText|title|alt|placeholder|ariaLabel|"aria-label")\s*:\s*{literal}""",
    r"""setAttribute\(\s*"(?:aria-label|title|alt|placeholder)"\s*,\s*{literal}""",
    r"""(?<!form)\.(?:append|prepend|replaceChildren|say|fillText)\(\s*{literal}""",
    r"""new Option\(\s*{literal}""",
    r"""\b(?:alert|confirm)\(\s*{literal}""",
)
_LITERAL = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
_SCRIPT_PLACES = [re.compile(place.format(literal=_LITERAL)) for place in _PLACES]


def of_script(source: str) -> list[str]:
    """Every string that is put where people read it, as it stands, without `gettext`."""
    return list(filter(_says_something, _literals(source)))


def _says_something(text: str) -> bool:
    return bool(LETTERS.search(text)) and text.strip(" :|·") not in SAME


def _literals(source: str) -> Iterator[str]:
    for place in _SCRIPT_PLACES:
        for match in place.finditer(source):
            yield re.sub(r"\$\{[^}]*\}", "", match[1][1:-1])
