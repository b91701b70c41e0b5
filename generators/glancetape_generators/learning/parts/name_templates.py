"""Templates of names: `web-ubuntu-20240105` and `crm-centos-20231224` are `{app}-{os}-{date}`.

A name is cut where its kind of letter changes. Each piece becomes a field of a spec's patterns, or
stays as it is when enough images have it; a word that too few have becomes {app}.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from glancetape_generators.learning.capture import Capture, Code, Column
from glancetape_generators.learning.identifying import ADDRESS, Identifying
from glancetape_generators.learning.ordinary_words import ORDINARY, names_of_systems
from glancetape_generators.learning.threshold import Kept, Threshold, count_kept
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.vocabulary.vocabulary import vocabulary

_FOLDED = "{app}"
_MOST_FIELDS = 6
_LONGEST_LITERAL = 40
_MOST_PATTERNS = 40
_MOST_APPS = 60
_OFTEN = 20  # a word of one name in twenty is part of a pattern, and no app
_APP = re.compile(r"[\w.-]{1,16}")
_MARKS = frozenset("-_. :/+()#,@&")
_KINDS = {"mark": "", "mixed": "word", "address": "word"}
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
                f"(?P<address>{ADDRESS})",
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
    """Return the pieces of a name; all numbers are of one kind here.

    >>> cut("web-v12")
    (('app', 'web'), ('', '-'), ('word', 'v'), ('number', '12'))
    """
    found = []
    for one in _pieces().finditer(name):
        kind = one.lastgroup or ""
        found.append((_KINDS.get(kind, kind), one[0]))
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


@dataclass(frozen=True, slots=True)
class NameTemplates:
    """The templates of the names of some images."""

    templates: list[str]
    codes: Ints
    """For each image the number of its template, -1 for an image without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The patterns of names, and the words that stand for {app} in them."""

    patterns: Kept
    apps: Kept


_Cut = list[tuple[int, tuple[Piece, ...]]]  # places of images, and the pieces of their names


def _cut_names(capture: Capture, chosen: Flags) -> _Cut:
    """Cut the names of the chosen images."""
    column, created = capture.column("name"), capture.column("created_at")
    places = np.flatnonzero(chosen & (column.codes >= 0))
    names = column.texts()
    found: _Cut = []
    for place in places.tolist():
        code = int(column.codes[place])
        if column.values[code] is not None:
            time = str(created.values[created.codes[place]])[11:16].replace(":", "")
            found.append((place, tuple(_with_times(cut(names[code]), time))))
    return found


def coarse_templates(capture: Capture, chosen: Flags) -> NameTemplates:
    """Return the templates of names in which words and marks are all alike.

    So names of any two captures can be compared.
    """
    return _templates(capture, _cut_names(capture, chosen), frozenset(), coarse=True)


def _templates(
    capture: Capture, names: _Cut, literals: frozenset[str], *, coarse: bool = False
) -> NameTemplates:
    numbers: dict[str, int] = {}
    codes = np.full(capture.count, -1, np.int64)
    written: dict[tuple[Piece, ...], str] = {}
    for place, pieces in names:
        if (text := written.get(pieces)) is None:
            text = written[pieces] = _template(pieces, literals, coarse=coarse)
        codes[place] = numbers.setdefault(text, len(numbers))
    return NameTemplates(list(numbers), codes)


def learn_naming(
    capture: Capture, chosen: Flags, threshold: Threshold, identifying: Identifying
) -> Naming:
    """Return the patterns of the chosen images' names, and their apps.

    A word that many names have is part of patterns; one that fewer have is an app. A pattern that
    does not pass is counted with the most frequent one that has the same fields.
    """
    names = _cut_names(capture, chosen)
    words = _kept_words(capture, names, threshold, identifying)
    often = len(names) // _OFTEN
    literals = frozenset(
        text for text, count in words.items() if count > often or not _is_app(text)
    )
    return Naming(
        patterns=_count_patterns(
            capture, _templates(capture, names, literals), threshold, identifying
        ),
        apps=_count_apps(capture, names, words.keys() - literals, threshold),
    )


def _kept_words(
    capture: Capture, names: _Cut, threshold: Threshold, identifying: Identifying
) -> dict[str, int]:
    """Return the words and marks that enough images have, and how many have them."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    for place, pieces in names:
        for text in {text for kind, text in pieces if _may_stay(kind, text)}:
            having[text].append(place)
    found = {}
    for text, places in having.items():
        if len(places) >= threshold.images:
            flags = np.zeros(capture.count, bool)
            flags[places] = True
            if threshold.passes(capture, flags) and not identifying.is_in(text):
                found[text] = len(places)
    return found


def _count_apps(
    capture: Capture, names: _Cut, words: AbstractSet[str], threshold: Threshold
) -> Kept:
    """Count the first app of each name: one of the vocabulary, or one of some words."""
    numbers: dict[Code, int] = {}
    codes = np.full(capture.count, -1, np.int64)
    for place, pieces in names:
        for kind, text in pieces:
            if kind == "app" or (kind == "word" and text in words):
                word = text.casefold() if kind == "app" else text
                codes[place] = numbers.setdefault(word, len(numbers))
                break
    column = Column(list(numbers), codes)
    kept = count_kept(threshold, capture, column, codes >= 0)
    most = dict(list(kept.counts.items())[:_MOST_APPS])
    return Kept(most, kept.folded + sum(kept.counts.values()) - sum(most.values()))


def _is_app(text: str) -> bool:
    return _APP.fullmatch(text) is not None


def _may_stay(kind: str, text: str) -> bool:
    if kind == "word":
        return text.casefold() not in ORDINARY and len(text) <= _LONGEST_LITERAL
    return not kind and text not in _MARKS and text.isprintable() and text not in "{}"


def _template(pieces: tuple[Piece, ...], kept: frozenset[str], *, coarse: bool) -> str:
    """Write the template of a name's pieces."""
    found: list[str] = []
    last, fields = 0, 0  # where the last field or word is, and how many there are
    for kind, text in pieces:
        if not kind:
            found.append("-" if coarse or not (text in _MARKS or text in kept) else text)
            continue
        if kind == "word":
            stays = text in kept or (text.casefold() in ORDINARY and not coarse)
            piece = text if stays else _FOLDED
        else:
            piece = {"uuid": "{number}", "hex": "{number}"}.get(kind, f"{{{kind}}}")
        if fields and found[last] == piece and (piece == _FOLDED or last == len(found) - 1):
            del found[last + 1 :]  # two words of an app are one app: `acme-portal`
            continue
        last, fields = len(found), fields + 1
        found.append(piece)
        if fields == _MOST_FIELDS:
            break
    return "".join(found).strip("-" if coarse else "") or _FOLDED


def _count_patterns(
    capture: Capture, found: NameTemplates, threshold: Threshold, identifying: Identifying
) -> Kept:
    counts = np.bincount(found.codes[found.codes >= 0], minlength=len(found.templates))
    passing = threshold.kept(capture, found.codes, len(found.templates))
    order = sorted(
        range(len(found.templates)), key=lambda one: (-counts[one], found.templates[one])
    )
    kept: list[int] = []
    for one in order:
        template = found.templates[one]
        if passing[one] and _fits(template) and not _identifies(template, identifying):
            kept.append(one)
        if len(kept) == _MOST_PATTERNS:
            break
    by_fields = {_fields_of(found.templates[one]): found.templates[one] for one in reversed(kept)}
    totals: Counter[Code] = Counter()
    chosen, dropped = set(kept), 0
    for one in order:
        template = found.templates[one]
        near = template if one in chosen else by_fields.get(_fields_of(template))
        if near is None:
            dropped += int(counts[one])
        else:
            totals[near] += int(counts[one])
    ordered = sorted(totals.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return Kept(dict(ordered), dropped)


def _identifies(template: str, identifying: Identifying) -> bool:
    """Whether what stands between the fields says who: `acme-prod` is the name of a project."""
    return any(identifying.is_in(one) for one in re.split(r"\{\w+\}", template) if one)


def _fields_of(template: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\{\w+\}", template))


def _fits(template: str) -> bool:
    return 0 < len(re.sub(r"\{\w+\}", "0" * 16, template)) <= 128
