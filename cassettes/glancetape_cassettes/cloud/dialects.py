"""How the clouds differ, switch by switch, each with where it is known from.

Sources: *document*, the API document "Querying Images (Native OpenStack API)"; *observed*, a real
Glance 33.0.0 or a captured answer; *code*, Glance 12 (Mitaka) and 16 (Queens). Where nothing is
known of IMS it does what Glance does: IMS is a facade in front of one.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from glancetape_cassettes.imageset.sort_keys import SORT_KEYS

Pairs = tuple[tuple[str, str], ...]


def _switch(meaning: str, source: str, **default: Any) -> Any:
    return field(metadata={"meaning": meaning, "source": source}, **default)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is the only one of its rules
class Dialect:
    """One cloud's rules."""

    name: str
    visibilities: tuple[str, ...] = _switch(
        "What `visibility` may be.",
        "observed: Glance 33 takes all five; code: 16 does not know `all`, 12 neither `all` nor "
        "`community`; document: public, private, shared",
    )
    own_shared: bool = _switch(
        "`visibility=shared` lists one's own shared images too.",
        "observed and code: from Glance 16 on; code: 12 lists only those shared with the caller",
    )
    community: bool = _switch(
        "Others' community images may be seen.", "observed and code: from Glance 16 on"
    )
    newer_columns: bool = _switch(
        "`os_hidden` keeps images out of lists; it, `os_hash_algo` and `os_hash_value` are "
        "columns, not properties.",
        "observed; code: not before Glance 17",
    )
    always: tuple[tuple[str, str], ...] = _switch(
        "Filters that hold whatever is asked; they stand first in the links unless asked for.",
        "observed: IMS adds it; document: common users can query only images that have it",
    )
    old_tags: bool = _switch("`tag=a=b` finds an old tag `a.b` too.", "document")
    repeats_in_links: bool = _switch(
        "Links keep repeated parameters; else the last value at the first place.",
        "observed: Glance gives the last, so its next page asks something else; nothing is known "
        "of IMS, and the pages of a walk have to ask the same",
    )
    next_on_full_page: bool = _switch(
        "A full page has a `next` even when nothing follows.",
        "observed: Glance; document: the last page has none",
    )
    envelope: tuple[str, ...] = _switch(
        "The order of the names in a page.", "observed: Glance; document: its example"
    )
    gateway: bool = _switch(
        "An API gateway answers: its headers, and its words for a 401.",
        "observed: answers of Huawei Cloud",
    )
    default_limit: int = _switch("`limit` when none is given.", "document; observed", default=25)
    limit_cap: int = _switch(
        "A higher `limit` counts as this; links keep what was asked.",
        "observed: Glance's default; that of IMS is not documented",
        default=1000,
    )
    sort_keys: tuple[str, ...] = _switch(
        "What `sort_key` may be.",
        "observed and code, from Glance 12 on; document: the same but for updated_at",
        default=SORT_KEYS,
    )
    json_errors: bool = _switch(
        "Errors are JSON for who accepts it.",
        "observed: Glance 33; a Glance of 2016 told them as text (captured), and which one stands "
        "behind IMS is not known",
        default=True,
    )


GLANCE = Dialect(
    name="glance",
    visibilities=("community", "public", "private", "shared", "all"),
    own_shared=True,
    community=True,
    newer_columns=True,
    always=(),
    old_tags=False,
    repeats_in_links=False,
    next_on_full_page=True,
    envelope=("images", "first", "schema", "next"),
    gateway=False,
)
IMS_QUEENS = Dialect(
    name="ims",
    visibilities=("community", "public", "private", "shared"),
    own_shared=True,
    community=True,
    newer_columns=False,
    always=(("__isregistered", "true"),),
    old_tags=True,
    repeats_in_links=True,
    next_on_full_page=False,
    envelope=("schema", "next", "images", "first"),
    gateway=True,
)
# Document: with a letter up to M in X-Api-Version, and so without one, the answer is that of
# Mitaka. What `private` means is that of Queens in both: the document of Open Telekom Cloud says
# that private images shared with others are not among them.
IMS_MITAKA = replace(
    IMS_QUEENS, visibilities=("public", "private", "shared"), own_shared=False, community=False
)

_BY_NAME = {
    # Observed: Glance does not read X-Api-Version.
    "glance": {"mitaka": GLANCE, "queens": GLANCE},
    "ims": {"mitaka": IMS_MITAKA, "queens": IMS_QUEENS},
}
NAMES = tuple(sorted(_BY_NAME, reverse=True))


def dialect_of(name: str, api_version: str) -> Dialect:
    """Give the rules of a dialect for an API version, `mitaka` or `queens`. Raises KeyError."""
    return _BY_NAME[name][api_version]


def switches() -> list[tuple[str, str, str]]:
    """Give name, meaning and source of each switch."""
    return [
        (one.name, one.metadata["meaning"], one.metadata["source"])
        for one in fields(Dialect)
        if one.metadata
    ]
