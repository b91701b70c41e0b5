"""How lists of images misbehave, as real clouds have; docs/faults.md shows the table.

Each misbehaviour has a name, and a public bug as its example: of a service that answered so, or of
a client that such an answer broke. Which images are deleted is decided by a seed, so a run can be
repeated.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from glancetape.faults.draws import Draws
from glancetape.faults.list_pages import Image, ListPage, ListRequest
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss

Ask = Callable[[Request], Answer | Miss]
"""Asks the cloud that behaves well."""
Behave = Callable[["LabRun", ListRequest, Ask], Answer | Miss]
"""Answers a request for a list, with the help of the cloud that behaves well."""

_DELETED_OF = 8
"""One image in eight is deleted during a walk."""
_MOST_REFILLS = 1000
"""A recorded cloud may have pages that go round in a circle."""
_LARGE_PAGE = "1000"
_EQUAL_NAME = re.compile(r"image-[0-9]+")
EQUAL_NAMES = 139
"""How many public images of one region have the same name (observed on Huawei Cloud)."""


@dataclass(slots=True, kw_only=True)
class LabRun:
    """What has happened to the images in one run, and what clients were shown."""

    seed: int
    draws: Draws
    shown: dict[str, str] = field(default_factory=dict)
    """The images that the cloud has shown: id -> name."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The same: id -> how many were shown before it."""
    deleted: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    times: dict[str, int] = field(default_factory=dict)
    """How often each page was asked for."""

    @property
    def most_asked(self) -> int:
        """How often the most requested page was asked for."""
        return max(self.times.values(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """A row of the table."""

    name: str
    what: str
    """What the cloud does, in a sentence."""
    bug: str
    """The public bug of which it is an example."""
    behave: Behave
    may_fail: bool = False
    """Whether a client may end with an error."""
    renames: bool = False
    """Whether names change, so that only ids show which images were printed."""


def page_of(outcome: Answer | Miss) -> ListPage | None:
    """The page of images in an answer; None when it holds anything else."""
    return ListPage.read(outcome.response) if isinstance(outcome, Answer) else None


def _changing(
    change: Callable[[LabRun, ListRequest, ListPage], ListPage | None],
) -> Behave:
    """A misbehaviour that only changes the page of the cloud."""

    def behave(run: LabRun, asked: ListRequest, ask: Ask) -> Answer | Miss:
        outcome = ask(asked.request)
        page = page_of(outcome)
        changed = change(run, asked, page) if page is not None else None
        if changed is None or not isinstance(outcome, Answer):
            return outcome
        return outcome._replace(response=changed.response)

    return behave


def _of_images(change: Callable[[LabRun, Image], Image]) -> Behave:
    return _changing(
        lambda run, asked, page: page.having(
            images=[change(run, image) for image in page.images], next=page.next
        )
    )


def _next_on_last_page(run: LabRun, asked: ListRequest, page: ListPage) -> ListPage | None:
    if page.next is not None or not page.images:
        return None
    return page.having(next=page.link_after(page.images[-1]["id"], asked))


def _next_repeats(run: LabRun, asked: ListRequest, page: ListPage) -> ListPage | None:
    if asked.marker is None or page.next is None:
        return None
    return page.having(next=page.link_after(asked.marker, asked))


def _page_repeats(run: LabRun, asked: ListRequest, page: ListPage) -> ListPage | None:
    if asked.marker is None or page.next is None or run.times[asked.target] % 2 == 0:
        return None
    return page.having(next=page.link_after(asked.marker, asked))


def _image_made(run: LabRun, asked: ListRequest, page: ListPage) -> ListPage | None:
    if asked.marker is None or len(page.images) < 2:
        return None
    made = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run.seed} {asked.marker}"))
    run.made.add(made)
    image = {**page.images[0], "id": made, "name": f"made-{made[:8]}"}
    kept = page.images[:-1] if page.next is not None else page.images
    follow = page.link_after(kept[-1]["id"], asked) if page.next is not None else None
    return page.having(images=[image, *kept], next=follow)


def _absolute_links(run: LabRun, asked: ListRequest, page: ListPage) -> ListPage | None:
    origin = "/".join(asked.request.uri.split("/")[:3])
    links = {
        name: origin + link
        for name in ("first", "next")
        if isinstance(link := page.document.get(name), str) and link.startswith("/")
    }
    return page.having_links(links)


def _image_deleted(run: LabRun, asked: ListRequest, ask: Ask) -> Answer | Miss:
    if asked.marker is None:
        return ask(asked.request)

    def is_deleted(image: Image) -> bool:
        if run.draws.draw("deleted", image["id"], 1) >= 1 / _DELETED_OF:
            return False
        run.deleted.add(image["id"])
        return True

    return _without(is_deleted, asked, ask)


def _marker_deleted(run: LabRun, asked: ListRequest, ask: Ask) -> Answer | Miss:
    if asked.marker is not None and not run.deleted:
        run.deleted.add(asked.marker)
    if asked.marker in run.deleted:
        return _refused_marker(run, asked, ask)
    return _without(lambda image: image["id"] in run.deleted, asked, ask)


def _refused_marker(run: LabRun, asked: ListRequest, ask: Ask) -> Answer | Miss:
    """The cloud's refusal of a marker that is not an image, naming this marker."""
    marker = asked.marker or ""
    unknown = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run.seed} no image"))
    outcome = ask(asked.having(marker=unknown).request)
    if not isinstance(outcome, Answer):
        return outcome
    body = outcome.response.body.replace(unknown.encode(), marker.encode())
    return outcome._replace(response=replace(outcome.response, body=body))


def _without(
    is_left_out: Callable[[Image], bool],
    asked: ListRequest,
    ask: Ask,
    *,
    filled_up_by: str | None = None,
) -> Answer | Miss:
    """The page that the cloud has when some images are not in the list: as full as before.

    It is filled up from pages with the limit `filled_up_by`, without one with the client's own.
    """
    refill = asked if filled_up_by is None else asked.having(limit=filled_up_by)
    outcome = ask(asked.request)
    page = page_of(outcome)
    if page is None or not isinstance(outcome, Answer):
        return outcome
    size = len(page.images)
    kept: list[Image] = []
    more: ListPage | None = page
    for _ in range(_MOST_REFILLS):
        if more is None or not more.images:
            break
        kept += [one for one in more.images if not is_left_out(one)]
        if len(kept) >= size or more.next is None:
            break
        more = page_of(ask(refill.having(marker=more.images[-1]["id"]).request))
    has_more = len(kept) > size or (more is not None and more.next is not None)
    kept = kept[:size]
    follow = page.link_after(kept[-1]["id"], asked) if kept and has_more else None
    return outcome._replace(response=page.having(images=kept, next=follow).response)


def _with_limit(choose: Callable[[ListRequest], str | None]) -> Behave:
    """A misbehaviour that uses another limit than the client's, which the links repeat."""

    def behave(run: LabRun, asked: ListRequest, ask: Ask) -> Answer | Miss:
        outcome = ask(asked.having(limit=choose(asked)).request)
        page = page_of(outcome)
        if page is None or not isinstance(outcome, Answer):
            return outcome
        last = page.images[-1]["id"] if page.images else ""
        follow = page.link_after(last, asked) if page.next is not None else None
        changed = page.having(next=follow).having_links({"first": page.first_link(asked)})
        return outcome._replace(response=changed.response)

    return behave


def _clamped(asked: ListRequest) -> str | None:
    return None if asked.limit is None else str(max(1, asked.limit // 2))


def _text_for_boolean(run: LabRun, image: Image) -> Image:
    return {name: str(value) if isinstance(value, bool) else value for name, value in image.items()}


def _with_locations(run: LabRun, image: Image) -> Image:
    url = f"rbd://cluster/images/{image['id']}/snap"
    return {**image, "locations": [{"url": url, "metadata": {}}]}


def _with_equal_name(run: LabRun, image: Image) -> Image:
    return {**image, "name": f"image-{run.numbers[image['id']] // EQUAL_NAMES}"}


_renamed = _of_images(_with_equal_name)


def _equal_names(run: LabRun, asked: ListRequest, ask: Ask) -> Answer | Miss:
    """A list in which many images have one name; by that name all of them are found.

    Other names find images by the names that they have in the cloud.
    """
    name = asked.value_of("name")
    if name is None or not _EQUAL_NAME.fullmatch(name):
        return _renamed(run, asked, ask)

    def ask_for_any_name(request: Request) -> Answer | Miss:
        page = ListRequest.read(request)
        assert page is not None
        return _renamed(run, page.having(name=None), ask)

    outcome = _without(
        lambda image: image["name"] != name,
        asked,
        ask_for_any_name,
        filled_up_by=_LARGE_PAGE,  # few images are left in, and they may be far from each other
    )
    page = page_of(outcome)
    if page is None or not isinstance(outcome, Answer):
        return outcome
    changed = page.having_links({"first": page.first_link(asked)})
    return outcome._replace(response=changed.response)


_GITHUB = "https://github.com/"
MISBEHAVIOURS = (
    Misbehaviour(
        name="next-on-last-page",
        what="The last page has a `next`, which leads to an empty page.",
        bug=_GITHUB + "Open-EO/openeo-python-driver/issues/350",
        behave=_changing(_next_on_last_page),
    ),
    Misbehaviour(
        name="next-repeats",
        what="The `next` of the second page leads to the second page, for ever.",
        bug=_GITHUB + "softlayer/jumpgate/issues/94",
        behave=_changing(_next_repeats),
        may_fail=True,
    ),
    Misbehaviour(
        name="page-repeats",
        what="Each page after the first comes twice.",
        bug=_GITHUB + "softlayer/jumpgate/issues/134",
        behave=_changing(_page_repeats),
        may_fail=True,
    ),
    Misbehaviour(
        name="image-deleted",
        what="Images are deleted after the first page; the later pages lack them.",
        bug=_GITHUB + "faiscadev/fakecloud/pull/2419",
        behave=_image_deleted,
    ),
    Misbehaviour(
        name="image-made",
        what="Each page after the first begins with an image that was just made.",
        bug=_GITHUB + "hapifhir/hapi-fhir/pull/3609",
        behave=_changing(_image_made),
    ),
    Misbehaviour(
        name="marker-deleted",
        what="The last image of the first page is deleted, so the next page is refused.",
        bug=_GITHUB + "faiscadev/fakecloud/pull/2406",
        behave=_marker_deleted,
        may_fail=True,
    ),
    Misbehaviour(
        name="limit-ignored",
        what="`limit` is ignored; pages have the size that the cloud chooses.",
        bug=_GITHUB + "exosphere-project/exosphere/issues/46",
        behave=_with_limit(lambda asked: None),
    ),
    Misbehaviour(
        name="limit-clamped",
        what="Pages have half of the images that `limit` asks for, and a `next`.",
        bug=_GITHUB + "fog/fog-openstack/issues/247",
        behave=_with_limit(_clamped),
    ),
    Misbehaviour(
        name="absolute-links",
        what="`first` and `next` are whole URLs.",
        bug=_GITHUB + "gophercloud/gophercloud/issues/2431",
        behave=_changing(_absolute_links),
    ),
    Misbehaviour(
        name="text-for-boolean",
        what='Booleans are the texts "True" and "False".',
        bug=_GITHUB + "gophercloud/gophercloud/issues/3147",
        behave=_of_images(_text_for_boolean),
    ),
    Misbehaviour(
        name="locations",
        what="Each image has `locations`, a list of objects.",
        bug=_GITHUB + "ContainX/openstack4j/pull/1096",
        behave=_of_images(_with_locations),
    ),
    Misbehaviour(
        name="equal-names",
        what=f"{EQUAL_NAMES} images have the same name.",
        bug=_GITHUB + "openshift/installer/issues/1921",
        behave=_equal_names,
        renames=True,
    ),
)
"""All misbehaviours, each with its source."""
