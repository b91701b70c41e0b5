"""What each misbehaviour of the lab shows to clients, seen by a client that only follows links."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from glancetape.faults.lab import Lab
from glancetape.faults.misbehaviours import MISBEHAVIOURS, LabRun
from glancetape.faults.verdicts import Behaved, Ending
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer
from support.one_image import ME, ims_image
from support.sets.set_files import make_set

COUNT, LIMIT = 30, 7
HOST = "http://cloud.example"
TOKEN = (("X-Auth-Token", "a-token"), ("Accept", "application/json"))
ROWS = {row.name: row for row in MISBEHAVIOURS}
Pages = list[dict[str, Any]]


@pytest.fixture(scope="module", params=["glance", "ims"])
def session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """A cloud of thirty images, of both dialects."""
    path = tmp_path_factory.mktemp("lab") / "a.images"
    day = {"created_at": "2018-09-06T14:03:27Z", "protected": False}
    images = [{**ims_image(f"image-{n:02d}"), **day} for n in range(COUNT)]
    make_set(path, images, {"home_project": ME, "dialect": request.param})
    with open_session(Settings(replay=(path,))) as opened:
        yield opened


def answer(session: Session, lab: Lab, link: str) -> tuple[int, dict[str, Any]]:
    """Status and document for a link."""
    url = link if link.startswith("http") else HOST + link

    def ask(request: Request) -> Answer:
        outcome = session.answer(request, any_host=True)
        assert isinstance(outcome, Answer)
        return outcome

    outcome = lab.misbehave(Request("GET", url, TOKEN), ask)
    assert isinstance(outcome, Answer)
    return outcome.response.status, orjson.loads(outcome.response.body)


def walk(session: Session, name: str | None, limit: int = LIMIT, most: int = 40) -> Pages:
    """The pages that a client gets; it follows `next` and stops after `most` pages."""
    return pages_of(session, Lab((name,) if name else (), seed=3), f"limit={limit}", most)


def pages_of(session: Session, lab: Lab, query: str, most: int = 40) -> Pages:
    """The pages of a query in a lab that other clients may have asked."""
    pages: Pages = []
    link: str | None = f"/v2/images?{query}"
    while link is not None and len(pages) < most:
        status, page = answer(session, lab, link)
        pages.append({"status": status, "link": link, **page})
        link = page.get("next")
    return pages


def ids(pages: Pages) -> list[str]:
    """The ids of all images, in the order in which they came."""
    return [image["id"] for page in pages for image in page.get("images", [])]


def test_without_a_misbehaviour_a_walk_shows_each_image_once(session: Session) -> None:
    """What the others are compared with."""
    assert COUNT == len(set(ids(walk(session, None)))) == len(ids(walk(session, None)))


@pytest.mark.parametrize("name", ROWS)
def test_a_walk_is_the_same_again(session: Session, name: str) -> None:
    """The seed decides, and nothing else."""
    assert walk(session, name) == walk(session, name)


@pytest.mark.parametrize("name", ROWS)
def test_only_lists_misbehave(name: str) -> None:
    """A lab has no answer to anything else."""
    lab = Lab((name,), seed=3)
    for method, path in [
        ("GET", "/v2/images/0a1b"),
        ("POST", "/v2/images"),
        ("GET", "/v2/schemas/images"),
        ("GET", "/v3"),
    ]:
        assert lab.misbehave(Request(method, HOST + path), lambda _: pytest.fail("asked")) is None


def test_the_last_page_has_a_next(session: Session) -> None:
    """Which leads to an empty page without one."""
    pages = walk(session, "next-on-last-page")

    assert ids(pages) == ids(walk(session, None))
    assert [] == pages[-1]["images"]
    assert pages[-2]["images"]


def test_next_leads_to_its_own_page_for_ever(session: Session) -> None:
    """From the second page on."""
    pages = walk(session, "next-repeats", most=12)

    assert 12 == len(pages)
    assert [page["link"] for page in pages[2:]] == [pages[1]["link"]] * 10


def test_each_page_after_the_first_comes_twice(session: Session) -> None:
    """And the walk ends."""
    plain = [page["link"] for page in walk(session, None)]
    middle = plain[1:-1]

    found = [page["link"] for page in walk(session, "page-repeats")]

    assert [plain[0], *(link for link in middle for _ in (0, 1)), plain[-1]] == found


def test_images_are_gone_after_the_first_page(session: Session) -> None:
    """The pages stay full, and no image that is left is lost or moved."""
    plain, pages = ids(walk(session, None)), walk(session, "image-deleted")
    found = ids(pages)
    gone = [one for one in plain if one not in found]

    assert gone
    assert not set(gone) & set(plain[:LIMIT])
    assert [one for one in plain if one not in gone] == found
    assert {LIMIT} == {len(page["images"]) for page in pages[:-1]}


def test_images_are_made_during_the_walk(session: Session) -> None:
    """At the top of each later page; all others come once."""
    plain, found = ids(walk(session, None)), ids(walk(session, "image-made"))

    assert plain == [one for one in found if one in plain]
    assert len(found) > len(plain)


def test_a_deleted_marker_is_refused_as_the_cloud_refuses_it(session: Session) -> None:
    """With its own id in the sentence; a walk from the beginning does without the image."""
    lab = Lab(("marker-deleted",), seed=3)
    _, first = answer(session, lab, f"/v2/images?limit={LIMIT}")
    marker = first["images"][-1]["id"]

    status, refusal = answer(session, lab, first["next"])
    again = []
    link: str | None = f"/v2/images?limit={LIMIT}"
    while link is not None:
        _, page = answer(session, lab, link)
        again.append(page)
        link = page.get("next")

    unknown = f"/v2/images?limit={LIMIT}&marker=no-such-image"
    plain_status, plain = answer(session, Lab((), seed=3), unknown)
    assert plain_status == status >= 400
    assert {**plain, "message": plain["message"].replace("no-such-image", marker)} == refusal
    assert [one for one in ids(walk(session, None)) if one != marker] == ids(again)


@pytest.mark.parametrize(("name", "size"), [("limit-ignored", 25), ("limit-clamped", LIMIT // 2)])
def test_pages_have_another_size_than_was_asked_for(session: Session, name: str, size: int) -> None:
    """The links still name the client's limit, and a walk shows each image once."""
    pages = walk(session, name)

    assert {size} == {len(page["images"]) for page in pages[:-1]}
    assert ids(walk(session, None)) == ids(pages)
    for page in pages:
        for link in filter(None, (page["first"], page.get("next"))):
            assert str(LIMIT) == dict(parse_qsl(urlsplit(link).query))["limit"]


def test_links_are_whole_urls(session: Session) -> None:
    """On the host that the client asked."""
    pages = walk(session, "absolute-links")

    assert all(page["first"].startswith(HOST + "/v2/images") for page in pages)
    assert all(page["link"].startswith(HOST) for page in pages[1:])
    assert ids(walk(session, None)) == ids(pages)


@pytest.mark.parametrize(
    ("name", "is_odd"),
    [
        ("text-for-boolean", lambda one: one["protected"] in ("True", "False")),
        ("locations", lambda one: one["locations"][0].keys() == {"url", "metadata"}),
        ("equal-names", lambda one: one["name"] == "image-0"),
    ],
)
def test_images_have_an_odd_form(
    session: Session, name: str, is_odd: Callable[[dict[str, Any]], bool]
) -> None:
    """All of them, and the pages are as they were."""
    pages = walk(session, name)

    assert all(is_odd(one) for page in pages for one in page["images"])
    assert ids(walk(session, None)) == ids(pages)


@pytest.mark.parametrize("limit", [1, 3, 25])
def test_all_images_of_an_equal_name_are_found_by_it(
    session: Session, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """In pages, as a client asks that knows the name only, however far the images are."""
    monkeypatch.setattr("glancetape.faults.misbehaviours.EQUAL_NAMES", 4)
    lab = Lab(("equal-names",), seed=3)

    shown = [image for page in pages_of(session, lab, "limit=7") for image in page["images"]]

    by_name: dict[str, list[str]] = {}
    for image in shown:
        by_name.setdefault(image["name"], []).append(image["id"])
    assert [4] * 7 + [2] == list(map(len, by_name.values()))
    for name, of_the_name in by_name.items():
        found = pages_of(session, lab, f"limit={limit}&name={name}")
        assert of_the_name == ids(found)
        assert {name} == {image["name"] for page in found for image in page["images"]}
        assert all(("name", name) in parse_qsl(urlsplit(page["first"]).query) for page in found)


def test_the_table_has_a_public_source_for_each() -> None:
    """An issue or a change that anybody can read; names are unique."""
    assert len(ROWS) == len(MISBEHAVIOURS)
    assert all(row.bug.startswith("https://github.com/") for row in MISBEHAVIOURS)


A, B, C = (f"0000000{n}-0000-4000-8000-000000000000" for n in range(3))


@pytest.mark.parametrize(
    ("name", "status", "printed", "gone", "survives", "why"),
    [
        ("locations", 0, f"{A}\n{B}\n{C}", (), True, "all 3 images"),
        ("locations", 0, f"{A}\n{C}", (), False, "1 of 3 images missing"),
        ("locations", 0, f"{A}\n{B}\n{B}\n{C}", (), False, "1 image twice"),
        ("locations", 1, f"{A}\n{B}\n{C}", (), False, "ended with status 1"),
        ("locations", None, "", (), False, "did not end"),
        ("next-repeats", 1, "", (), True, "ended with status 1"),
        ("next-repeats", 0, A, (), False, "2 of 3 images missing"),
        ("image-deleted", 0, f"{A}\n{C}", (B,), True, "all 2 images"),
        ("image-made", 0, f"{A}\n{B}\n{C}\n{C[:-1]}9", (), True, "all 3 images"),
    ],
)
def test_a_client_is_judged_by_the_images_that_it_printed(
    name: str, status: int | None, printed: str, gone: tuple[str, ...], survives: bool, why: str
) -> None:
    """Or by its exit status."""
    run = LabRun(seed=0, draws=Lab((), 0).run.draws, shown={A: "a", B: "b", C: "c"})
    behaved = Behaved.of(f"{A} {B}\n{C}", run)
    run.deleted.update(gone)

    verdict = behaved.judge(ROWS[name], Ending(status=status, printed=printed), run)

    assert (survives, why) == (verdict.survives, verdict.why)


def test_names_tell_images_apart_where_no_ids_are_printed() -> None:
    """A name inside a longer one is not printed; with equal names only the status counts."""
    run = LabRun(seed=0, draws=Lab((), 0).run.draws, shown={A: "ubuntu", B: "ubuntu 22", C: "x"})
    behaved = Behaved.of("| ubuntu |\n| ubuntu 22 |\n| x |", run)

    def judge(name: str, printed: str) -> str:
        return behaved.judge(ROWS[name], Ending(status=0, printed=printed), run).why

    assert "name" == behaved.by
    assert "all 3 images" == judge("locations", "| ubuntu |\n| ubuntu 22 |\n| x |")
    assert "1 of 3 images missing" == judge("locations", "| ubuntu 22 |\n| x |")
    assert "ended well" == judge("equal-names", "| image-0 |")
