"""What a simulated cloud answers at each endpoint: method, path and dialect in tables."""

import json
from pathlib import Path

import pytest

from glancetape_cassettes.cloud.asking import Identity
from glancetape_cassettes.cloud.overlay.changed_images import Changes
from glancetape_cassettes.cloud.simulated_cloud import NotSimulated
from support.clouds.endpoints import METHODS, PATHS, SCHEMAS, of_images
from support.sets.imagesets import ME, OTHER, THIRD
from support.sets.set_files import record
from support.sets.simulated import Asked, Simulate, headers_of, message_of, simulated

READS = ("GET", "HEAD", "OPTIONS")
MEMBERS = [
    {"member_id": THIRD, "status": "pending"},
    {"member_id": ME, "status": "accepted"},
]
TIMES = {"created_at": "2018-09-06T14:03:27Z", "updated_at": "2018-09-07T14:03:27Z"}
IMAGES = [
    record("public", owner=OTHER, **TIMES),
    record("mine", owner=ME, visibility="private", **TIMES),
    record("with-me", owner=OTHER, visibility="shared", members=MEMBERS, **TIMES),
    record("by-me", owner=ME, visibility="shared", members=MEMBERS[:1], **TIMES),
    record("off", owner=ME, visibility="private", status="deactivated", **TIMES),
    record("theirs", owner=OTHER, visibility="private", **TIMES),
]


@pytest.fixture(scope="module")
def glance(simulate: Simulate) -> Asked:
    """A cloud of the dialect glance."""
    return simulate(IMAGES)


@pytest.fixture(scope="module")
def older(simulate: Simulate) -> Asked:
    """A cloud of the dialect glance-pre-17."""
    return simulate(IMAGES, "glance-pre-17")


@pytest.fixture(scope="module")
def ims(simulate: Simulate) -> Asked:
    """A cloud of the dialect ims with the same images."""
    return simulate([{**one, "__isregistered": "true"} for one in IMAGES], "ims")


def _paths() -> list[str]:
    return [*PATHS, *of_images([one["id"] for one in IMAGES], ME, OTHER)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dialect", ["glance", "glance-pre-17", "ims"])
def test_every_endpoint_answers_every_method_or_is_not_simulated(
    glance: Asked, older: Asked, ims: Asked, dialect: str, method: str
) -> None:
    """Nothing fails, and what is not understood is never an empty answer."""
    cloud = {"glance": glance, "glance-pre-17": older, "ims": ims}[dialect]
    for target in _paths():
        try:
            response = cloud.ask(method, target)
        except NotSimulated:
            assert method not in READS, target
            continue
        if response.status == 200 and method == "GET":
            assert json.loads(response.body), target
        allowed = headers_of(response, "allow")[0]
        assert (response.status == 405) == (allowed is not None), target
        assert method not in (allowed or "").split(", "), target


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_only_documents_about_versions_are_for_everybody(
    glance: Asked, ims: Asked, dialect: str
) -> None:
    """Anything else needs credentials; an unknown path has its own answer from a gateway."""
    cloud = glance if dialect == "glance" else ims
    open_to_all = {200, 300} if dialect == "glance" else {200, 300, 404}

    for target in _paths():
        status = cloud.ask("GET", target, project=None).status
        assert status == 401 or status in open_to_all, target
        if status == 404:
            assert cloud.ask("GET", target).status == 404, target


NEWER = {"os_hidden": False, "os_hash_algo": "sha512", "os_hash_value": "00"}


@pytest.mark.parametrize("dialect", ["glance", "glance-pre-17"])
def test_an_older_glance_shows_no_newer_fields_whatever_the_images_have(
    dialect: str, tmp_path: Path
) -> None:
    """In lists, in a single image, after a change, and for no filter."""
    image = record("mine", owner=ME, **TIMES) | NEWER
    has_them = set(NEWER) if dialect == "glance" else set()
    tag = f"/v2/images/{image['id']}/tags/x"

    with simulated(tmp_path, [image], dialect, Changes()) as cloud:
        before = json.loads(cloud.ask("GET", "/v2/images").body)["images"][0]
        found = json.loads(cloud.ask("GET", "/v2/images?os_hidden=false").body)["images"]
        cloud.ask("PUT", tag)
        after = json.loads(cloud.ask("GET", "/v2/images").body)["images"][0]
        single = json.loads(cloud.ask("GET", f"/v2/images/{image['id']}").body)

    assert [has_them] * 3 == [set(one) & set(NEWER) for one in (before, after, single)]
    assert (["x"], bool(has_them)) == (after["tags"], bool(found))


REDIRECTS_AND_LISTS = {
    "glance": {
        "/": 300,
        "/versions": 200,
        "/v2": 302,
        "/v2.7": 302,
        "/v2/": 404,
        "/v2/%69mages": 200,
        "/%76%32/images": 200,
        "/v2.%39/images": 200,
        "/v2.9%39/images": 300,
        "/v2%2Fimages": 300,
        "/v2/images%2F": 404,
        f"/v2/im%61ges/%{ord(IMAGES[3]['id'][0]):x}{IMAGES[3]['id'][1:]}/memb%65rs": 200,
        "/v2.99": 300,
        "/v1/images": 300,
        "/images": 300,
        "/flavors": 300,
        "/flavors/x": 300,
        "/v2x/images": 300,
        "/x/v2/images": 300,
        "/.well-known/x": 300,
        "/healthcheck": 200,
        "/healthcheck/x": 200,
    },
    "glance-pre-17": {
        "/": 300,
        "/v2.6": 302,
        "/v2.7": 300,
        "/v2.7/images": 300,
        "/v2/images/": 404,
        "/v2/info/import": 200,
        "/v2/info/stores": 404,
        "/v2/info/usage": 404,
        "/v2/cache": 404,
        f"/v2/images/{IMAGES[0]['id']}/tasks": 404,
        f"/v2/images/{IMAGES[0]['id']}/locations": 404,
    },
    "ims": {
        "/images": 404,
        "/flavors": 404,
        "/healthcheck": 404,
        "/": 300,
        "/versions": 200,
        "/v2": 300,
        "/v2.1": 300,
        "/v2/": 300,
        "/v1": 300,
    },
}


@pytest.mark.parametrize(
    ("dialect", "target", "status"),
    [
        (dialect, target, status)
        for dialect, table in REDIRECTS_AND_LISTS.items()
        for target, status in table.items()
    ],
)
def test_version_documents(
    glance: Asked, older: Asked, ims: Asked, dialect: str, target: str, status: int
) -> None:
    """As observed on Glance 33 and 15, and as documented for IMS."""
    cloud = {"glance": glance, "glance-pre-17": older, "ims": ims}[dialect]

    assert status == cloud.ask("GET", target).status


@pytest.mark.parametrize(
    ("origin", "target", "base"),
    [
        ("http://127.0.0.1:8180", "/", "http://127.0.0.1:8180"),
        ("https://ims.cloud.invalid", "/", "https://ims.cloud.invalid"),
        ("https://cloud.invalid:9292", "/image", "https://cloud.invalid:9292/image"),
        ("https://cloud.invalid", "/image/", "https://cloud.invalid/image"),
        ("http://[::1]:8180", "/versions", "http://[::1]:8180"),
    ],
)
def test_links_lead_to_the_address_that_the_client_used(
    glance: Asked, origin: str, target: str, base: str
) -> None:
    """Scheme, host, port and prefix."""
    versions = glance.get(target, origin=origin)["versions"]

    assert {f"{base}/v2/"} == {link["href"] for one in versions for link in one["links"]}


def test_a_redirect_leads_to_the_same_address(glance: Asked) -> None:
    """A client that follows it stays where it is."""
    response = glance.ask("GET", "/image/v2.3", origin="https://cloud.invalid")

    assert ("https://cloud.invalid/image/v2/",) == headers_of(response, "location")


def test_a_version_of_ims_is_shown_alone(ims: Asked) -> None:
    """The document: Show version."""
    assert ["v2.1"] == [one["id"] for one in ims.get("/v2.1")["versions"]]
    assert ["v2.2"] == [one["id"] for one in ims.get("/v2")["versions"]]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_names_itself(glance: Asked, name: str) -> None:
    """With the fields that the name promises."""
    schema = glance.get(f"/v2/schemas/{name}")

    assert name.partition("/")[2].removesuffix("s") in schema["name"] or name in schema["name"]
    assert schema["properties"]


def test_the_schema_of_ims_is_that_of_an_older_glance(ims: Asked) -> None:
    """So it lacks the formats that IMS itself has."""
    schema = ims.get("/v2/schemas/image")["properties"]

    assert "zvhd2" not in schema["disk_format"]["enum"]
    assert ["public", "private"] == schema["visibility"]["enum"]
    assert schema["status"]["description"].endswith("(READ-ONLY)")
    assert schema["file"]["readOnly"]
    assert not schema["os_distro"]["is_base"]


def test_members_are_all_shown_to_the_owner_and_itself_to_a_member(glance: Asked) -> None:
    """With the times of the image, as a set holds no other."""
    mine, theirs = (glance.get(f"/v2/images/{one}/members") for one in ("by-me", "with-me"))

    assert [(THIRD, "pending")] == [(one["member_id"], one["status"]) for one in mine["members"]]
    assert [ME] == [one["member_id"] for one in theirs["members"]]
    assert glance.get("/v2/images/with-me/members/" + ME) == theirs["members"][0]
    assert {
        "member_id": ME,
        "image_id": "with-me",
        "status": "accepted",
        "schema": "/v2/schemas/member",
        **TIMES,
    } == theirs["members"][0]


REFUSED = {
    "/v2/images/nothing/members": (404, "Image nothing not found."),
    "/v2/images/theirs/members": (404, "Image theirs not found."),
    "/v2/images/public/members": (
        403,
        "Not allowed to list members for image public: Only shared images have members.",
    ),
    "/v2/images/mine/members/x": (404, "Only shared images have members."),
    "/v2/images/by-me/members/x": (404, "x not found in the member list of the image by-me."),
    f"/v2/images/with-me/members/{THIRD}": (
        404,
        f"{THIRD} not found in the member list of the image with-me.",
    ),
    "/v2/images/a name": (404, "No image found with ID a name"),
    "/v2/images/theirs": (404, "No image found with ID theirs"),
    "/v2/images/off/file": (
        403,
        "The requested image has been deactivated. Image data download is forbidden.",
    ),
    "/v2/images/theirs/file": (404, "No image found with ID theirs"),
    "/v2/tasks": (403, "You are not authorized to complete tasks_api_access action."),
    "/v2/info/stores/detail": (
        403,
        "You are not authorized to complete stores_info_detail action.",
    ),
    "/v2/nothing": (404, "The resource could not be found."),
}


@pytest.mark.parametrize(("target", "refusal"), REFUSED.items(), ids=REFUSED)
def test_refusals_are_in_the_words_of_the_cloud(
    glance: Asked, target: str, refusal: tuple[int, str]
) -> None:
    """Observed on Glance 33."""
    response = glance.ask("GET", target)

    assert refusal == (response.status, message_of(response))


@pytest.mark.parametrize(
    ("method", "target", "refusal"),
    [
        ("DELETE", "/v2/stores/fast/mine", (409, "The selected store fast is not available on")),
        ("DELETE", "/v2/stores/store/mine", (403, "authorized to complete delete_image_location")),
        ("DELETE", "/v2/stores/store/with-me", (403, "authorized to complete get_image_location")),
        ("DELETE", "/v2/stores/store/theirs", (404, "Failed to find image theirs")),
        ("PUT", "/v2/cache/mine", (403, "authorized to complete cache_image")),
        ("PUT", "/v2/cache/theirs", (404, "Image theirs not found.")),
        ("DELETE", "/v2/cache/mine", (403, "authorized to complete cache_delete")),
        ("DELETE", "/v2/cache/theirs", (500, "The server has either erred")),
        ("POST", "/v2/cache/clean", (403, "authorized to complete cache_clean")),
        ("GET", "/v2/cache/clean", (405, "The method GET is not allowed")),
    ],
)
def test_stores_and_the_cache_are_for_administrators(
    glance: Asked, method: str, target: str, refusal: tuple[int, str]
) -> None:
    """Observed on Glance 33."""
    response = glance.ask(method, target)

    assert refusal[0] == response.status
    assert refusal[1] in message_of(response)


def test_an_image_has_no_data(glance: Asked) -> None:
    """A 204, without a type."""
    response = glance.ask("GET", "/v2/images/mine/file")

    assert (204, b"", (None,)) == (
        response.status,
        response.body,
        headers_of(response, "content-type"),
    )


def test_a_path_that_the_gateway_does_not_know_is_refused_by_it(ims: Asked) -> None:
    """Before it asks who sends the request."""
    for project in (ME, None):
        response = ims.ask("GET", "/v2/nothing", project=project)
        body = json.loads(response.body)

        assert (404, "APIGW.0101") == (response.status, body["error_code"])
        assert (body["request_id"],) == headers_of(response, "x-request-id")


@pytest.mark.parametrize("target", ["/v2/images", "/v2/images/mine", "/v2/images/by-me/members"])
def test_a_caller_without_a_project_is_forbidden(glance: Asked, target: str) -> None:
    """As with a token that no project was asked for."""
    response = glance.ask("GET", target, identity=Identity(project=None, roles=frozenset()))

    assert 403 == response.status
    assert message_of(response).startswith("You are not authorized to complete get_")


@pytest.mark.parametrize("target", ["/v2/images/mine", "/v2/schemas/image"])
def test_a_body_is_refused_where_glance_expects_none(glance: Asked, target: str) -> None:
    """The list takes one and ignores it."""
    response = glance.ask("GET", target, body=b"x")

    assert (400, "A body is not expected with this request.") == (
        response.status,
        message_of(response),
    )
    assert 200 == glance.ask("GET", "/v2/images", body=b"x").status


@pytest.mark.parametrize(
    "target", ["/v1/cloudimages/job/1", "/v2/cloudimages/action", f"/v2/{ME}/images/x/tags"]
)
def test_what_ims_has_and_a_set_does_not_is_not_simulated(ims: Asked, target: str) -> None:
    """It is no 404, which a client would believe."""
    for method in ("GET", "POST"):
        with pytest.raises(NotSimulated):
            ims.ask(method, target)


@pytest.mark.parametrize(
    ("method", "accept", "told"),
    [
        ("GET", "application/json", (200, "application/json", b'"reasons": []')),
        ("GET", "text/html, */*;q=0.1", (200, "text/html; charset=UTF-8", b"0 checks")),
        ("GET", "*/*", (200, "text/plain; charset=UTF-8", b"")),
        ("GET", None, (200, "text/plain; charset=UTF-8", b"")),
        ("GET", "image/png", (200, "text/plain; charset=UTF-8", b"")),
        ("MADEUP", "application/json", (200, "application/json", b'"reasons": []')),
        ("OPTIONS", "application/json", (200, "application/json", b'"reasons": []')),
        ("HEAD", "application/json", (204, None, b"")),
    ],
)
def test_a_load_balancer_is_told_that_all_is_well(
    glance: Asked, method: str, accept: str | None, told: tuple[int, str | None, bytes]
) -> None:
    """As a Glance 33 says it, to anybody."""
    response = glance.ask(method, "/healthcheck", project=None, accept=accept)

    status, kind, body = told
    assert (status, (kind,)) == (response.status, headers_of(response, "content-type"))
    assert body in response.body
    assert bool(body) == bool(response.body)
