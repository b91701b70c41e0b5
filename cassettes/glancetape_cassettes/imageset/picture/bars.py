"""Draw rows of a name, a bar and a count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glancetape_cassettes.imageset.picture.counting import Share, Shares
from glancetape_cassettes.imageset.picture.text import in_tooltip, length, named, percent
from glancetape_cassettes.nouns import counted

OTHERS = "others"
"""The CSS class of everything that has no colour of its own."""
_HEIGHT = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A row; `parts` are the parts of its bar: CSS class and length."""

    name: str
    """HTML"""
    tooltip: str
    count: int
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def drawn(self) -> int:
        """The length of the whole bar."""
        return sum(count for _, count in self.parts)


def colour_of(place: int, count: int) -> str:
    """Return the CSS class of the part at a place; OTHERS from `count` on."""
    return f"c{place}" if place < count else OTHERS


def row_of(share: Share, colour: str = "plain") -> Row:
    """Return the row of a value."""
    return Row(named(share.value), in_tooltip(share.value), share.count, ((colour, share.count),))


def rows_of(shares: Shares, *, coloured: bool = False) -> list[Row]:
    """Return the rows of a property's values, then "other" and "none"."""
    rows = [
        row_of(share, f"c{place}" if coloured else "plain")
        for place, share in enumerate(shares.parts)
    ]
    return rows + rows_of_rest(shares)


def rows_of_rest(shares: Shares) -> list[Row]:
    """Return the rows of the images with another value and of those without one."""
    rest = (("other", shares.others), ("none", shares.without))
    return [
        Row(f'<i class="soft">{name}</i>', name, count, ((OTHERS, count),))
        for name, count in rest
        if count
    ]


def bars(rows: Sequence[Row], whole: int, unit: str = "image") -> str:
    """Return rows as HTML; the longest bar fills the width, and `whole` is 100 %."""
    most = max((row.drawn for row in rows), default=0) or 1
    return f'<ul class="bars">{"".join(_bar(row, most, whole, unit) for row in rows)}</ul>'


def _bar(row: Row, most: int, whole: int, unit: str) -> str:
    share = percent(row.count, whole)
    title = f"{row.tooltip}: {counted(row.count, unit)}, {share}"
    return (
        f'<li><span class="name">{row.name}</span>'
        f'<svg class="bar" height="{_HEIGHT}" role="img" aria-label="{title}">'
        f"<title>{title}</title>{_parts(row.parts, most)}</svg>"
        f'<span class="count">{row.count:,}</span><span class="share soft">{share}</span></li>'
    )


def _parts(parts: Iterable[tuple[str, int]], most: int) -> str:
    drawn, start = [], 0
    for colour, count in parts:
        if count:
            drawn.append(
                f'<rect class="{colour}" x="{length(start / most)}" '
                f'width="{length(count / most)}" height="{_HEIGHT}" rx="2"/>'
            )
        start += count
    return "".join(drawn)


def key(names: Sequence[str], others: str = "") -> str:
    """Return the legend of the colours in their order; `others` names the last one."""
    shown = [(f"c{place}", named(name)) for place, name in enumerate(names)]
    if others:
        shown.append((OTHERS, others))
    items = (
        f'<li><svg width="10" height="10" aria-hidden="true">'
        f'<rect class="{colour}" width="10" height="10" rx="2"/></svg>{name}</li>'
        for colour, name in shown
    )
    return f'<ul class="key">{"".join(items)}</ul>'
