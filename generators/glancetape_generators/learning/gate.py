"""The last gate: each literal of a learned spec is looked for in the images it was learned from.

It shares no code with what learns but the rule of what identifies (`identifying`). A literal is any
text of the YAML that is not a word of the spec language: a value of a tag or a property, a key of
one, and what stands between the fields of a pattern. It passes for one of these reasons:

    ubuntu     the vocabulary of the generator has it
    nightly    1,204 images of 4 projects have it
    other      no image has it

Anything else would show what few images have, and nothing is written. An id or a secret never
passes. A text of fewer than 6 characters is not a piece of an id: any UUID may have `a-b`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import yaml

from glancetape_cassettes.nouns import counted
from glancetape_generators.learning.capture import MEMBER, TAG, Capture, Code
from glancetape_generators.learning.identifying import (
    FIELDS_OF_IDS,
    LEAST_PIECE,
    Identifying,
    without_ids,
)
from glancetape_generators.learning.ordinary_words import is_known_text, words_of
from glancetape_generators.learning.threshold import Threshold
from glancetape_generators.spec.names_and_tags import FIELDS_OF_API
from glancetape_generators.spec.spec import DISKS, KINDS, WAYS
from glancetape_generators.spec.templates import OPTIONAL_OF_GLANCE, OPTIONAL_OF_IMS
from glancetape_generators.vocabulary.flavours import FLAVOURS, flavour_named, platforms

_FIELD = re.compile(r"\{\w+\}")
_TEXTS = (
    *(
        ("names", "patterns"),
        ("apps",),
        ("tags", "keys"),
        ("tags", "popular"),
        ("properties",),
        ("given",),
    ),
    ("templates",),
)
"""Where a spec has literals; everything else must be a word of the language or a number."""
_LANGUAGE = frozenset(
    """
    like flavour region tenant edge-cases openstack catalogue images every kinds made platforms
    given kind platform min_disk versions parents own apps projects members tags times names disks
    properties popular
    count evenness most share statuses old keys first now growth weekend bursts ties patterns nulls
    values gold active queued saving killed deleted deactivated importing uploading pending_delete
    pending accepted rejected numbers templates weight market
    """.split()
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A literal of the spec and why it may be there."""

    literal: str
    images: int
    projects: int
    is_known: bool
    """Whether the vocabulary has it."""

    @property
    def reason(self) -> str:
        """Why it may be there, in words."""
        if self.is_known:
            return "in the vocabulary"
        if not self.images:
            return "in no image"
        return f"in {self.images:,} images of {counted(self.projects, 'project')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A literal that must not be there."""

    place: str
    """The key below which it is, such as `tags.keys`; the literal itself is not shown."""
    length: int
    images: int
    projects: int
    identifies: bool = False
    """Whether it is or has an id or a secret."""

    def __str__(self) -> str:
        """Say what was found without showing it."""
        if self.identifies:
            return f"{self.place}: a text of {self.length} characters has an id or a secret"
        return (
            f"{self.place}: a text of {self.length} characters is in only {self.images:,} images "
            f"of {counted(self.projects, 'project')}"
        )


def examine(text: str, capture: Capture, threshold: Threshold) -> tuple[list[Passed], list[Leak]]:
    """Look for each literal of a spec's YAML in a capture; return those that pass, and leaks."""
    free_texts, identifying = _FreeTexts(capture), Identifying(capture)
    passed: dict[str, Passed] = {}
    leaks: dict[tuple[str, str], Leak] = {}
    for place, literal in _literals(_read(text), ()):
        for piece in dict.fromkeys((literal, *words_of(literal))):
            if piece in passed or (place, piece) in leaks:
                continue
            if identifying.is_in(piece):
                leaks[place, piece] = Leak(
                    place=place, length=len(piece), images=0, projects=0, identifies=True
                )
                continue
            if is_known_text(piece):
                passed[piece] = Passed(literal=piece, images=0, projects=0, is_known=True)
                continue
            images, projects, free = free_texts.count(piece)
            enough = free >= threshold.images or (
                images >= threshold.images and projects >= threshold.projects
            )
            if images and not enough:
                leaks[place, piece] = Leak(
                    place=place, length=len(piece), images=images, projects=projects
                )
            else:
                passed[piece] = Passed(
                    literal=piece, images=images, projects=projects, is_known=False
                )
    return list(passed.values()), list(leaks.values())


def _read(text: str) -> Any:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, loader)  # noqa: S506 - both are safe


def _literals(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each literal of a spec."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _literals_of(key, path)
            yield from _literals(member, (*path, str(key)))
    elif isinstance(value, list):
        for one in value:
            yield from _literals(one, path)
    elif isinstance(value, str):
        yield from _literals_of(value, path)


def _literals_of(scalar: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    in_text = next((one for one in _TEXTS if path[: len(one)] == one), None)
    text = "null" if scalar is None else str(scalar)
    if in_text is None:
        is_plain = not isinstance(scalar, str) or text in _language() or _DATE.fullmatch(text)
        if not is_plain:
            yield ".".join(path[:2]), text
    elif path[:2] == ("names", "patterns"):
        yield from (("names.patterns", one) for one in _FIELD.split(text) if one.strip("-_. "))
    elif _names_fields(path) and (text in _language() or isinstance(scalar, int)):
        return
    elif text not in ("share", "kinds", "values") and text:
        yield ".".join(in_text), text


def _names_fields(path: tuple[str, ...]) -> bool:
    """Whether there are words of the language beside literals."""
    kinds_of_property = path[0] == "properties" and path[2:] == ("kinds",)
    return path[0] in ("given", "templates") or kinds_of_property


@cache
def _language() -> frozenset[str]:
    versions = (one.version for name in FLAVOURS for one in flavour_named(name).systems)
    keys = (*OPTIONAL_OF_IMS, *OPTIONAL_OF_GLANCE)
    public = (one.name for name in FLAVOURS for one in flavour_named(name).public)
    known = (*KINDS, *WAYS, *DISKS, *FLAVOURS, *platforms(), *versions, *public, *keys)
    return _LANGUAGE.union(known)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a field."""

    name: str
    is_list: bool
    texts: list[str]
    joined: str


class _FreeTexts:
    """The texts of a capture, in small letters, to look for others in."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._long = [
            *(_texts(name, capture.values(name), is_list=False) for name in capture.names),
            *(_texts(name, capture.several(name).values, is_list=True) for name in (TAG, MEMBER)),
        ]

    @cached_property
    def _short(self) -> list[_Texts]:
        """The same for short texts, which are no piece of an id."""
        found = []
        for one in self._long:
            of_ids = one.name in FIELDS_OF_IDS
            texts = ["" if of_ids else without_ids(text) for text in one.texts]
            found.append(_Texts(one.name, one.is_list, texts, "\0".join(texts)))
        return found

    def count(self, text: str) -> tuple[int, int, int]:
        """Return how many images, other projects and open images have a text somewhere in them."""
        alone = self._count(text.casefold(), _alone(text.casefold()))
        return alone if alone[0] else self._count(text.casefold(), None)

    def _count(self, wanted: str, alone: re.Pattern[str] | None) -> tuple[int, int, int]:
        """Count the images with a text, alone or as a part of words."""
        capture = self._capture
        having = np.zeros(capture.count, bool)

        def has(text: str) -> bool:
            return wanted in text and (alone is None or alone.search(text) is not None)

        for one in self._short if len(wanted) < LEAST_PIECE else self._long:
            if one.is_list:
                if wanted in one.joined:
                    entries = capture.several(one.name)
                    found = np.array([has(text) for text in one.texts])
                    having[entries.places[found[entries.codes]]] = True
            elif one.name not in FIELDS_OF_API and has(one.name.casefold()):
                having |= capture.has(one.name)
            elif wanted in one.joined:
                codes = capture.column(one.name).codes
                having |= (codes >= 0) & np.array([has(text) for text in one.texts])[codes]
        free = int((having & capture.is_open).sum())
        owners = np.unique(capture.column("owner").codes[having & ~capture.is_open])
        return int(having.sum()), len(owners), free


def _texts(name: str, values: list[Code], *, is_list: bool) -> _Texts:
    texts = ["null" if value is None else str(value).casefold() for value in values]
    return _Texts(name, is_list, texts, "\0".join(texts))


def _alone(text: str) -> re.Pattern[str]:
    """Return a pattern that finds a text, but not as a part of a longer word.

    Letters end where digits or letters of another script begin: `v` is alone in `web-v12`.
    """
    first, last = _like(text[0]), _like(text[-1])
    before, after = (f"(?<!{first})" if first else ""), (f"(?!{last})" if last else "")
    return re.compile(f"{before}{re.escape(text)}{after}")


def _like(letter: str) -> str:
    """Return a pattern for the letters that a word with this one goes on with; "" for a mark."""
    if letter.isdigit():
        return "[0-9]"
    if not letter.isalpha():
        return ""
    return "[a-z]" if letter.isascii() else r"[^\W\d_a-z]"
