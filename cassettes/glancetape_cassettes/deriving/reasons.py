"""The words of a miss: why the recording proves no answer, and what to record.

Each reason is one sentence for a person. The requests after it are what a miss suggests to record;
once they are recorded, the question has an answer. Where none is named, that is the question.
"""

from collections.abc import Sequence

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import LIST_PATH, next_link
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.deriving.coverage import why_not_covered
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.validity import CheckedWalk
from glancetape_cassettes.deriving.walking.limits import Limits
from glancetape_cassettes.deriving.walking.walks import Walk
from glancetape_cassettes.interaction import Source

_LARGEST = 1000  # images a page


class NotProved(Exception):
    """The recording proves no answer. Its text says why, in one sentence.

    `requests` are the requests, each a path at a service without a prefix, that would make the
    question answerable; none if only the question itself would.
    """

    def __init__(self, why: str, *requests: str) -> None:
        """Keep the reason and what to record."""
        super().__init__(why)
        self.requests = requests


def unknown_marker(marker: str) -> NotProved:
    """No list shows the marker, or it may be gone: the cloud may answer 400 for it."""
    return NotProved(
        f"The recording does not show where the marker, image {marker}, comes in the list."
    )


def refusal_not_recorded(refused: Refused) -> NotProved:
    """The cloud would refuse the query, in words that are not documented."""
    return NotProved(
        f"It would be refused ({refused.message.removesuffix('.')}), and this cloud's words for "
        "that are not recorded."
    )


def refused_last() -> NotProved:
    """A caller whose last list was refused would be refused again, whatever it asks."""
    return NotProved("The last list that this caller asked for was refused (403).")


def unknown_links(source: Source) -> NotProved:
    """The links of recorded pages are in no form that is known: see `walking.link_forms`."""
    return NotProved(
        f"How this cloud writes its links is not known: those of {source} are in no form that "
        "glancetape knows, or in another than those of other pages."
    )


def names_a_method() -> NotProved:
    """Glance takes `_method=DELETE` for the method of the request."""
    return NotProved(
        "The parameter _method may name the method of the request, so this may be no list."
    )


def odd_escape() -> NotProved:
    """Glance reads `%2` with Python 3 otherwise than with Python 2."""
    return NotProved(
        "It has a % with one hexadecimal digit after it, which not every Glance reads alike."
    )


def unknown_image() -> NotProved:
    """No walk shows the image, and no list shows all that a caller can see by an id."""
    return NotProved(
        "No recorded walk shows this image, and some images are shown by their id only: hidden, "
        "killed, offered or community ones."
    )


def image_no_longer_holds(one: CheckedWalk) -> NotProved:
    """All walks that show the image are void."""
    return NotProved(
        f"The walk that shows this image ({_sources_of(one.walk)}) no longer holds: "
        f"{one.why_disproved}."
    )


def too_many_joins() -> NotProved:
    """Databases refuse a query with too many tables, values or keys, at numbers of their own."""
    return NotProved(
        "It has so many filters, values or sort keys that the cloud's database may refuse it."
    )


def odd_bound() -> NotProved:
    """Databases differ in what `name_min=5` finds, or a bound beyond 64 bits."""
    return NotProved("What this bound finds depends on the cloud's database.")


def unknown_limit(query: Query) -> NotProved:
    """More images match than any recorded page shows to fit on one: see `walking.limits`."""
    if query.asked_limit is None:
        return NotProved(
            "It has no limit, and how many images this cloud lists then is not recorded. "
            "Name a limit, or the cloud with --dialect.",
            LIST_PATH,
        )
    return NotProved(
        f"No recorded page shows that this cloud lists {query.asked_limit} images at once. "
        "Name a smaller limit, or the cloud with --dialect."
    )


def differs_by_version(why: str) -> NotProved:
    """Versions of Glance before 17 answer it differently: see `walking.older_versions`."""
    return NotProved(
        f"It is not certain what this version of Glance answers: {why}. The list of versions "
        "(GET /) may show which one it is."
    )


def lost_nulls(key: str) -> NotProved:
    """Glance takes a null sort key of a marker for an empty one, and loses images."""
    return NotProved(
        f"The marker's {key} is null, empty or 0, and after such a marker Glance loses images "
        f"whose {key} is null."
    )


def uncertain_matches(why: str) -> NotProved:
    """A doubt of `deriving.doubts` keeps the matches from being certain."""
    return NotProved(f"It is not certain which images match: {why}.")


def uncertain_order(why: str) -> NotProved:
    """A doubt of `deriving.order` keeps the order of the page from being certain."""
    return NotProved(f"The order is not certain: {why}.")


def nothing_covers(
    query: Query, walks: Sequence[CheckedWalk], dialect: Dialect, limits: Limits
) -> NotProved:
    """No valid walk covers the query: say what keeps the nearest one from it."""
    if query.visibility not in (None, *dialect.visibilities):  # the first of two values
        return NotProved(f"No image has visibility={query.visibility}, so no walk covers it.")
    shows_default = query.asked_limit is None and not limits.is_certain(None)
    fresh = _first_of_walk_for(query, dialect, shows_default=shows_default)
    # A page that contradicts a complete walk may also begin another one. That the complete walk no
    # longer holds says more than that the other has no end.
    for one in sorted(walks, key=lambda one: not one.walk.is_complete):
        walk = one.walk
        if why_not_covered(walk.query, query):
            continue
        where = f"The walk that would prove it ({_sources_of(walk)})"
        if walk.is_complete:
            return NotProved(f"{where} no longer holds: {one.why_void}.", fresh)
        if walk.problem:
            return NotProved(f"{where} breaks off: {walk.problem}.", fresh)
        following = fresh
        if walk.ids and not shows_default:
            following = f"{next_link(walk.query.first, walk.ids[-1], dialect)} and each next"
        return NotProved(f"{where} was not recorded to its end.", following)
    nearest = next((one.walk for one in walks if one.walk.is_complete), None)
    why = ""
    if nearest is not None:  # the latest one
        why = f": the walk {_sources_of(nearest)} {why_not_covered(nearest.query, query)}"
    return NotProved(f"No recorded walk covers it{why}.", fresh)


def _first_of_walk_for(query: Query, dialect: Dialect, *, shows_default: bool) -> str:
    """Return the first request of the walk that would prove most about what a query may see.

    It has no filters: such a walk answers this query and every other with the same visibility. One
    that `shows_default` has no limit, so that it shows the cloud's default one too.
    """
    parameters = []
    if query.visibility in ("community", "all"):
        parameters.append(f"visibility={query.visibility}")
    elif query.visibility == "shared" and not dialect.own_shared:
        parameters.append("visibility=shared")
    if query.member_status != "accepted":
        parameters.append(f"member_status={query.member_status}")
    if query.hidden:
        parameters.append("os_hidden=true")
    if not shows_default:
        parameters.append(f"limit={_LARGEST}")
    return f"{LIST_PATH}{'?' * bool(parameters)}{'&'.join(parameters)} and each next"


def _sources_of(walk: Walk) -> str:
    return format_sources(page.source for page in walk.pages)
