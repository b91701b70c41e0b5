"""Templates of names: `web-ubuntu-20240105` and `crm-centos-20231224` are `{app}-{os}-{date}`.

A name is cut where its kind of letter changes. Each piece becomes a field of a spec's patterns, or
stays as it is when enough images have it; a word that too few have becomes {app}.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.ordinary_words import ORDINARY, names_of_systems
from glancetape_generators.learning.threshold import Kept, Threshold
from glancetape_generators.sampling.draws import Flags
from glancetape_generators.vocabulary.vocabulary import vocabulary

_FOLDED = "{app}"
_MOST_FIELDS = 6
_LONGEST_LITERAL = 40
_MARKS = frozenset("-_. :/+()#,@&")
Piece = tuple[str, str]
"""The field of a piece, "" for a mark and "word" for a word, and its text."""


@cache
def _pieces() -> re.Pattern[str]:
    """Return the pattern whose matches are the pieces of a name, one after the other."""
    mixed = {one for one in ORDINARY if not one.isalpha()}  # `qcow2` is one word
    systems_named, apps, words = (
        "|".join(re.escape(one) for one in sorted(each, key=len, reverse=True))
        for each in (names_of_systems(), {*vocabulary()["applications"]} - ORDINARY, mixed)
    )
    alone = "(?<![A-Za-z])(?:{})(?![A-Za-z])"
    return re.compile(
        "|".join(
            (
                r"(?P<uuid>(?<![0-9a-zA-Z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-zA-Z]))",
                f"(?P<os>{alone.format(systems_named)})",
                f"(?P<app>{alone.format(apps)})",
                r"(?P<hex>(?<![0-9a-zA-Z])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}(?![0-9a-zA-Z]))",
                f"(?P<mixed>(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9]))",
                r"(?P<number>[0-9]+)",
                r"(?P<word>[A-Za-z]+|[^\W\d_A-Za-z]+|\d+)",
                r"(?P<mark>.)",
            )
        ),
        re.IGNORECASE | re.DOTALL,
    )


@lru_cache(maxsize=1 << 16)
def cut(name: str) -> tuple[Piece, ...]:
    """Return the pieces of a name; numbers are not told apart yet.

    >>> cut("web-v12")
    (('app', 'web'), ('', '-'), ('word', 'v'), ('number', '12'))
    """
    found = []
    for one in _pieces().finditer(name):
        kind = one.lastgroup or ""
        found.append(({"mark": "", "mixed": "word"}.get(kind, kind), one[0]))
    return tuple(found)


def _with_times(pieces: tuple[Piece, ...], hour_and_minute: str) -> Iterator[Piece]:
    """Tell dates and times from other numbers; an image named by its time has that of creation."""
    after_date = False
    for kind, text in pieces:
        if kind != "number":
            after_date = after_date and not kind
            yield kind, text
            continue
        if _is_date(text[:8]) and len(text) in (8, 12, 14):
            yield "date", text[:8]
            if len(text) > 8:
                yield "time", text[8:]
            after_date = len(text) == 8
            continue
        is_time = len(text) == 4 and text == hour_and_minute
        is_time |= after_date and len(text) in (4, 6) and text[:2] < "24" and text[2:4] < "60"
        yield ("time" if is_time else "number"), text
        after_date = False


def _is_date(text: str) -> bool:
    return (
        len(text) == 8
        and "1990" <= text[:4] <= "2099"
        and "01" <= text[4:6] <= "12"
        and "01" <= text[6:] <= "31"
    )


@dataclass(slots=True)
class NameTemplates:
    """The templates of the names of some images."""

    templates: list[str] = field(default_factory=list)
    codes: "np.ndarray[tuple[int], np.dtype[np.int64]]" = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )
    """For each image the number of its template, -1 for an image without a name."""


def templates_of(
    capture: Capture, chosen: Flags, threshold: Threshold, *, coarse: bool = False
) -> NameTemplates:
    """Return the template of each chosen image's name.

    With `coarse`, words and marks are all alike, so that names of any capture can be compared.
    """
    column, created = capture.column("name"), capture.column("created_at")
    places = np.flatnonzero(chosen & (column.codes >= 0))
    names = column.texts()
    cuts: dict[int, tuple[Piece, ...]] = {}
    pieces_of: list[tuple[int, tuple[Piece, ...]]] = []
    for place in places.tolist():
        code = int(column.codes[place])
        if column.values[code] is None:
            continue
        time = str(created.values[created.codes[place]])[11:16].replace(":", "")
        pieces = cuts.get(code)
        if pieces is None:
            pieces = cuts[code] = cut(names[code])
        pieces_of.append((place, tuple(_with_times(pieces, time))))
    kept = frozenset[str]() if coarse else _kept_words(capture, pieces_of, threshold)
    numbers: dict[str, int] = {}
    codes = np.full(capture.count, -1, np.int64)
    written: dict[tuple[Piece, ...], str] = {}
    for place, pieces in pieces_of:
        if (text := written.get(pieces)) is None:
            text = written[pieces] = _template(pieces, kept, coarse=coarse)
        codes[place] = numbers.setdefault(text, len(numbers))
    return NameTemplates(list(numbers), codes)


def _kept_words(
    capture: Capture, pieces_of: list[tuple[int, tuple[Piece, ...]]], threshold: Threshold
) -> frozenset[str]:
    """Return the words and marks that enough images have."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    for place, pieces in pieces_of:
        for text in {text for kind, text in pieces if _may_stay(kind, text)}:
            having[text].append(place)
    found = set()
    for text, places in having.items():
        if len(places) >= threshold.images:
            flags = np.zeros(capture.count, bool)
            flags[places] = True
            if threshold.passes(capture, flags):
                found.add(text)
    return frozenset(found)


def _may_stay(kind: str, text: str) -> bool:
    if kind == "word":
        return text.casefold() not in ORDINARY and len(text) <= _LONGEST_LITERAL
    return not kind and text not in _MARKS and text.isprintable() and text not in "{}"


def _template(pieces: tuple[Piece, ...], kept: frozenset[str], *, coarse: bool) -> str:
    """Write the template of a name's pieces."""
    found: list[str] = []
    fields = 0
    for kind, text in pieces:
        if not kind:
            mark = text if text in _MARKS or text in kept else "-"
            found.append("-" if coarse else mark)
            continue
        if kind == "word":
            stays = text in kept or (text.casefold() in ORDINARY and not coarse)
            piece = text if stays else _FOLDED
        else:
            piece = {"uuid": "{number}", "hex": "{number}"}.get(kind, f"{{{kind}}}")
        if found and found[-1] == piece and piece.startswith("{"):
            continue
        found.append(piece)
        fields += 1
        if fields == _MOST_FIELDS:
            break
    return "".join(found).strip("-" if coarse else "") or _FOLDED


def count_templates(
    capture: Capture, chosen: Flags, threshold: Threshold, most: int
) -> tuple[Kept, Mapping[str, str]]:
    """Count the templates of the chosen images' names; those that pass are kept, up to `most`.

    A template that does not pass is counted with the kept one that has the same fields. The
    second result maps such templates to it.
    """
    found = templates_of(capture, chosen, threshold)
    counts = np.bincount(found.codes[found.codes >= 0], minlength=len(found.templates))
    passing = threshold.kept(capture, found.codes, len(found.templates))
    order = sorted(
        range(len(found.templates)), key=lambda one: (-counts[one], found.templates[one])
    )
    kept = [one for one in order if passing[one] and _fits(found.templates[one])][:most]
    by_fields = {_fields_of(found.templates[one]): found.templates[one] for one in reversed(kept)}
    totals: Counter[str] = Counter()
    folded: dict[str, str] = {}
    dropped = 0
    chosen_ones = set(kept)
    for one in order:
        template = found.templates[one]
        if one in chosen_ones:
            totals[template] += int(counts[one])
        elif (near := by_fields.get(_fields_of(template))) is not None:
            totals[near] += int(counts[one])
            folded[template] = near
        else:
            dropped += int(counts[one])
    ordered = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    return Kept(dict(ordered), dropped), folded


def _fields_of(template: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\{\w+\}", template))


def _fits(template: str) -> bool:
    return 0 < len(re.sub(r"\{\w+\}", "0" * 16, template)) <= 128
