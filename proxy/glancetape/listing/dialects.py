"""How the clouds differ, switch by switch, each with where it is known from.

Sources: *document*, the API document "Querying Images (Native OpenStack API)"; *observed*, a real
Glance 33.0.0 or a captured answer; *code*, Glance 12 (Mitaka) and 16 (Queens). Where nothing is
known of IMS it does what Glance does: IMS is a facade in front of one.
"""

from dataclasses import dataclass, replace

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One cloud's rules."""

    name: str

    visibilities: tuple[str, ...]
    """What `visibility` may be. Observed: Glance 33 takes all five. Code: Glance 16 does not know
    `all`, Glance 12 neither `all` nor `community`. Document: public, private, shared."""

    own_shared: bool
    """Whether `visibility=shared` lists one's own shared images too. Observed and code: from Glance
    16 on. Code: Glance 12 lists only those shared with the caller."""

    community: bool
    """Whether others may see community images at all. Observed and code: from Glance 16 on."""

    newer_columns: bool
    """Whether `os_hidden` keeps images out of lists, and it and `os_hash_algo`, `os_hash_value` are
    columns. Observed; code: not before Glance 17, so for IMS they are properties like others."""

    always: Pairs
    """Filters that hold whatever is asked. They stand first in the links unless the request has
    the parameter. Observed: IMS adds `__isregistered=true`. Document: common users can query only
    images for which it is true."""

    old_tags: bool
    """Whether `tag=a=b` finds an old tag `a.b`. Document."""

    repeats_in_links: bool
    """Whether links keep a repeated parameter whole. Observed: Glance gives its last value only,
    so the next page asks something else. Of IMS nothing is known: it keeps them, as the pages of a
    walk have to ask the same."""

    next_on_full_page: bool
    """Whether a full page has a `next` even when nothing follows. Observed: Glance. Document: the
    last page has none."""

    envelope: tuple[str, ...]
    """The order of the names in a page. Observed: Glance 33. Document: IMS, in its example."""

    gateway: bool
    """Whether an API gateway stands in front: its headers, and its words for a 401. Observed:
    answers of Huawei Cloud."""

    default_limit: int = 25
    """Document; observed: Glance's default."""

    limit_cap: int = 1000
    """More is cut to this, and the links say what was asked. Observed: Glance's default
    `api_limit_max`. The limit of IMS is not documented."""

    sort_keys: tuple[str, ...] = (
        "name",
        "status",
        "container_format",
        "disk_format",
        "size",
        "id",
        "created_at",
        "updated_at",
    )
    """Observed and code, from Glance 12 on. Document: the same but for updated_at."""

    json_errors: bool = True
    """Whether errors are JSON for who accepts it. Observed: Glance 33. A Glance of 2016 told them
    as text (captured); which one stands behind IMS is not known."""


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
# Document: without X-Api-Version, or with a letter up to M, the answer is that of Mitaka. What
# `private` means is that of Queens in both: the document of Open Telekom Cloud says that private
# images shared with others are not among them.
IMS_MITAKA = replace(
    IMS_QUEENS, visibilities=("public", "private", "shared"), own_shared=False, community=False
)

NAMES = ("ims", "glance")


def dialect_of(name: str, api_version: str) -> Dialect:
    """Give the rules of a dialect for an API version, `mitaka` or `queens`."""
    if name == "glance":
        return GLANCE  # observed: it does not read X-Api-Version
    return IMS_QUEENS if api_version == "queens" else IMS_MITAKA
