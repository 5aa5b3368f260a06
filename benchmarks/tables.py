"""A table of texts, for the terminal and for a page in Markdown.

Left out on purpose: how numbers become texts in any one column, which each benchmark knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from .measuring import Spread


@dataclass(frozen=True)
class Table:
    """Headers and rows of texts; the first column is a name, the others are numbers."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]

    def text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.headers, *self.rows, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) if number else cell.ljust(width) for number, (cell, width) in enumerate(cells))
            for cells in (list(zip(row, widths, strict=True)) for row in (self.headers, *self.rows))
        )

    def markdown(self) -> str:
        lines = [self.headers, ["---", *["---:"] * (len(self.headers) - 1)], *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Return a number with as many digits as one can tell apart: 12,345, 123, 12.3, 1.23."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def span(spread: Spread) -> str:
    return f"{number(spread.least)} to {number(spread.most)}"
