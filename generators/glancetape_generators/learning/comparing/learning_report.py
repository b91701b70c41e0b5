"""The report on a learned spec, in Markdown: what left the capture, and how alike images are."""

from collections.abc import Callable, Iterator, Sequence

from glancetape_generators.learning.capture import SEVERAL, Capture
from glancetape_generators.learning.comparing.held_out import HeldOut
from glancetape_generators.learning.comparing.scores import PARTS, Likeness
from glancetape_generators.learning.gate import Passed
from glancetape_generators.learning.learned_spec import LearnedSpec, made_fields
from glancetape_generators.learning.threshold import Threshold

ENOUGH = 0.95
"""A part that is less alike than this is named."""
_MOST_NAMED = 8
_BY_CHANCE = 0.005  # as much below the ceiling is chance, too
_WHAT = {
    "shapes": "the shares of single values",
    "pairs": "the shares of pairs of values",
    "presence": "which fields an image has",
    "skew": "how images are spread over projects",
    "parents": "what images are made from, and how many are made from one",
    "names": "the templates of names",
    "ties": "how many images share a second",
}
_WHY = {
    "shapes": "a spec has shares of values, and rules of the cloud decide about many of them",
    "pairs": "a spec says how a value depends on one other field, where rules leave it free",
    "presence": "properties follow from the system, and a spec names no version of too few images",
    "skew": "a spec says how many projects there are and how uneven, not how large each one is",
    "parents": "a spec names no public image that few were made from, or that is not in the "
    "vocabulary",
    "names": "templates and words of too few images are left out",
    "ties": "a spec says how many images share a second, not how many each second has",
}
"""Why a part is below ENOUGH, where chance is not the reason."""


def write_report(
    capture: Capture,
    threshold: Threshold,
    learned: LearnedSpec,
    passed: Sequence[Passed],
    held_out: HeldOut | None,
) -> str:
    """Return the report."""
    own = learned.sections.get("properties", {})
    made = made_fields(learned.sections["like"])
    lines = [
        "# A learned spec",
        "",
        *_about(capture, threshold),
        "",
        "## What left the capture",
        "",
        *_literals(passed),
        "",
        "## What did not",
        "",
        *_left_out(learned, threshold),
        "",
        "## How alike generated images are",
        "",
        *_scores(held_out, {*made, *own}),
    ]
    return "\n".join(lines) + "\n"


def _about(capture: Capture, threshold: Threshold) -> Iterator[str]:
    projects = "1 project owns" if capture.projects == 1 else f"{capture.projects:,} projects own"
    yield f"{capture.count:,} images; {projects} those that are not public."
    yield ""
    if threshold.projects == 1:
        yield (
            f"A value is in the spec only if at least {threshold.images:,} images have it. The "
            f"capture shows fewer than {SEVERAL} projects, so **no number of projects is "
            "required**: a value that a single project uses often is in the spec. Read the list "
            "below before you share it."
        )
        return
    yield (
        f"A value is in the spec only if at least {threshold.images:,} images of "
        f"{threshold.projects} projects have it, or as many public images."
    )
    if len(capture.viewers):
        yield ""
        whose = "1 project" if len(capture.viewers) == 1 else f"{len(capture.viewers)} projects"
        yield (
            f"It is the view of {whose}; the others only share images with it. For its own images "
            "**no number of projects is required**: a value that it uses often is in the spec. "
            "Read the list below before you share it."
        )


def _literals(passed: Sequence[Passed]) -> Iterator[str]:
    shown = [one for one in passed if not one.is_known]
    known = len(passed) - len(shown)
    yield f"{known:,} texts are in the vocabulary of the generator. The others:"
    yield ""
    if not shown:
        yield "none"
        return
    yield "| text | why it may be in the spec |"
    yield "|---|---|"
    for one in shown:
        yield f"| {_cell(one.literal)} | {one.reason} |"


def _cell(text: str) -> str:
    """Write a text as code, so that it is neither markup nor the end of a cell."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in text)
    return "`" + safe.replace("`", "'").replace("|", "\\|") + "`"


def _left_out(learned: LearnedSpec, threshold: Threshold) -> Iterator[str]:
    if not learned.left_out and not learned.conflicts:
        yield "Nothing was left out."
    for what, images in learned.left_out.items():
        yield f"- {what}: values of too few images or projects, {_number(images, threshold)} times"
    for what, images in learned.conflicts.items():
        number = _number(images, threshold)
        yield f"- {what}: the generator's rules do not allow it, {number} images"


def _number(images: int, threshold: Threshold) -> str:
    least = threshold.images
    return f"{images:,}" if images >= least else f"fewer than {least:,}"


def _scores(found: HeldOut | None, names: set[str]) -> Iterator[str]:
    if found is None:
        yield "The capture is too small to hold back a half of it."
        return
    yield (
        f"Learned from one half of the capture and compared with the other, {found.images:,} "
        "images. 1.000 is the same. Two seeds of the learned spec, and the two halves, show how "
        "much chance alone does."
    )
    yield ""
    yield "| part | | learned | two seeds | two halves |"
    yield "|---|---|--:|--:|--:|"
    for part in PARTS:
        values = (one.parts[part] for one in (found.learned, found.seeds, found.halves))
        yield f"| {part} | {_WHAT[part]} | {' | '.join(f'{value:.3f}' for value in values)} |"
    scores = (one.score for one in (found.learned, found.seeds, found.halves))
    yield f"| score | shapes and pairs | {' | '.join(f'{one:.3f}' for one in scores)} |"
    yield ""
    parts = [part for part in PARTS if found.learned.parts[part] < ENOUGH]
    if not parts:
        yield f"No part is below {ENOUGH}."
    else:
        yield f"Parts below {ENOUGH}, and why:"
        yield ""
        yield from (f"- {part}: {_why(part, found)}" for part in parts)
    yield from _columns_below(found.learned, names)


def _why(part: str, found: HeldOut) -> str:
    """Return the reason why a part is below ENOUGH: chance, as far as the ceilings show it."""
    learned, ceiling = (
        one.parts[part] for one in (found.learned, min(found.seeds, found.halves, key=_of(part)))
    )
    if learned >= ceiling - _BY_CHANCE:
        return f"chance alone, as two seeds or two halves are no more alike ({ceiling:.3f})"
    more = f"; by chance it would be {ceiling:.3f}" if ceiling < ENOUGH else ""
    return f"{_WHY[part]}{more}"


def _of(part: str) -> Callable[[Likeness], float]:
    return lambda one: one.parts[part]


def _columns_below(found: Likeness, names: set[str]) -> Iterator[str]:
    columns = sorted((value, name) for name, value in found.columns.items() if value < ENOUGH)
    if columns:
        yield ""
        yield f"Columns below {ENOUGH}, the least alike first:"
        yield ""
        for value, name in columns[:_MOST_NAMED]:
            yield f"- {_shown(name, names)}: {value:.3f}"
        if len(columns) > _MOST_NAMED:
            yield f"- {len(columns) - _MOST_NAMED:,} more"


def _shown(column: str, names: set[str]) -> str:
    """Return the name of a column; a property's own name only if it is in the spec."""
    if column in names:
        return _cell(column)
    return column if column in _DERIVED else "a property that was left out"


_DERIVED = frozenset(
    [
        *("kind", "way of making", "number of tags", "number of members", "name template"),
        *("half-year", "weekday", "hour", "time until the last change", "size of the data"),
        *("parent", "rank of the project"),
    ]
)
