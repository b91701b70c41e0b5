"""The dialects: how clouds differ, switch by switch, each with its source.

Sources: *document* is the API document "Querying Images (Native OpenStack API)"; *observed* is a
real Glance 33.0.0 or a captured answer; *code* is that of Glance 12 (Mitaka) and 16 (Queens). What
is not known of IMS follows Glance, because IMS is a facade in front of one.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from glancetape_cassettes.imageset.sort_keys import SORT_KEYS

Pairs = tuple[tuple[str, str], ...]


def _switch(meaning: str, source: str, **default: Any) -> Any:
    return field(metadata={"meaning": meaning, "source": source}, **default)


@dataclass(
    frozen=True, slots=True, kw_only=True, eq=False
)  # part of cache keys: identity is fast and enough
class Dialect:
    """The rules of one kind of cloud."""

    name: str
    visibilities: tuple[str, ...] = _switch(
        "The values of `visibility`.",
        "observed: Glance 33 takes all five; code: 16 does not know `all`, 12 neither `all` nor "
        "`community`; document: public, private, shared",
    )
    own_shared: bool = _switch(
        "`visibility=shared` lists the caller's own shared images too.",
        "observed and code: from Glance 16 on; code: 12 lists only those shared with the caller",
    )
    community: bool = _switch(
        "The caller may see community images of others.", "observed and code: from Glance 16 on"
    )
    newer_columns: bool = _switch(
        "`os_hidden` keeps images out of lists. It, `os_hash_algo` and `os_hash_value` are "
        "columns, not properties.",
        "observed; code: not before Glance 17",
    )
    always: tuple[tuple[str, str], ...] = _switch(
        "Filters that always apply. They come first in the links, unless the query names them.",
        "observed: IMS adds it; document: common users can query only images that have it",
    )
    old_tags: bool = _switch("`tag=a=b` finds an old tag `a.b` too.", "document")
    repeats_in_links: bool = _switch(
        "Links keep repeated parameters. Otherwise they keep the last value, in the first place.",
        "observed: Glance keeps the last, so its next page asks for something else; not known "
        "of IMS, where all pages of a walk should ask for the same",
    )
    next_on_full_page: bool = _switch(
        "A full page has a `next` even when nothing follows.",
        "observed: Glance; document: the last page has none",
    )
    envelope: tuple[str, ...] = _switch(
        "The order of the members of a page.", "observed: Glance; document: its example"
    )
    gateway: bool = _switch(
        "An API gateway adds headers, and words a 401.",
        "observed: answers of Huawei Cloud",
    )
    default_limit: int = _switch(
        "The `limit` of a query without one.", "document; observed", default=25
    )
    limit_cap: int = _switch(
        "The largest `limit`. A higher one counts as this, and links keep it as it was.",
        "observed: Glance's default; that of IMS is not documented",
        default=1000,
    )
    sort_keys: tuple[str, ...] = _switch(
        "The values of `sort_key`.",
        "observed and code, from Glance 12 on; document: the same but for updated_at",
        default=SORT_KEYS,
    )
    versions: tuple[str, ...] = _switch(
        "The versions that `GET /` lists, each with its status.",
        "observed; document: its example",
    )
    shows_version: bool = _switch(
        "`GET /v2.0` shows that version. Otherwise it leads to `/v2/`.",
        "document: Show version; observed: Glance redirects",
    )
    older_schemas: bool = _switch(
        "The schemas of images are those of an older Glance.",
        "document: Querying an image list schema",
    )
    extension_api: bool = _switch(
        "There is an API beside that of Glance: `/v2/cloudimages` and `/v1/cloudimages`.",
        "document: Querying images",
    )
    new_visibility: str = _switch(
        "The visibility of a new image that names none.",
        "observed: Glance 33; code: shared from Glance 15 on, private before",
    )
    json_errors: bool = _switch(
        "Errors are JSON if the client accepts it.",
        "observed: Glance 33; a Glance of 2016 sent text (captured), and which one IMS uses is not "
        "known",
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
    versions=(
        "v2.15 SUPPORTED",
        *(f"v2.{minor} SUPPORTED" for minor in range(13, 7, -1)),
        "v2.17 CURRENT",
        *(f"v2.{minor} SUPPORTED" for minor in range(7, -1, -1)),
    ),
    shows_version=False,
    older_schemas=False,
    extension_api=False,
    new_visibility="shared",
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
    versions=(
        "v2.2 CURRENT",
        "v2.1 SUPPORTED",
        "v2.0 SUPPORTED",
        "v1.1 DEPRECATED",
        "v1.0 DEPRECATED",
    ),
    shows_version=True,
    older_schemas=True,
    extension_api=True,
    new_visibility="shared",
)
# Document: a request without X-Api-Version, or with a letter up to M in it, has the API version
# Mitaka. `private` has the meaning of Queens in both: the document of Open Telekom Cloud says that
# images shared with others are not private.
IMS_MITAKA = replace(
    IMS_QUEENS,
    visibilities=("public", "private", "shared"),
    own_shared=False,
    community=False,
    new_visibility="private",
)

_BY_NAME = {
    # Observed: Glance does not read X-Api-Version.
    "glance": {"mitaka": GLANCE, "queens": GLANCE},
    "ims": {"mitaka": IMS_MITAKA, "queens": IMS_QUEENS},
}
NAMES = tuple(sorted(_BY_NAME, reverse=True))


def dialect_of(name: str, api_version: str) -> Dialect:
    """Return the rules of a dialect for an API version, `mitaka` or `queens`. Raises KeyError."""
    return _BY_NAME[name][api_version]


def switches() -> list[tuple[str, str, str]]:
    """Return name, meaning and source of each switch."""
    return [
        (one.name, one.metadata["meaning"], one.metadata["source"])
        for one in fields(Dialect)
        if one.metadata
    ]
