"""The interactions that prove an answer, as `X-Glancetape` names them: `a.yaml#1-4,7; b.yaml#2`."""

from collections.abc import Iterable
from functools import cached_property

from glancetape_cassettes.interaction import Source

_MOST_RUNS = 20  # of one file; a header is not a place for more


class Sources(tuple[Source, ...]):
    """The sources of many answers, such as the pages of a walk; their text is made once."""

    @cached_property
    def text(self) -> str:
        """The sources as `format_sources` returns them."""
        return format_sources(iter(self))


def format_sources(sources: Iterable[Source]) -> str:
    """Return sources as text, those of one file together, consecutive numbers as a range."""
    if isinstance(sources, Sources):
        return sources.text
    by_file: dict[str, set[int]] = {}
    for source in sources:
        by_file.setdefault(source.file, set()).add(source.number)
    return "; ".join(f"{file}#{_ranges(numbers)}" for file, numbers in by_file.items())


def _ranges(numbers: set[int]) -> str:
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    more = [f"and {len(texts) - _MOST_RUNS} more"] if len(texts) > _MOST_RUNS else []
    return ",".join([*texts[:_MOST_RUNS], *more])
