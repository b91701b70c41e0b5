"""Draw projects by rank and size on logarithmic axes, to show how unequal they are."""

from math import log10

from glancetape_cassettes.imageset.picture.numbers import NAMED, Ownership
from glancetape_cassettes.imageset.picture.text import length
from glancetape_cassettes.nouns import counted

_HEIGHT, _TOP, _BELOW = 230, 14, 40  # pixels


def dots(projects: Ownership) -> str:
    """Return SVG with a dot for each large project and for some of the many small ones."""
    across = _powers(projects.points[-1][0])
    up = _powers(projects.points[0][1])
    drawn = [_across(power, across[-1]) for power in across]
    drawn += [_up(power, up[-1]) for power in up]
    for rank, size in projects.points:
        x, y = length(log10(rank) / log10(across[-1])), _y(size, up[-1])
        named = "named" if rank <= NAMED else "unnamed"
        drawn.append(
            f'<circle class="{named}" cx="{x}" cy="{y}" r="3.5">'
            f"<title>No. {rank:,}: {counted(size, 'image')}</title></circle>"
        )
    largest = projects.points[0][1]
    drawn.append(f'<text x="8" y="{_y(largest, up[-1])}" dy="-6">No. 1: {largest:,}</text>')
    margin = 12 + 7 * len(f"{up[-1]:,}")
    return (
        f'<svg class="plot" height="{_TOP + _HEIGHT + _BELOW}" role="img" '
        'aria-label="Images of a project, by its rank" '
        f'style="margin-left:{margin}px;width:calc(100% - {margin + 14}px)">{"".join(drawn)}</svg>'
    )


def _powers(most: int) -> list[int]:
    """Return 1, 10, 100 and so on, to the first one that is at least `most`."""
    powers = [1, 10]
    while powers[-1] < most:
        powers.append(powers[-1] * 10)
    return powers


def _y(size: int, most: int) -> str:
    return f"{_TOP + _HEIGHT * (1 - log10(size) / log10(most)):.2f}"


def _across(power: int, most: int) -> str:
    x = length(log10(power) / log10(most))
    bottom = _TOP + _HEIGHT
    return (
        f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text class="soft" x="{x}" y="{bottom + 18}" text-anchor="middle">{power:,}</text>'
    )


def _up(power: int, most: int) -> str:
    y = _y(power, most)
    line = "axis" if power == 1 else "grid"
    return (
        f'<line class="{line}" x2="100%" y1="{y}" y2="{y}"/>'
        f'<text class="soft" x="-8" y="{y}" dy=".35em" text-anchor="end">{power:,}</text>'
    )
