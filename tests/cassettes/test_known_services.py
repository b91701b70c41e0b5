"""What responses show about where services are, and what that decides about later requests."""

import json
from typing import Any

import pytest

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.service import Service

IMAGE, KEYSTONE, OTHER = Service.IMAGE, Service.KEYSTONE, Service.OTHER
PROJECT = "0123456789abcdef0123456789abcdef"
ID = "a1b2c3d4-0000-4000-8000-000000000005"
LOGIN = "https://iam.example/v3/auth/tokens"

GLANCE_LIST = {"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}
NOVA_LIST = {"images": [{"id": "x", "name": "n", "links": []}]}
DROPLETS = {
    "images": [{"id": 7555620, "name": "Nifty New Snapshot", "distribution": "Ubuntu"}],
    "links": {"pages": {"next": "https://api.example/v2/images?page=2"}},
    "meta": {"total": 56},
}
GLANCE_VERSIONS = {
    "versions": [
        {"id": "v2.9", "status": "CURRENT", "links": [{"rel": "self", "href": "http://h/v2/"}]}
    ]
}
NOVA_VERSIONS = {
    "versions": [
        {
            "id": "v2.1",
            "status": "CURRENT",
            "version": "2.96",
            "min_version": "2.1",
            "updated": "2013-07-23T11:33:21Z",
            "links": [{"rel": "self", "href": "http://h/v2.1/"}],
        }
    ]
}
NEUTRON_VERSIONS = {
    "versions": [
        {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": "http://h/v2.0/"}]}
    ]
}
CINDER_VERSIONS = {
    "versions": [
        {
            "id": "v3.0",
            "status": "CURRENT",
            "version": "3.71",
            "min_version": "3.0",
            "updated": "2023-08-31T00:00:00Z",
            "links": [{"rel": "self", "href": "http://h/v3/"}],
        }
    ]
}
KEYSTONE_VERSION = {
    "version": {
        "id": "v3.14",
        "status": "stable",
        "media-types": [{"type": "application/vnd.openstack.identity-v3+json"}],
    }
}


def answered(
    known: KnownServices, uri: str, value: Any = None, status: int = 200, method: str = "GET"
) -> Service:
    """Show an exchange as the recorder does; return whose it is."""
    body = b"" if value is None else json.dumps(value).encode()
    looks = known.looks_into(method, uri, status, len(body))
    response = Response(status, "", (), body) if looks else None
    return known.judge(method, uri, response, status)


def catalog(**services: str) -> dict[str, Any]:
    """The body of a login at Keystone v3."""
    listed = [
        {"type": kind, "endpoints": [{"interface": "public", "url": url}]}
        for kind, url in services.items()
    ]
    return {"token": {"catalog": listed}}


def after(**services: str) -> KnownServices:
    """What is known after a login."""
    known = KnownServices()
    assert KEYSTONE == answered(known, LOGIN, catalog(**services), 201, "POST")
    return known


ALONE = {  # one response that is the first of a recording
    "a list of Glance": ("http://h/v2/images", GLANCE_LIST, 200, IMAGE),
    "an empty list without links": ("https://h:8443/glance/v2/images", {"images": []}, 200, IMAGE),
    "a list below a prefix": ("http://h/openstack-glance/v2/images", GLANCE_LIST, 200, IMAGE),
    "a refused list": ("http://h/glance/v2/images", None, 401, IMAGE),
    "a schema": ("http://h/a/b/v2/schemas/image", {"name": "image"}, 200, IMAGE),
    "a list of Glance at /v2.1": ("http://h/v2.1/images", GLANCE_LIST, 200, IMAGE),
    "a list of Nova": ("http://nova/v2.1/images", NOVA_LIST, 200, OTHER),
    "a refused list of Nova": ("http://nova/v2.1/images", None, 403, OTHER),
    "a list of Nova in a project": (f"http://nova/v2/{PROJECT}/images", NOVA_LIST, 200, OTHER),
    "a list of DigitalOcean": ("https://api.example/v2/images?page=1", DROPLETS, 200, OTHER),
    "an image of DigitalOcean": ("http://h/v2/images/7", {"image": {"id": 7}}, 200, OTHER),
    "versions of Glance": ("http://h:9292/", GLANCE_VERSIONS, 300, IMAGE),
    "versions of Glance below a prefix": ("http://h/any/where", GLANCE_VERSIONS, 300, IMAGE),
    "versions of Nova": ("http://h:8774/", NOVA_VERSIONS, 200, OTHER),
    "versions of Neutron": ("http://h:9696/", NEUTRON_VERSIONS, 200, OTHER),
    "versions of Neutron, v2.0": ("http://h:9696/v2.0", {"resources": []}, 200, OTHER),
    "versions of Cinder": ("http://h:8776/", CINDER_VERSIONS, 300, OTHER),
    "versions of Cinder, v3": ("http://h:8776/v3/", CINDER_VERSIONS, 200, OTHER),
    "versions of Keystone": ("http://h:5000/v3", KEYSTONE_VERSION, 200, KEYSTONE),
    "versions of Keystone at the root": (
        "http://h:5000/",
        {"versions": {"values": [KEYSTONE_VERSION["version"]]}},
        300,
        KEYSTONE,
    ),
    "a web page": ("http://h/", None, 200, OTHER),
    "a registry of containers": ("http://h/v2/", {}, 200, OTHER),
    "Glance leads to /v2/": ("http://h/v2", None, 302, IMAGE),
    "a web server leads elsewhere": ("http://h/", None, 301, OTHER),
    "Glance is down": ("http://h/", None, 503, IMAGE),
    "volumes of Cinder": (f"http://h/v3/{PROJECT}/volumes", {"volumes": []}, 200, OTHER),
    "a package with versions": ("http://npm/left-pad", {"versions": {"1.0": {}}}, 200, OTHER),
}


@pytest.mark.parametrize(("uri", "value", "status", "service"), ALONE.values(), ids=ALONE.keys())
def test_a_response_shows_which_service_it_is_from(
    uri: str, value: Any, status: int, service: Service
) -> None:
    assert service == answered(KnownServices(), uri, value, status)


CLOUDS = {  # the endpoints of a catalog, requests without answers, whose these are
    "each service at a port": (
        {
            "image": "http://ctl:9292",
            "compute": "http://ctl:8774/v2.1",
            "volumev3": f"http://ctl:8776/v3/{PROJECT}",
            "network": "http://ctl:9696",
            "identity": "http://ctl:5000/v3",
        },
        {
            "http://ctl:9292/": IMAGE,
            "http://ctl:9292/v2.1/images": IMAGE,
            "http://ctl:9292/v2/unheard-of": IMAGE,
            "http://ctl:8774/": OTHER,
            "http://ctl:8774/v2.1/images": OTHER,
            "http://ctl:8776/v3/": OTHER,
            f"http://ctl:8776/v3/{PROJECT}/groups": OTHER,
            "http://ctl:9696/v2.0/networks": OTHER,
            "http://ctl:5000/v3/auth/tokens": KEYSTONE,
            "http://ctl:5000/v3/unheard-of": OTHER,
            "http://other/v2/images": IMAGE,
        },
    ),
    "each service at a path (DevStack)": (
        {
            "image": "http://ctl/image",
            "compute": "http://ctl/compute/v2.1",
            "volumev3": f"http://ctl/volume/v3/{PROJECT}",
            "identity": "http://ctl/identity",
        },
        {
            "http://ctl/image/": IMAGE,
            "http://ctl/image/v2/images": IMAGE,
            "http://ctl/compute/v2.1/images": OTHER,
            "http://ctl/compute/": OTHER,
            "http://ctl/volume/v3/groups": KEYSTONE,  # as by its path: the catalog has the project
            f"http://ctl/volume/v3/{PROJECT}/groups": OTHER,
            "http://ctl/identity/v3/auth/tokens": KEYSTONE,
        },
    ),
    "all services at the root": (
        {
            "image": "https://gw/",
            "compute": "https://gw/v2.1",
            "volumev2": f"https://gw/v2/{PROJECT}",
            "identity": "https://gw/v3",
            "network": "https://gw/",
        },
        {
            "https://gw/v2/images": IMAGE,
            "https://gw/v2.1/servers": OTHER,
            f"https://gw/v2/{PROJECT}/volumes": OTHER,
            "https://gw/v2.0/networks": OTHER,
            "https://gw/v3/auth/tokens": KEYSTONE,
        },
    ),
    "Huawei's clouds: a host for each": (
        {
            "image": "https://ims.eu-de.example",
            "imsv2": "https://ims.eu-de.example/v2",
            "compute": f"https://ecs.eu-de.example/v2/{PROJECT}",
            "identity": "https://iam.eu-de.example/v3",
        },
        {
            "https://ims.eu-de.example/": IMAGE,
            f"https://ims.eu-de.example/v1/{PROJECT}/jobs/7": IMAGE,
            "https://ims.eu-de.example/v2/cloudimages": IMAGE,
            f"https://ims.eu-de.example/v2/{PROJECT}/images/{ID}/tags": IMAGE,
            f"https://ecs.eu-de.example/v2/{PROJECT}/servers": OTHER,
            "https://iam.eu-de.example/v3/projects": KEYSTONE,
        },
    ),
    "Glance at an odd place": (
        {"image": "https://region-one.example:8443/cloud/one/pictures/v2"},
        {
            "https://region-one.example:8443/cloud/one/pictures/": IMAGE,
            "https://REGION-ONE.example:8443/cloud/one/pictures/v2/images": IMAGE,
            "https://region-one.example:8443/cloud/one/": OTHER,
        },
    ),
    "a default port": (
        {"image": "https://ims.example:443/odd"},
        {"https://ims.example/odd/unheard-of": IMAGE, "http://ims.example/odd/x": OTHER},
    ),
}


@pytest.mark.parametrize(("endpoints", "whose"), CLOUDS.values(), ids=CLOUDS.keys())
def test_a_catalog_shows_where_each_service_is(
    endpoints: dict[str, str], whose: dict[str, Service]
) -> None:
    known = after(**endpoints)

    assert whose == {uri: answered(known, uri, None, 404) for uri in whose}
    assert whose == {uri: known.service_of(uri) for uri in whose}


def test_the_catalogs_of_keystone_v2_and_of_its_own_path_count_too() -> None:
    v2, v3 = KnownServices(), KnownServices()
    listed = [{"type": "image", "endpoints": [{"publicURL": "http://h/odd"}]}]
    answered(v2, "http://k/v2.0/tokens", {"access": {"serviceCatalog": listed}}, 200, "POST")
    listed = [{"type": "image", "endpoints": [{"url": "http://h/odd"}]}]
    answered(v3, "http://k/v3/auth/catalog", {"catalog": listed})

    assert IMAGE == v2.service_of("http://h/odd/x") == v3.service_of("http://h/odd/x")


@pytest.mark.parametrize(
    "body",
    [
        {"token": {"catalog": None}},
        {"token": {"catalog": [1, {"type": "image"}, {"type": "image", "endpoints": [1, {}]}]}},
        {"token": 1, "access": [], "catalog": "x"},
        {"token": {"catalog": [{"type": 1, "endpoints": [{"url": "http://[bad"}]}]}},
    ],
)
def test_a_catalog_that_is_none_shows_nothing(body: Any) -> None:
    known = KnownServices()

    assert KEYSTONE == answered(known, LOGIN, body, 201, "POST")
    assert OTHER == known.service_of("http://h/odd/x")


def test_what_a_list_shows_counts_for_the_other_paths_beside_it() -> None:
    """An image of DigitalOcean, and the versions of a Glance below a prefix."""
    known = KnownServices()
    answered(known, "https://api.example/v2/images", DROPLETS)
    answered(known, "http://h/pictures/v2/images", GLANCE_LIST)

    assert OTHER == answered(known, "https://api.example/v2/images/7/actions", {"actions": []})
    assert IMAGE == answered(known, "http://h/pictures/v2/", None, 404)
    assert OTHER == answered(known, "http://h/other/v2/", None, 404)


def test_a_list_shows_nothing_about_other_services_at_the_same_place() -> None:
    known = KnownServices()
    answered(known, "http://gw/v2/images", GLANCE_LIST)

    for path in ("/v2.1/servers", "/v2.0/networks", f"/v2/{PROJECT}/volumes", "/v2.1/images"):
        assert OTHER == answered(known, f"http://gw{path}", {"x": []})


def test_other_services_at_the_same_place_do_not_hide_glance() -> None:
    """All of them are at one gateway."""
    known = KnownServices()
    answered(known, "http://gw/", NOVA_VERSIONS)
    answered(known, "http://gw/v2.1/images", NOVA_LIST)

    assert IMAGE == answered(known, "http://gw/v2/images", {"images": []})


def test_pages_of_a_known_glance_are_not_looked_into() -> None:
    """They are large, and all of them were parsed otherwise."""
    known = KnownServices()
    uri = "http://h/v2/images?limit=1000"
    assert known.looks_into("GET", uri, 200, 1000)
    answered(known, uri, GLANCE_LIST)

    assert not known.looks_into("GET", uri, 200, 1000)
    assert not known.looks_into("GET", "http://h/v2/schemas/image", 200, 1000)
    assert not known.looks_into("GET", "http://elsewhere/archive", 200, 10_000_000)


@pytest.mark.parametrize(
    ("recorded", "other", "may_be"),
    [
        (
            "https://glance.cloud.example/v2/images",
            "https://cinder.cloud.example/v3/p/volumes",
            True,
        ),
        ("https://glance.cloud.example/v2/images", "https://glance.cloud.example:8776/v3", True),
        ("https://glance.cloud.example/v2/images", "https://hooks.chat.test/services/T0", False),
        ("https://glance.cloud.example/v2/images", "https://chat.test/", False),
        ("https://glance.cloud.example/v2/images", "http://10.0.0.7:8776/v3/p/volumes", True),
        ("https://glance.cloud.example/v2/images", "http://cinder:8776/v3/p/volumes", True),
        ("http://10.0.0.7:9292/v2/images", "https://cinder.cloud.example/v3/p/volumes", True),
        ("http://[::1]:9292/v2/images", "https://cinder.cloud.example/v3/p/volumes", True),
    ],
)
def test_a_host_of_another_domain_is_not_of_the_cloud(
    recorded: str, other: str, may_be: bool
) -> None:
    """An address may be any host's, and before anything is recorded it does not matter."""
    services = KnownServices()
    assert services.may_be_of_cloud(other)

    services.judge("GET", recorded, Response(200, "", (), json.dumps(GLANCE_LIST).encode()), 200)

    assert may_be is services.may_be_of_cloud(other)


def test_a_host_that_a_catalog_names_is_of_the_cloud() -> None:
    services = KnownServices()
    endpoint = {"url": "https://volumes.storage.test/v3/p", "interface": "public"}
    entries = [{"type": "volumev3", "endpoints": [endpoint]}]
    body = json.dumps({"token": {"catalog": entries}}).encode()
    services.judge("POST", LOGIN, Response(201, "", (), body), 201)

    assert services.may_be_of_cloud("https://volumes.storage.test/v3/p/volumes")
    assert not services.may_be_of_cloud("https://hooks.chat.test/services/T0")
