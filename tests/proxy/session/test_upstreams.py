"""Which service a path at our address leads to, and where a document leads the client."""

import json
from typing import Any

import pytest

from glancetape.addresses import parse_upstreams
from glancetape.options import Settings
from glancetape.session.adapting.leading_back import lead_back
from glancetape.session.upstreams import recorded_at, route
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.interaction import Response, header

GLANCE, KEYSTONE, CLOUD = "http://glance:9292", "http://keystone:5000", "https://cloud.example"
BOTH = (f"image={GLANCE}", f"identity={KEYSTONE}/v3")
BELOW = (f"image={CLOUD}/image", f"identity={CLOUD}/identity/v3")
BASE = "http://127.0.0.1:8180"


@pytest.mark.parametrize(
    ("texts", "target", "url"),
    [
        (BOTH, "/v2/images?limit=7", f"{GLANCE}/v2/images?limit=7"),
        (BOTH, "/v2.9/images", f"{GLANCE}/v2.9/images"),
        (BOTH, "/versions", f"{GLANCE}/versions"),
        (BOTH, "/image", f"{GLANCE}/"),
        (BOTH, "/image/", f"{GLANCE}/"),
        (BOTH, "/image?a=/image", f"{GLANCE}/?a=/image"),
        (BOTH, "/image/v2/images/x/file", f"{GLANCE}/v2/images/x/file"),
        (BOTH, "/", f"{KEYSTONE}/"),
        (BOTH, "/v3/auth/tokens", f"{KEYSTONE}/v3/auth/tokens"),
        (BOTH, "/v2.0/tokens", f"{KEYSTONE}/v2.0/tokens"),
        (BOTH, "/identity/v3", f"{KEYSTONE}/v3"),
        (BOTH, "/identity/v2.0/tenants", f"{KEYSTONE}/v2.0/tenants"),
        (BOTH, "/servers/detail", None),
        (BOTH, "/images", None),
        (BOTH, "*", None),
        (BELOW, "/image/v2/images", f"{CLOUD}/image/v2/images"),
        (BELOW, "/v2/images", f"{CLOUD}/image/v2/images"),
        (BELOW, "/identity/v3/auth/tokens", f"{CLOUD}/identity/v3/auth/tokens"),
        (BELOW, "/v3", f"{CLOUD}/identity/v3"),
        ((CLOUD,), "/", f"{CLOUD}/"),
        ((CLOUD,), "/v3", f"{CLOUD}/v3"),
        ((CLOUD,), "/image/v2/images", f"{CLOUD}/image/v2/images"),
        ((CLOUD,), "/compute/v2.1/servers", f"{CLOUD}/compute/v2.1/servers"),
        ((CLOUD, f"identity={KEYSTONE}"), "/v3", f"{KEYSTONE}/v3"),
        ((CLOUD, f"identity={KEYSTONE}"), "/v2/images", f"{CLOUD}/v2/images"),
        ((f"image={GLANCE}",), "/", f"{GLANCE}/"),
        ((f"image={GLANCE}",), "/v3", None),
        ((*BOTH, "compute=http://nova:8774"), "/compute/v2.1/p/servers", "http://nova:8774/v2.1/p/servers"),
        ((*BOTH, "image-registry=http://r"), "/image-registry/x", "http://r/x"),
    ],
)  # fmt: skip
def test_a_path_leads_to_its_service(texts: tuple[str, ...], target: str, url: str | None) -> None:
    """By the name of the service, otherwise by the path itself."""
    assert url == route(parse_upstreams(texts), target)


@pytest.mark.parametrize(
    ("texts", "asked", "recorded"),
    [
        (BOTH, "/image/v2/images?a=b", f"{GLANCE}/v2/images?a=b"),
        (BOTH, "/identity", f"{KEYSTONE}/"),
        (BOTH, "/", f"{KEYSTONE}/"),
        (BOTH, "", f"{KEYSTONE}/"),
        (BOTH, "/v2/images", None),
        (BOTH, "/v3/auth/tokens", None),
        (BELOW, "/v3/auth/tokens", f"{CLOUD}/identity/v3/auth/tokens"),
        (BELOW, "/image/v2/images", f"{CLOUD}/image/v2/images"),
        (BELOW, "/v2/images", f"{CLOUD}/image/v2/images"),
        ((), "/image/v2/images", None),
        ((), "/", None),
        ((f"image={GLANCE}",), "/", None),
        ((f"image={GLANCE}",), "/v3", None),
    ],
)
def test_a_request_to_us_is_looked_up_where_it_was_recorded(
    texts: tuple[str, ...], asked: str, recorded: str | None
) -> None:
    """None: whichever service has it recorded."""
    uri = BASE + asked

    assert (recorded or uri) == recorded_at(parse_upstreams(texts), uri)


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("image=http://a", "image=http://b"), "image is given twice"),
        (("http://a", "http://b"), "a URL without a name is given twice"),
        (("image=glance:9292",), "not a URL such as"),
        (("http://a/v2",), "name only the root"),
        (("image=http://a/v2?x",), "name only the root"),
        (("image=http://joe:x@a",), "leave user and password out"),
        (("=http://a",), "not a URL such as"),
        (("Image=http://a",), "not a URL such as"),
    ],
)
def test_an_upstream_that_cannot_be_used_is_refused(texts: tuple[str, ...], why: str) -> None:
    """Before anything starts, in the words of the door."""
    with pytest.raises(BadParameter, match="--upstream: ") as raised:
        parse_upstreams(texts)
    assert why in str(raised.value)
    with pytest.raises(BadParameter, match="glancetape_upstream: "):
        Settings.of({"upstream": texts}, "glancetape_{}".format)


def endpoint(url: str, region: str = "r1", interface: str = "public") -> dict[str, str]:
    """An endpoint of v3."""
    return {"region": region, "region_id": region, "interface": interface, "url": url}


def service(kind: str, *endpoints: dict[str, str]) -> dict[str, Any]:
    """A service of a catalog."""
    return {"type": kind, "name": kind, "id": "1", "endpoints": [*endpoints]}


def urls_sent(texts: tuple[str, ...], catalog: list[Any], name: str = "url") -> list[str]:
    """The URLs of a catalog as the client gets them."""
    body = json.dumps({"token": {"catalog": catalog}}).encode()
    led = lead_back(Response(201, "", (), body), "/v3/auth/tokens", parse_upstreams(texts), BASE)
    found = json.loads(led.body)["token"]["catalog"]
    return [end[name] for one in found for end in one["endpoints"]]


CATALOGS: dict[str, tuple[tuple[str, ...], list[Any], list[str]]] = {
    "both services, and another that stays": (
        BOTH,
        [service("image", endpoint(GLANCE)), service("identity", endpoint(f"{KEYSTONE}/v3")),
         service("compute", endpoint("http://nova:8774/v2.1"))],
        [f"{BASE}/image", f"{BASE}/identity/v3", "http://nova:8774/v2.1"],
    ),
    "with a slash, a version, another spelling": (
        (f"image={GLANCE}", "identity=http://keystone"),
        [service("image", endpoint(f"{GLANCE}/"), endpoint(f"{GLANCE}/v2"),
                 endpoint("http://GLANCE:9292/v2/")),
         service("identity", endpoint("http://keystone:80/v3"))],
        [f"{BASE}/image/", f"{BASE}/image/v2", f"{BASE}/image/v2/", f"{BASE}/identity/v3"],
    ),
    "all below one host": (
        BELOW,
        [service("image", endpoint(f"{CLOUD}/image")),
         service("identity", endpoint(f"{CLOUD}/identity")),
         service("compute", endpoint(f"{CLOUD}/compute/v2.1")),
         service("image-registry", endpoint(f"{CLOUD}/image-registry"))],
        [f"{BASE}/image", f"{BASE}/identity", f"{CLOUD}/compute/v2.1", f"{CLOUD}/image-registry"],
    ),
    "all behind one URL": (
        (CLOUD,),
        [service("image", endpoint(f"{CLOUD}/image")), service("compute", endpoint(f"{CLOUD}/c")),
         service("network", endpoint("http://neutron:9696"))],
        [f"{BASE}/image", f"{BASE}/c", "http://neutron:9696"],
    ),
    "other interfaces of the region, and another region": (
        BOTH,
        [service("image", endpoint(GLANCE), endpoint("http://10.0.0.5:9292/v2", "r1", "internal"),
                 endpoint("http://glance-2:9292", "r2"))],
        [f"{BASE}/image", f"{BASE}/image/v2", "http://glance-2:9292"],
    ),
    "a service under another address, in one region": (
        BOTH,
        [service("image", endpoint("https://image.cloud.example/v2")),
         service("identity", endpoint("https://iam.cloud.example"))],
        [f"{BASE}/image/v2", f"{BASE}/identity"],
    ),
    "a service under other addresses, in two regions": (
        BOTH,
        [service("image", endpoint("https://i1.example"), endpoint("https://i2.example", "r2"))],
        ["https://i1.example", "https://i2.example"],
    ),
    "a service that is named and not recorded": (
        (*BOTH, "compute=http://nova:8774"),
        [service("compute", endpoint("http://nova:8774/v2.1/p"))],
        [f"{BASE}/compute/v2.1/p"],
    ),
    "a name that only begins alike": (
        BOTH,
        [service("image", endpoint("http://glance:92921"), endpoint(f"{GLANCE}0/v2", "r2"))],
        ["http://glance:92921", f"{GLANCE}0/v2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CATALOGS)
def test_a_catalog_leads_back_to_us(name: str) -> None:
    """Only what is behind our address."""
    texts, catalog, expected = CATALOGS[name]

    assert expected == urls_sent(texts, catalog)


def test_a_catalog_of_v2_leads_back_too() -> None:
    """One endpoint has all interfaces."""
    end = {"region": "r", "publicURL": GLANCE, "internalURL": "http://10.0.0.5:9292/v2",
           "adminURL": f"{GLANCE}/v2"}  # fmt: skip
    body = {"access": {"serviceCatalog": [{"type": "image", "endpoints": [end]}]}}
    response = Response(200, "", (), json.dumps(body).encode())

    led = lead_back(response, "/v2.0/tokens", parse_upstreams(BOTH), BASE)

    [sent] = json.loads(led.body)["access"]["serviceCatalog"][0]["endpoints"]
    assert [f"{BASE}/image", f"{BASE}/image/v2", f"{BASE}/image/v2"] == [
        sent[name] for name in ("publicURL", "internalURL", "adminURL")
    ]


@pytest.mark.parametrize(
    ("path", "by", "href", "sent"),
    [
        ("/v3", f"{KEYSTONE}/v3", f"{KEYSTONE}/v3/", f"{BASE}/identity/v3/"),
        ("/", f"{GLANCE}/", f"{GLANCE}/v2/", f"{BASE}/image/v2/"),
        ("/", f"{GLANCE}/", "https://image.az1.dc1.domainname.com/v2/", f"{BASE}/image/v2/"),
        ("/", "", "https://image.az1.dc1.domainname.com/v2/", None),
        ("/v3/auth/projects", f"{KEYSTONE}/v3", f"{KEYSTONE}/v3/p", f"{BASE}/identity/v3/p"),
        ("/v3/auth/projects", f"{KEYSTONE}/v3", "https://other.example/v3/p", None),
        ("/v2/images", f"{GLANCE}/v2/images", f"{GLANCE}/v2/images", None),
    ],
)
def test_links_lead_back_to_us(path: str, by: str, href: str, sent: str | None) -> None:
    """Of documents; images are nobody's to change. The layout stays."""
    body = '{"links":  [{"rel": "self",\n "href": "%s"}, {"rel": "describedby", "href": "%s"}]}'
    docs = "https://docs.openstack.org/"
    response = Response(200, "", (), (body % (href, docs)).encode())

    led = lead_back(response, path, parse_upstreams(BOTH), BASE, by)

    assert (body % (sent or href, docs)).encode() == led.body


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("Location", f"{GLANCE}/v2/", f"{BASE}/image/v2/"),
        ("location", "/v2/", "/v2/"),
        ("WWW-Authenticate", f'Keystone uri="{KEYSTONE}/v3"', f'Keystone uri="{BASE}/identity/v3"'),
        ("Link", f"<{GLANCE}/v2/images?a=b>; rel=next", f"<{BASE}/image/v2/images?a=b>; rel=next"),
        ("X-Other", GLANCE, GLANCE),
    ],
)
def test_headers_lead_back_to_us(name: str, value: str, sent: str) -> None:
    """Redirects, and where a 401 says that tokens are given out."""
    response = Response(302, "", (("A", "b"), (name, value)))

    led = lead_back(response, "/v2/images", parse_upstreams(BOTH), BASE)

    assert sent == header(led.headers, name)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<html>", b"[" * 5000, b'{"a": "\\ud800"}'])
def test_a_body_that_is_no_document_stays(body: bytes) -> None:
    """Nothing is guessed in it."""
    response = Response(200, "", (), body)

    assert response is lead_back(response, "/v3/auth/tokens", parse_upstreams(BOTH), BASE)


def test_a_url_with_escaped_slashes_is_the_same_url() -> None:
    """As PHP and some gateways write JSON."""
    body = rb'{"version": {"links": [{"rel": "self", "href": "http:\/\/keystone:5000\/v3\/"}]}}'

    led = lead_back(Response(200, "", (), body), "/v3", parse_upstreams(BOTH), BASE)

    assert f"{BASE}/identity/v3/" == json.loads(led.body)["version"]["links"][0]["href"]
