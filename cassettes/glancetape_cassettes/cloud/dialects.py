"""The dialects: how clouds differ, switch by switch, each with its source.

Sources: *document* is the API document "Querying Images (Native OpenStack API)"; *observed* is a
real Glance 33.0.0 or a captured answer; *code* is that of Glance, from Grizzly (2013) to Queens
(16). What is not known of IMS follows Glance, because IMS is a facade in front of one.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from glancetape_cassettes.imageset.sort_keys import SORT_KEYS

Pairs = tuple[tuple[str, str], ...]
NEWER_FIELDS = ("os_hidden", "os_hash_algo", "os_hash_value")
"""Fields of an image that came with Glance 17 (Rocky)."""


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
        "observed: Glance 33 takes all five; code: 16 (Queens) does not know `all`, 13 (Newton) "
        "neither `all` nor `community`; document: public, private, shared",
    )
    own_shared: bool = _switch(
        "`visibility=shared` lists the caller's own shared images too.",
        "observed; code: from Glance 14 (Ocata) on, before only those shared with the caller",
    )
    community: bool = _switch(
        "The caller may see community images of others.",
        "observed; code: from Glance 14 (Ocata) on",
    )
    newer_columns: bool = _switch(
        "`os_hidden` keeps images out of lists. It, `os_hash_algo` and `os_hash_value` are "
        "columns, not properties.",
        "observed; code: from Glance 17 (Rocky) on; before, any parameter that is not a column "
        "is a property",
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
    hash_order_in_links: bool = _switch(
        "Links have their parameters in the order of a hash table of Python 2. Otherwise they keep "
        "the order of the request, and the marker comes last.",
        "observed: Glance 33; code: Glance up to 16 puts them in a dictionary, and ran on Python "
        "2; the document's example of IMS is in this order, and an image set keeps it readable",
        default=False,
    )
    spans_versions: bool = _switch(
        "Several versions go by this name. What they do differently is never derived.",
        "code: Grizzly to Queens, see the rules of older versions in derived-answers.md",
        default=False,
    )
    next_on_full_page: bool = _switch(
        "A full page has a `next` even when nothing follows.",
        "observed: Glance; document: the last page has none",
    )
    envelope: tuple[str, ...] = _switch(
        "The order of the members of a page.",
        "observed: Glance 33; captured: a Glance of 2016, in the order of a hash table; document: "
        "its example",
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
        "observed; code: from Glance 11 (Kilo) on, before any column; document: the same but for "
        "updated_at",
        default=SORT_KEYS,
    )
    versions: tuple[str, ...] = _switch(
        "The versions that `GET /` lists, each with its status.",
        "observed; code: 16 (Queens); document: its example",
    )
    shows_version: bool = _switch(
        "`GET /v2.0` shows that version. Otherwise it leads to `/v2/`.",
        "document: Show version; observed: Glance redirects",
    )
    image_schema: str = _switch(
        "Whose schemas of images it shows.",
        "observed: Glance 33; code: 16 (Queens); document: Querying an image list schema",
        default="Glance 33",
    )
    extension_api: bool = _switch(
        "There is an API beside that of Glance: `/v2/cloudimages` and `/v1/cloudimages`.",
        "document: Querying images",
    )
    new_visibility: str = _switch(
        "The visibility of a new image that names none.",
        "observed: Glance 33; code: shared from Glance 14 (Ocata) on, private before",
    )

    @property
    def unknown_fields(self) -> tuple[str, ...]:
        """Fields that no image of this cloud has, whatever the images of a set have."""
        return NEWER_FIELDS if self.spans_versions else ()

    @property
    def knows_refusals(self) -> bool:
        """Whether the words and forms of its refusals are known."""
        return not self.gateway and not self.spans_versions


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
    extension_api=False,
    new_visibility="shared",
)
# Queens is the last version before 17. Earlier ones differ, see `spans_versions`.
GLANCE_PRE_17 = replace(
    GLANCE,
    name="glance-pre-17",
    visibilities=("community", "public", "private", "shared"),
    newer_columns=False,
    hash_order_in_links=True,
    spans_versions=True,
    envelope=("images", "next", "schema", "first"),
    versions=("v2.6 CURRENT", *(f"v2.{minor} SUPPORTED" for minor in range(5, -1, -1))),
    image_schema="Glance 16",
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
    image_schema="IMS",
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

_BY_NAME = {  # each name is one of `dialect_names`
    # Observed: Glance does not read X-Api-Version.
    "glance": {"mitaka": GLANCE, "queens": GLANCE},
    "glance-pre-17": {"mitaka": GLANCE_PRE_17, "queens": GLANCE_PRE_17},
    "ims": {"mitaka": IMS_MITAKA, "queens": IMS_QUEENS},
}


def dialect_of(name: str, api_version: str) -> Dialect:
    """Return the rules of a dialect for an API version, `mitaka` or `queens`. Raises KeyError."""
    return _BY_NAME[name][api_version]
