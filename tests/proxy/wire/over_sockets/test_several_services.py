"""One address in front of Keystone and Glance: a client is led back to it, live and in replay."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.identity import LIFETIME, PROJECT, SmallCloud, small_cloud
from support.running.proxies import recording, replaying
from support.running.upstream import upstream

LOGIN = {
    "auth": {
        "identity": {
            "methods": ["password"],
            "password": {
                "user": {"name": "dana", "domain": {"name": "d"}, "password": "swordfish"}
            },
        },
        "scope": {"project": {"name": "demo", "domain": {"name": "d"}}},
    }
}
Seen = list[tuple[str, int, str]]


@pytest.fixture(scope="module", name="cloud")
def _cloud() -> Iterator[SmallCloud]:
    with small_cloud() as cloud:
        yield cloud


class Client:
    """A client that goes only where it is led, and notes path, status and provenance."""

    def __init__(self, base: str, host: str = "") -> None:
        """Reach us at `base`; `host` is another name that it knows us by."""
        self.base = base
        self.host = host or urlsplit(base).netloc
        self.seen: Seen = []

    def ask(self, url: str, *, token: str = "", json: object | None = None) -> requests.Response:
        """Ask, with a token or a body."""
        where = urlsplit(url)
        assert self.host == where.netloc, f"led to {url}"
        headers = {"Host": self.host} | ({"X-Auth-Token": token} if token else {})
        answer = requests.request(
            "POST" if json else "GET",
            self.base + where.path,
            headers=headers,
            json=json,
            timeout=10,
            allow_redirects=False,
        )
        provenance = answer.headers["X-Glancetape"].partition(";")[0]
        self.seen.append((where.path, answer.status_code, provenance))
        return answer


def walk_through(base: str, path: str = "/identity/v3", *, host: str = "") -> Seen:
    """What a client sees on its way from its auth URL to the images."""
    client = Client(base, host)
    version = client.ask(f"http://{client.host}{path}").json()["version"]
    login = client.ask(f"{version['links'][0]['href']}auth/tokens", json=LOGIN)
    token = login.headers["X-Subject-Token"]
    catalog = {one["type"]: one["endpoints"][0]["url"] for one in login.json()["token"]["catalog"]}
    identity, image = catalog["identity"], catalog["image"]
    assert "http://nova.example:8774/v2.1" == catalog["compute"]
    projects = client.ask(f"{identity}/auth/projects", token=token).json()
    assert projects["links"]["self"].startswith(identity)
    version = client.ask(f"{image}/").json()["versions"][0]
    assert f"{image}/v2/" == version["links"][0]["href"]
    assert f"{image}/v2/" == client.ask(f"{image}/v2").headers["Location"]
    refused = client.ask(f"{image}/v2/images")
    assert f'Keystone uri="{identity}"' == refused.headers["WWW-Authenticate"]
    [one] = client.ask(f"{image}/v2/images", token=token).json()["images"]
    assert not one["name"].startswith(image), "an image is nobody's to change"
    return client.seen


PATHS = ["/identity/v3", "/identity/v3/auth/tokens", "/identity/v3/auth/projects", "/image/",
         "/image/v2", "/image/v2/images", "/image/v2/images"]  # fmt: skip
STATUSES = [200, 201, 200, 300, 302, 401, 200]


def steps(provenance: str, start: str = PATHS[0]) -> Seen:
    """What a client sees on its way, all of one provenance."""
    paths = [start, *PATHS[1:]]
    return [(path, status, provenance) for path, status in zip(paths, STATUSES, strict=True)]


def test_a_client_that_logs_in_stays_with_us_recording_and_replaying(
    cloud: SmallCloud, cassette: Path
) -> None:
    """With its own key, without it, and under another name of ours."""
    upstream = (f"identity={cloud.keystone.url}/v3", f"image={cloud.glance.url}")
    with recording(cassette, upstream) as proxy:
        recorded = walk_through(proxy.url)
        assert len(PATHS) == proxy.counts.recorded
    assert steps("recorded") == recorded
    assert {urlsplit(cloud.glance.url).netloc} == {host for _, host in cloud.glance.seen}
    assert {urlsplit(cloud.keystone.url).netloc} == {host for _, host in cloud.keystone.seen}
    cloud.glance.seen.clear()
    cloud.keystone.seen.clear()

    with replaying(cassette) as proxy:
        assert steps("exact") == walk_through(proxy.url)
        assert steps("exact", "/v3") == walk_through(proxy.url, "/v3", host="tape.localhost:9000")
    with replaying(cassette, key_file=other_key(cassette.parent)) as proxy:
        assert steps("exact", "/identity/v3/") == walk_through(proxy.url, "/identity/v3/")
    assert [] == cloud.glance.seen + cloud.keystone.seen


def other_key(folder: Path) -> str:
    """A key that the cassette was not made with."""
    file = folder / "key"
    file.write_text("the key of another machine")
    file.chmod(0o600)
    return str(file)


def test_the_cassette_holds_what_the_services_said(cloud: SmallCloud, cassette: Path) -> None:
    """Their URLs, their dates, and neither secret nor project."""
    upstream = (f"identity={cloud.keystone.url}/v3", f"image={cloud.glance.url}")
    with recording(cassette, upstream) as proxy:
        walk_through(proxy.url)

    text = cassette.read_text()
    uris = [load_cassette(cassette).request(number).uri for number in range(7)]
    assert f"{cloud.keystone.url}/v3" == uris[0]
    assert f"{cloud.glance.url}/v2/images" == uris[-1]
    assert proxy.url not in text
    for told in (
        *LIFETIME.values(),
        f'"url": "{cloud.glance.url}"',
        "http://nova.example:8774/v2.1",
    ):
        assert told in text
    for secret in ("swordfish", "dana", PROJECT, *cloud.keystone.tokens):
        assert secret not in text


def test_a_replayed_token_is_valid_now_and_each_login_gets_its_own_dates(
    cloud: SmallCloud, cassette: Path
) -> None:
    """Clients log in again when a token is about to expire."""
    upstream = (f"identity={cloud.keystone.url}", f"image={cloud.glance.url}")
    with recording(cassette, upstream) as proxy:
        live = requests.post(f"{proxy.url}/v3/auth/tokens", json=LOGIN, timeout=10).json()
    with replaying(cassette) as proxy:
        replayed = requests.post(f"{proxy.url}/v3/auth/tokens", json=LOGIN, timeout=10).json()

    assert LIFETIME.items() <= live["token"].items()
    assert replayed["token"]["issued_at"] > LIFETIME["expires_at"]
    assert replayed["token"]["expires_at"] > replayed["token"]["issued_at"]


def test_a_path_of_no_service_is_refused_with_what_to_do(cloud: SmallCloud, cassette: Path) -> None:
    """It goes to nobody by chance."""
    with recording(cassette, (f"image={cloud.glance.url}",)) as proxy:
        cloud.glance.seen.clear()
        answer = requests.post(f"{proxy.url}/v3/auth/tokens", json=LOGIN, timeout=10)

    assert (404, "error") == (answer.status_code, answer.headers["X-Glancetape"])
    assert "No service is named for" in answer.json()["error"]["message"]
    assert "--upstream SERVICE=URL" in answer.json()["error"]["message"]
    assert ([], 1) == (cloud.glance.seen, proxy.counts.refused)


def test_while_recording_a_login_goes_to_keystone_although_it_is_recorded(
    cloud: SmallCloud, cassette: Path
) -> None:
    """Its token is for the requests that go to the service."""
    upstream = (f"identity={cloud.keystone.url}", f"image={cloud.glance.url}")
    seen = []
    for _ in range(2):
        with recording(cassette, upstream, mode="new_episodes") as proxy:
            seen.append(walk_through(proxy.url))

    # The list was asked for with a new token of the only caller.
    assert ["exact", "recorded", "exact", "exact", "exact", "exact", "exact"] == [
        one for _, _, one in seen[1]
    ]


def test_without_names_version_documents_lead_back_too(cloud: SmallCloud, cassette: Path) -> None:
    """One service, as before."""
    with recording(cassette, (cloud.glance.url,)) as proxy:
        live = requests.get(proxy.url, timeout=10).json()
        assert f"{proxy.url}/v2/" == live["versions"][0]["links"][0]["href"]


def test_a_recording_without_keystone_names_the_login_that_is_missing(
    cloud: SmallCloud, cassette: Path
) -> None:
    """`--no-keystone` passes it through."""
    upstream = (f"identity={cloud.keystone.url}", f"image={cloud.glance.url}")
    with recording(cassette, upstream, keystone=False) as proxy:
        login = requests.post(f"{proxy.url}/v3/auth/tokens", json=LOGIN, timeout=10)
        token = {"X-Auth-Token": login.headers["X-Subject-Token"]}
        requests.get(f"{proxy.url}/v2/images", headers=token, timeout=10)
        assert (1, 1) == (proxy.counts.recorded, proxy.counts.passed)
    assert f"{proxy.url}/image" in login.text

    with replaying(cassette) as proxy:
        missed = requests.post(f"{proxy.url}/v3/auth/tokens", json=LOGIN, timeout=10)

    assert 501 == missed.status_code
    assert "the recording was made without Keystone" in missed.json()["error"]["message"]


@pytest.mark.parametrize("is_named", [False, True])
def test_a_service_at_an_ipv6_address_is_recorded_with_brackets(
    tmp_path: Path, is_named: bool
) -> None:
    """mitmproxy writes neither a URL nor a `Host` of one with them."""
    try:
        with upstream("::1") as service:
            named = (f"image={service.url}",) if is_named else service.url
            with recording(tmp_path / "a.yaml", named) as proxy:
                asked = requests.get(f"{proxy.url}/v2/images?limit=1", timeout=10)
    except OSError:
        pytest.skip("this machine has no IPv6")

    assert 200 == asked.status_code
    assert [urlsplit(service.url).netloc] == service.hosts
    recorded = load_cassette(tmp_path / "a.yaml").request(0).uri
    assert f"{service.url}/v2/images?limit=1" == recorded
    with replaying(tmp_path / "a.yaml") as proxy:
        again = requests.get(f"{proxy.url}/v2/images?limit=1", timeout=10)
    assert asked.content == again.content
