"""Tables of single fields that depend only on kind, type of system and environment.

They are EXTRAS of `field_tables`, and the custom properties of a spec.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from glancetape_generators.sampling.draws import (
    PARTS,
    Choice,
    Draws,
    Flags,
    Ints,
    choice_of,
)
from glancetape_generators.spec.names_and_tags import names_a_field
from glancetape_generators.spec.spec import Property
from glancetape_generators.spec.templates import OPTIONAL_OF_GLANCE, OPTIONAL_OF_IMS
from glancetape_generators.vocabulary.tables import Row, Table
from glancetape_generators.vocabulary.vocabulary import NUMBERED, descriptions, vocabulary
from glancetape_generators.world.field_tables import (
    ENVIRONMENTS,
    KIND_NAMES,
    OS_TYPES,
    TENANTS,
    Extra,
)

_COUNTING, _COUNTED = 45, 60  # percent of the projects, and of the descriptions that they write


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraTable:
    """A field with a table of its own; row 0 is an image without the field."""

    name: str
    """The name of the table, and of the draw that chooses a row."""
    field: str
    table: Table
    choices: Sequence[Choice]
    of_each: Ints
    """For each kind and type of system the number of its choice, -1 for none."""
    environments: Ints
    """For each of ENVIRONMENTS 1 if its images may have the field, 0 if not."""
    uploaded: bool
    """Whether only images with data have the field."""
    in_templates: bool
    """Whether a key-set template decides which images have the field."""
    has_fields: bool = False
    """Whether some of its values have fields such as {uuid}: then an image's text is not a row."""
    is_asked_for: bool = False
    """Whether the spec has its shares, which come out as evenly as can be."""

    def draw(self, draws: Draws, choices: Ints) -> Ints:
        """Return the rows of images that have the field, given the number of each one's choice."""
        rows = np.empty(len(choices), np.int64)
        for number, choice in enumerate(self.choices):
            choose = choice.spread if self.is_asked_for else choice.pick
            here = np.flatnonzero(choices == number)
            if len(here) == len(choices):
                return choose(draws, self.name)
            rows[here] = choose(draws.some(here), self.name)
        return rows


def extra_table(extra: Extra) -> ExtraTable:
    """Return the table of one of EXTRAS."""
    values: dict[str | int, int] = {}
    choices = {}
    for group, weights in extra.weights.items():
        rows = [values.setdefault(one, len(values) + 1) for one in weights]
        choices[group] = Choice(rows, list(weights.values()))
    rows_of: list[Row] = [{}, *({extra.field: value} for value in values)]
    return ExtraTable(
        name=extra.field,
        field=extra.field,
        table=Table(rows_of),
        choices=list(choices.values()),
        of_each=_choice_of_each(list(choices)),
        environments=np.array([name in extra.environments for name in ENVIRONMENTS], np.int64),
        uploaded=extra.uploaded,
        in_templates=extra.field in (*OPTIONAL_OF_IMS, *OPTIONAL_OF_GLANCE),
    )


class Descriptions:
    """Descriptions of images; those of one project or product are in one language.

    A project in Germany: `siehe Wiki`, `nicht löschen`      another one: `do not delete`

    It has a few that it uses most. Some projects also number theirs: `sprint 7`, then `sprint 8`.
    """

    FIELDS = ("__description", "description")
    """The field of IMS and that of a plain Glance."""

    def __init__(self, table: Table, languages: Mapping[str, int]) -> None:
        """Find the rows of a table that are in some languages."""
        places = {next(iter(row.values()), None): number for number, row in enumerate(table.rows)}
        self._language = choice_of(languages)
        listed = [descriptions(one) for one in languages]
        self._plain = [len(vocabulary()["descriptions"][one]) for one in languages]
        self._rows = [np.array([places[text] for text in one], np.int64) for one in listed]
        self._of_market = [
            np.array([places[text] for text in of_language if text in places], np.int64)
            for one in languages
            for of_language in (vocabulary()["market_descriptions"].get(one, ("",)),)
        ]

    def pick(self, draws: Draws, ours: Draws, begun: Ints, *, is_market: Flags) -> Ints:
        """Return the row of each image.

        `ours` are draws of its project or product, `begun` the thousandths of the set's time that
        were over when it was made.
        """
        language = self._language.pick(ours, "language")
        found = np.zeros(len(language), np.int64)
        for number, (rows, plain) in enumerate(zip(self._rows, self._plain, strict=True)):
            here = language == number
            some = np.flatnonzero(here & is_market)
            found[some] = _favourites(self._of_market[number], draws.some(some), ours.some(some))
            some = np.flatnonzero(here & ~is_market)
            found[some] = _favourites(rows[:plain], draws.some(some), ours.some(some))
            counting = some[ours.some(some).percent("__description/counting", _COUNTING)]
            some = counting[draws.some(counting).percent("__description/counted", _COUNTED)]
            own = ours.some(some)
            series = own.below("__description/series", (len(rows) - plain) // NUMBERED)
            last = NUMBERED // 3 + own.below("__description/last", NUMBERED * 2 // 3)
            found[some] = rows[plain + series * NUMBERED + begun[some] * last // 1000]
        return found


def _favourites(rows: Ints, draws: Draws, ours: Draws) -> Ints:
    """Return one of some rows for each image: mostly one of the few that are its project's."""
    drawn = draws.below("__description", len(rows))
    # The product of two draws is mostly small.
    drawn = drawn * draws.below("__description/favourite", len(rows)) // len(rows)
    first = ours.below("__description/first", len(rows))
    found: Ints = rows[(first + drawn) % len(rows)]
    return found


def property_table(name: str, one: Property, more: Iterable[str | None] = ()) -> ExtraTable:
    """Return the table of a custom property; `more` are values that only some images have."""
    listed = list(dict.fromkeys([*one.values, *more]))
    rows: list[Row] = [{}, *({name: value} for value in listed)]
    total = sum(one.values.values())
    parts = PARTS if isinstance(one.share, Fraction) else 1
    share = 100 if one.share is None else int(one.share * parts)
    weights = [(100 * parts - share) * total, *(share * weight for weight in one.values.values())]
    return ExtraTable(
        # A prefix for the table and the draw, as a property may be called `kind`.
        name=f"property/{name}",
        field=name,
        table=Table(rows),
        choices=[Choice(range(len(weights)), weights)] * len(one.kinds),
        of_each=_choice_of_each(one.kinds),
        environments=np.ones(len(ENVIRONMENTS), np.int64),
        uploaded=False,
        in_templates=one.share is None,
        has_fields=any(names_a_field(value) for value in listed),
        is_asked_for=True,
    )


def _choice_of_each(groups: Sequence[str]) -> Ints:
    """Return for each kind and type of system the place of its group in `groups`, -1 for none."""
    of_each = np.full(len(KIND_NAMES) * len(OS_TYPES), -1, np.int64)
    for place, (kind, os_type) in enumerate(product(KIND_NAMES, OS_TYPES)):
        wide = "tenant" if kind in TENANTS else kind
        for group in (f"{wide}/{os_type}", kind, wide, os_type):
            if group in groups:
                of_each[place] = groups.index(group)
                break
    return of_each
