"""An image set answers through the proxy as the cloud would, over real sockets."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from glancetape.wire.mitmproxy_runner import Proxy
from glancetape_cassettes.interaction import Request, Response
from support.clouds.recorded import get, ok, write_cassette
from support.one_image import ME, OTHER, ims_image
from support.running.processes import Running, glancetape, running
from support.running.proxies import replaying
from support.sets.imagesets import THIRD, newest_first, shared
from support.sets.set_files import make_set

TOKEN = {"X-Auth-Token": "a-token"}
ASKS_JSON = TOKEN | {"Accept": "application/json"}
OWN = "my/project"
IMAGES = [
    ims_image("mine", owner=ME, visibility="private"),
    ims_image("mine-too", owner=ME, visibility="private"),
    ims_image("others", visibility="private"),
    shared("with-me", me="accepted"),
    shared("offered", me="pending"),
    *(ims_image(f"public-{number:02d}") for number in range(30)),
]
PUBLIC = [f"public-{number:02d}" for number in range(30)]


def make_images(path: Path, **about: str) -> Path:
    """Make the set of the images above; the first is the newest."""
    make_set(path, newest_first(IMAGES), {"home_project": ME, **about})
    return path


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the set lies."""
    return make_images(tmp_path_factory.mktemp("set") / "big.images")


@pytest.fixture(scope="module")
def proxy(big: Path) -> Iterator[Running]:
    """A proxy that answers from the set, started once.

    It is a process: mitmproxy keeps the options of the proxy that began last in a global, so two
    proxies in the process of the tests disturb each other.
    """
    with running(glancetape("replay", big, "--listen", "127.0.0.1:0")) as one:
        yield one


def ask(
    proxy: Proxy | Running, target: str = "/v2/images", headers: Mapping[str, str] = ASKS_JSON
) -> requests.Response:
    """Send a GET straight to the proxy."""
    return requests.get(proxy.url + target, headers=dict(headers), timeout=10)


def names(answer: requests.Response) -> list[str]:
    """Return the ids of a page."""
    assert 200 == answer.status_code, answer.text
    return [one["id"] for one in answer.json()["images"]]


def message(answer: requests.Response) -> str:
    """The sentence of a refusal."""
    said: str = answer.json()["message"]
    return said.removesuffix("<br /><br />\n\n\n")


def test_a_page_comes_with_the_headers_of_the_cloud_and_says_what_it_is(
    proxy: Proxy | Running,
) -> None:
    """Those of the gateway, as the set's images are of IMS."""
    answer = ask(proxy, "/v2/images?limit=2")

    assert ["mine", "mine-too"] == names(answer)
    assert "synthetic; big.images" == answer.headers["X-Glancetape"]
    assert "application/json" == answer.headers["Content-Type"]
    assert "api-gateway" == answer.headers["Server"]
    assert 32 == len(answer.headers["X-Request-Id"])
    assert str(len(answer.content)) == answer.headers["Content-Length"]
    assert "/v2/images?__isregistered=true&limit=2" == answer.json()["first"]


def test_following_next_gives_every_image_once(proxy: Proxy | Running) -> None:
    """As a client walks."""
    found: list[str] = []
    link: str | None = "/v2/images?limit=7"
    while link is not None:
        answer = ask(proxy, urljoin("/v2/images", link))
        found += names(answer)
        link = answer.json().get("next")

    assert ["mine", "mine-too", "with-me", *PUBLIC] == found


@pytest.mark.parametrize("path", ["/v2.0/images", "/image/v2/images", "/v2.7/images"])
def test_all_paths_of_the_list_are_answered_alike(proxy: Proxy | Running, path: str) -> None:
    """A deployment may put a service below a prefix."""
    assert ask(proxy).json() == ask(proxy, path).json()


def test_the_same_question_gets_the_same_bytes_today_and_tomorrow(big: Path) -> None:
    """The request id too, which differs from that of another question."""
    with replaying(big) as today:
        answers = [ask(today), ask(today)]
        other = ask(today, "/v2/images?limit=3")
    with replaying(big) as tomorrow:
        answers.append(ask(tomorrow))

    assert 1 == len({one.content for one in answers})
    assert 1 == len({one.headers["X-Request-Id"] for one in answers})
    assert other.headers["X-Request-Id"] != answers[0].headers["X-Request-Id"]


def test_a_client_that_takes_gzip_gets_the_same_page(proxy: Proxy | Running) -> None:
    """As it is."""
    answer = ask(proxy, headers=TOKEN | {"Accept-Encoding": "gzip, deflate"})

    assert "Content-Encoding" not in answer.headers
    assert ask(proxy).json() == answer.json()


@pytest.mark.parametrize(
    ("target", "allowed"),
    [("/v2/images?limit=abc", "GET, POST"), ("/v2/images/mine", "GET, PATCH, DELETE")],
)
def test_a_head_is_refused_as_glance_refuses_it(
    proxy: Proxy | Running, target: str, allowed: str
) -> None:
    """With the methods that there are; without credentials with 401."""
    answer = requests.head(proxy.url + target, headers=TOKEN, timeout=10)
    unknown = requests.head(proxy.url + target, timeout=10)

    assert (405, allowed) == (answer.status_code, answer.headers["Allow"])
    assert (401, None) == (unknown.status_code, unknown.headers.get("Allow"))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_set_answers_a_forward_proxys_client_for_any_host(
    proxy: Proxy | Running, scheme: str
) -> None:
    """Also for one that does not exist."""
    answer = requests.get(
        f"{scheme}://ims.cloud.invalid/v2/images?limit=1",
        headers=TOKEN,
        proxies={"http": proxy.url, "https": proxy.url},
        verify=str(Path("~/.mitmproxy/mitmproxy-ca-cert.pem").expanduser()),
        timeout=10,
    )

    assert ["mine"] == names(answer)


def test_what_is_recorded_comes_before_the_set(big: Path, cassette: Path) -> None:
    """And the summary counts each kind."""
    write_cassette(cassette, [(get("/v2/images?limit=2"), ok())])

    with replaying(cassette, big) as proxy:
        kinds = [
            ask(proxy, target).headers["X-Glancetape"]
            for target in ("/v2/images?limit=2", "/v2/images?limit=3", "/v3", "/flavors")
        ]
        missed = ask(proxy, "/v3/users").json()["glancetape"]

    assert ["exact; basic.yaml#1", *["synthetic; big.images"] * 2, "miss"] == kinds
    assert "1 replayed, 2 synthetic, 2 missed" == str(proxy.counts)
    assert (
        "Nothing is recorded from Keystone, not even a login. "
        "big.images simulates only the logins of Keystone." == missed["reason"]
    )
    assert "basic.yaml#1" == missed["closest"]["recording"]
    assert f"--cassette {cassette}" in missed["record_with"]


LOGIN = Request("POST", "http://keystone:5000/v3/auth/tokens", (), b'{"auth": {}}')


GIVEN_OUT = "standin-token-0123456789abcdef0123"


def _token_of(project: str) -> Response:
    body = json.dumps({"token": {"project": {"id": project}}}).encode()
    return Response(201, "Created", (("X-Subject-Token", GIVEN_OUT),), body)


VIEWS: dict[str, tuple[dict[str, str], list[str]]] = {
    "a project": ({"X-Project-Id": OTHER}, ["others", "with-me", "offered"]),
    "a project before a token": (TOKEN | {"X-Project-Id": THIRD}, []),
    "an unknown token": (TOKEN, ["mine", "mine-too", "with-me"]),
    "a signature": ({"Authorization": "SDK-HMAC-SHA256 x"}, ["mine", "mine-too", "with-me"]),
    "a recorded token": ({"X-Auth-Token": GIVEN_OUT}, ["others", "with-me", "offered"]),
}


@pytest.mark.parametrize(("headers", "seen"), VIEWS.values(), ids=VIEWS.keys())
def test_a_caller_sees_what_its_project_may_see(
    big: Path, tmp_path: Path, headers: dict[str, str], seen: list[str]
) -> None:
    """By header, or a token from a recorded login, or otherwise the home project of the set."""
    auth = write_cassette(tmp_path / "auth.yaml", [(LOGIN, _token_of(OTHER))])

    with replaying(auth, big) as proxy:
        answer = ask(proxy, "/v2/images?limit=100", headers)

    assert seen == [name for name in names(answer) if name not in PUBLIC]


def test_a_caller_without_credentials_is_refused_by_the_gateway(proxy: Proxy | Running) -> None:
    """In its own words."""
    answer = ask(proxy, headers={})

    assert (401, "APIGW.0301") == (answer.status_code, answer.json()["error_code"])
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]


def _owned(
    proxy: Proxy | Running, headers: Mapping[str, str], **query: str
) -> tuple[list[str], Any]:
    answer = requests.get(
        f"{proxy.url}/v2/images", params=query, headers={**headers}, timeout=10
    ).json()
    return [one["id"] for one in answer["images"]], answer


def test_an_own_project_takes_the_place_of_the_home_project(big: Path) -> None:
    """In headers, parameters, images and links."""
    with replaying(big, own_project=OWN) as proxy:
        for headers in (TOKEN, {"X-Project-Id": OWN}):
            found, page = _owned(proxy, headers, owner=OWN, limit="1")
            assert ["mine"] == found
            assert OWN == page["images"][0]["owner"]
            assert page["first"].endswith("?__isregistered=true&owner=my%2Fproject&limit=1")
        both, _ = _owned(proxy, TOKEN, id=f"in:mine,{OWN}", name="mine")
        others, _ = _owned(proxy, {"X-Project-Id": OTHER}, visibility="private")
        one = ask(proxy, "/v2/images/mine").json()

    assert (["mine"], ["others"], OWN) == (both, others, one["owner"])
    assert ME not in json.dumps([page, one])


def test_the_project_of_a_recorded_token_is_the_home_project_under_ones_own_id(
    big: Path, tmp_path: Path
) -> None:
    """The id replaces both, so a recorded login fits a generated set."""
    auth = write_cassette(tmp_path / "auth.yaml", [(LOGIN, _token_of(THIRD))])

    with replaying(auth, big, own_project=OWN) as proxy:
        answer = ask(proxy, "/v2/images?limit=2", {"X-Auth-Token": GIVEN_OUT})

    assert ["mine", "mine-too"] == names(answer)


def test_an_image_is_shown_by_its_id_as_the_list_shows_it(proxy: Proxy | Running) -> None:
    """A pending one too, which no list has unless asked."""
    listed = ask(proxy, "/v2/images?limit=1").json()["images"][0]

    assert listed == ask(proxy, "/v2/images/mine").json()
    assert "offered" == ask(proxy, "/v2.1/images/%6fffered").json()["id"]


@pytest.mark.parametrize("image_id", ["others", "MINE", "x" * 300, "a b", "<b>"])
def test_an_image_that_is_not_there_or_not_to_be_seen_is_not_found(
    proxy: Proxy | Running, image_id: str
) -> None:
    """In the words of the cloud."""
    answer = ask(proxy, f"/v2/images/{image_id}")

    assert 404 == answer.status_code
    assert f"No image found with ID {image_id}" == message(answer)


REFUSED = {
    "limit=abc": (400, "limit param must be an integer"),
    "marker=nope": (400, "No image found with ID nope"),
    "marker=others": (403, "Forbidding request, image others not visible"),
    "visibility=all": (400, "Invalid visibility value: all"),
}


@pytest.mark.parametrize("query", REFUSED)
def test_a_query_that_the_cloud_refuses_is_refused(proxy: Proxy | Running, query: str) -> None:
    """With its status and sentence, marked like any other answer."""
    answer = ask(proxy, f"/v2/images?{query}")

    assert REFUSED[query] == (answer.status_code, message(answer))
    assert "synthetic; big.images" == answer.headers["X-Glancetape"]


def test_a_change_is_in_the_next_answer_and_not_in_the_next_run(big: Path) -> None:
    """An answer that was kept ready before it is not used again."""
    with replaying(big, writable=True) as proxy:
        before = names(ask(proxy, headers=TOKEN))
        made = requests.post(
            f"{proxy.url}/v2/images", json={"name": "new"}, headers=TOKEN, timeout=10
        )
        link = made.headers["Location"]
        after = names(ask(proxy, headers=TOKEN))
        gone = [requests.delete(link, headers=TOKEN, timeout=10).status_code for _ in range(2)]
        at_last = names(ask(proxy, headers=TOKEN))
    with replaying(big, writable=True) as proxy:
        next_run = names(ask(proxy, headers=TOKEN))

    assert link.startswith(f"{proxy.url.rpartition(':')[0]}:")
    assert made.json()["id"] == after[0]
    assert [204, 404] == gone
    assert before == at_last == next_run
