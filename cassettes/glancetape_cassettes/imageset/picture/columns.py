"""Draw creation over time: stacked columns that fill the width of the screen."""

from itertools import pairwise

from glancetape_cassettes.imageset.picture.bars import colour_of
from glancetape_cassettes.imageset.picture.calendar import name_of, ticks_of
from glancetape_cassettes.imageset.picture.counting import Shares
from glancetape_cassettes.imageset.picture.numbers import Creation
from glancetape_cassettes.imageset.picture.text import in_tooltip, length
from glancetape_cassettes.nouns import counted

_HEIGHT, _TOP, _BELOW = 200, 10, 26  # pixels; widths are shares of the screen
_FILLED = 0.82  # share of a step's width that its column fills
_LATE = 0.85  # a text that began further right would not fit into the picture
_MOST_STEPS = 4  # between the lines of the scale, if they are round
_NARROW, _FEW = 0.06, 8  # the widest column of a picture with fewer than eight


def round_ticks(most: int) -> list[int]:
    """Return a few round numbers from 0 to the first one that is at least `most`."""
    step = 1
    while step * _MOST_STEPS < most:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, step * (-(-most // step) or 1) + 1, step))


def columns(creation: Creation, kinds: Shares) -> str:
    """Return SVG with a column for each step of time, the kinds stacked in it."""
    ticks = round_ticks(max(creation.totals))
    names = [in_tooltip(share.value) for share in kinds.parts]
    begin, end = creation.begins[0], creation.begins[-1]
    drawn = [_grid(ticks)]
    for time, text in ticks_of(begin, end):
        drawn.append(_time((time - begin) / (end - begin), text))
    for (start, stop), counts in zip(pairwise(creation.begins), creation.kinds, strict=True):
        x, width = (start - begin) / (end - begin), (stop - start) / (end - begin)
        title = _title(name_of(start, creation.step), counts, names)
        drawn.append(_column(x, width, counts, ticks[-1], title))
    margin = 12 + 7 * len(f"{ticks[-1]:,}")
    return (
        f'<svg class="plot" height="{_TOP + _HEIGHT + _BELOW}" role="img" '
        f'aria-label="Images created, by {creation.step.name}" '
        f'style="margin-left:{margin}px;width:calc(100% - {margin}px)">{"".join(drawn)}</svg>'
    )


def _y(count: int, most: int) -> float:
    return _TOP + _HEIGHT * (1 - count / most)


def _grid(ticks: list[int]) -> str:
    return "".join(
        f'<line class="{"grid" if tick else "axis"}" x2="100%" y1="{y}" y2="{y}"/>'
        f'<text class="soft" x="-8" y="{y}" dy=".35em" text-anchor="end">{tick:,}</text>'
        for tick in ticks
        for y in (f"{_y(tick, ticks[-1]):g}",)
    )


def _time(share: float, text: str) -> str:
    x, bottom = length(share), _TOP + _HEIGHT
    anchor = ' text-anchor="end"' if share > _LATE else ""
    return (
        f'<line class="axis" x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 5}"/>'
        f'<text class="soft" x="{x}" y="{bottom + 20}"{anchor}>{text}</text>'
    )


def _title(step: str, counts: tuple[int, ...], names: list[str]) -> str:
    named = zip((*names, "other"), counts, strict=True)
    lines = [f"{name} {count:,}" for name, count in named if count]
    return "\n".join((f"{step}: {counted(sum(counts), 'image')}", *lines))


def _column(x: float, width: float, counts: tuple[int, ...], most: int, title: str) -> str:
    filled = width * _FILLED if width < 1 / _FEW else min(_NARROW, width)
    left, below, drawn = x + (width - filled) / 2, 0, []
    for place, count in enumerate(counts):
        top, bottom = _y(below + count, most), _y(below, most)
        # One pixel between the parts, where there is room for it.
        height = bottom - top - (1 if below and bottom - top > 3 else 0)
        if count:
            drawn.append(
                f'<rect class="{colour_of(place, len(counts) - 1)}" x="{length(left)}" '
                f'y="{top:.2f}" width="{length(filled)}" height="{height:.2f}"/>'
            )
        below += count
    return (
        f'<g class="step"><title>{title}</title><rect class="hit" x="{length(x)}" y="{_TOP}" '
        f'width="{length(width)}" height="{_HEIGHT}"/>{"".join(drawn)}</g>'
    )
