"""How a share is printed: one rule for all shares that `--explain` shows.

- In tenths of a percent, without `.0`: 33.3%, 40%.
- Those of a list add up to 100.0: what rounding down leaves goes to those that lost most of it.
- 0% is nothing and 100% is all: 99.984% is `>99.9%`, and 0.001% is `<0.1%`.
"""

from collections.abc import Sequence
from fractions import Fraction

_TENTHS = 1000  # of a percent, in all


def percentages(parts: Sequence[float | Fraction]) -> list[str]:
    """Return the shares of some parts of a whole: `[1, 2]` is `["33.3%", "66.7%"]`.

    If the parts add up to nothing, each is 0%.
    """
    exact = [Fraction(part) for part in parts]
    total = sum(exact)
    if not total:
        return ["0%"] * len(exact)
    tenths = [part * _TENTHS / total for part in exact]
    rounded = [int(one) for one in tenths]
    lost = sorted(range(len(tenths)), key=lambda place: rounded[place] - tenths[place])
    for place in lost[: _TENTHS - sum(rounded)]:
        rounded[place] += 1
    return [_written(*pair) for pair in zip(tenths, rounded, strict=True)]


def percentage(part: float | Fraction, total: float | Fraction) -> str:
    """Return the share of one part among a total; 0% of nothing."""
    return percentages([Fraction(part), Fraction(total) - Fraction(part)])[0]


def _written(exact: Fraction, rounded: int) -> str:
    if 0 < exact < 1:
        return "<0.1%"
    if _TENTHS - 1 < exact < _TENTHS:
        return ">99.9%"
    return f"{rounded // 10}.{rounded % 10}".removesuffix(".0") + "%"
