"""Older versions: what a Glance before 17 does in its own way.

Example. A cassette of 2013 holds `GET /v2/images?limit=1000`, which shows four images, and nothing
else. It is from some Glance between Grizzly and Queens:

    ?name=cirros                 proved: all of these compare a name as it is
    ?name=in:cirros,fedora       a miss: Liberty looks for an image that is named `in:cirros,fedora`
    ?visibility=shared           a miss: Newton leaves out what the caller shares with others

One change: the client also recorded `GET /`, which lists v2.4 as the newest version. So it is
Newton (`shown_versions`), which knows `in:`, and the second question is proved.

Each rule is a row of docs/derived-answers.md. The sources are Glance's own code, by the branches
`grizzly-eol` to `queens-eol`: glance/api/v2/images.py and glance/db/sqlalchemy/api.py.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glancetape_cassettes.cloud.dialects import NEWER_FIELDS
from glancetape_cassettes.cloud.listing.conditions import Condition, Has, Nothing, When
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.deriving.walking.shown_versions import KINDS_OF_VISIBILITY, LAST
from glancetape_cassettes.imageset.indexed_values import TAGS

_COMPARED = ("name", "id", "status", "container_format", "disk_format")
"""What may be filtered with `in:` and `eq:`, from Mitaka on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderAsked:
    """A question, and the walk that covers it."""

    query: Query
    walk: Query
    parameters: Sequence[tuple[str, str]]
    """Those of both, as they were written."""
    has_nulls: Callable[[str], bool]
    """Whether images that match have no value for a sort key."""
    after: bool
    """Whether the page begins after a marker."""

    @property
    def applied(self) -> frozenset[Condition]:
        """The filters that only one of them has: what these find is taken from the rules."""
        return self.query.conditions ^ self.walk.conditions

    def named(self, name: str) -> bool:
        """Whether a filter that has to be applied is of this name."""
        return any(getattr(one, "name", "") == name for one in self.applied)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something that versions do differently."""

    name: str
    example: str
    """A query that depends on it."""
    since: int
    """The version from which on all do the same; after `LAST` if none before 17 does."""
    why: str
    """Completes "It is not certain ...: "."""
    asks: Callable[[OlderAsked], bool]
    """Whether a question depends on it."""


def _has_operator(asked: OlderAsked) -> bool:
    return any(
        ":" in value and name in _COMPARED and asked.named(name) for name, value in asked.parameters
    )


def _sorts_otherwise(asked: OlderAsked) -> bool:
    names = [name for name, _ in asked.parameters]
    many = names.count("sort_key") > 1 or names.count("sort_dir") > 1 or "sort" in names
    return many or "id" in asked.query.sort_keys


def _has_nulls_after_marker(asked: OlderAsked) -> bool:
    return asked.after and any(asked.has_nulls(key) for key in asked.query.sort_keys)


def _asks_for_visibility(asked: OlderAsked) -> bool:
    return asked.query.visibility not in (None, "public", asked.walk.visibility)


def _names_an_attribute(asked: OlderAsked) -> bool:
    names = [name for name, _ in asked.parameters]
    return "is_public" in names or any(re.fullmatch("__.*__", name) for name in names)


def _is_written_in_ascii(asked: OlderAsked) -> bool:
    return all(name.isascii() and value.isascii() for name, value in asked.parameters)


RULES = (
    Rule(
        name="tags",
        example="tag=x",
        since=2,
        why="before Havana, tag is the name of a property",
        asks=lambda asked: any(isinstance(one, Has) and one.name == TAGS for one in asked.applied),
    ),
    Rule(
        name="several sort keys",
        example="sort=name:asc",
        since=3,
        why="before Kilo, a list is sorted by one key, and by created_at before the id",
        asks=_sorts_otherwise,
    ),
    Rule(
        name="nulls in pages",
        example="sort_key=size&marker=ID",
        since=4,
        why="before Newton, images whose sort key is null may be missing after a marker",
        asks=_has_nulls_after_marker,
    ),
    Rule(
        name="operators",
        example="name=in:a,b",
        since=4,
        why="before Mitaka, a value is compared with its operator",
        asks=_has_operator,
    ),
    Rule(
        name="times",
        example="created_at=gte:2020-01-01T00:00:00Z",
        since=4,
        why="before Mitaka, a time is compared as a text",
        asks=lambda asked: any(isinstance(one, When) for one in asked.applied),
    ),
    Rule(
        name="kinds of visibility",
        example="visibility=shared",
        since=KINDS_OF_VISIBILITY,
        why="before Ocata, an image is public or private, and shared are those of others",
        asks=_asks_for_visibility,
    ),
    Rule(
        name="memberships of one's own",
        example="member_status=pending",
        since=KINDS_OF_VISIBILITY,
        why="before Ocata, one's own images may have members and be private",
        asks=lambda asked: asked.query.member_status != asked.walk.member_status,
    ),
    Rule(
        name="protected",
        example="protected=true",
        since=6,
        why="before Queens, the database compares protected with a text",
        asks=lambda asked: asked.named("protected"),
    ),
    Rule(
        name="newer fields",
        example="os_hidden=false",
        since=LAST + 1,
        why="a Glance before 17 does not have os_hidden and os_hash_value",
        asks=lambda asked: any(map(asked.named, NEWER_FIELDS)),
    ),
    Rule(
        name="attributes",
        example="is_public=True",
        since=LAST + 1,
        why="older versions have columns and attributes of other names",
        asks=_names_an_attribute,
    ),
    Rule(
        name="odd numbers",
        example="min_disk=abc",
        since=LAST + 1,
        why="what a text finds in a column of numbers depends on the database",
        asks=lambda asked: Nothing() in asked.applied,
    ),
    Rule(
        name="other letters",
        example="name=镜像",
        since=LAST + 1,
        why="with Python 2, Glance may fail to write links with letters beyond ASCII",
        asks=lambda asked: not _is_written_in_ascii(asked),
    ),
)


def why_versions_differ(asked: OlderAsked, least: int) -> str:
    """Why versions from `least` on may answer a question differently; "" when they do not."""
    return next((one.why for one in RULES if one.since > least and one.asks(asked)), "")
