"""Which service a path belongs to: a table written from the services' own API references."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glancetape_cassettes.service import (
    PATHS,
    Service,
    is_image_list,
    is_login,
    may_touch_images,
    prefix_of,
    read_image_path,
    service_of_path,
)
from support.running.processes import ROOT

PROJECT = "0123456789abcdef0123456789abcdef"
ID = "a1b2c3d4-0000-4000-8000-000000000005"

IMAGE = (  # Image API v2, and IMS's own list
    "/v2/images",
    f"/v2/images/{ID}",
    f"/v2/images/{ID}/file",
    f"/v2/images/{ID}/members/{PROJECT}",
    f"/v2/images/{ID}/tags/v2.0",
    "/v2/images/",
    "/v2.9/images",
    "/v2/schemas/images",
    "/v2/schemas/metadefs/namespace",
    "/v2/metadefs/namespaces",
    f"/v2/tasks/{ID}",
    "/v2/info/import",
    f"/v2/cache/{ID}",
    f"/v2/stores/fast/{ID}",
    "/v2/cloudimages",
    "/v1/cloudimages/quota",
    "/versions",
    "/v2",
    "/v2/",
)
KEYSTONE = (  # Identity API v3 and v2.0
    "/v3/auth/tokens",
    "/v3/auth/OS-FEDERATION/websso/saml2",
    "/v3/auth/catalog",
    f"/v3/projects/{PROJECT}",
    f"/v3/users/{PROJECT}/application_credentials",
    "/v3/OS-TRUST/trusts",
    "/v3/credentials",
    "/v3/role_assignments",
    "/v3",
    "/v3/",
    "/v2.0/tokens",
    f"/v2.0/tenants/{PROJECT}",
)
OTHER = {
    "Nova": (
        "/v2.1/servers",
        f"/v2.1/servers/{ID}/action",
        f"/v2/{PROJECT}/servers/detail",
        "/v2.1/images",
        "/v2.1/images/detail",
        f"/v2.1/images/{ID}",
        f"/v2/{PROJECT}/images",
        f"/v2.1/{PROJECT}/images/{ID}",
        "/v2.1/os-keypairs",
        "/v2.1/flavors",
    ),
    "Neutron": ("/v2.0/networks", "/v2.0/vpn/ipsec-site-connections", "/v2.0", "/v2.0/ports"),
    "Cinder": (
        f"/v3/{PROJECT}/volumes",
        f"/v3/{PROJECT}/volumes/{ID}/action",
        f"/v2/{PROJECT}/volumes/detail",
        "/v3/volumes",
        f"/v3/{PROJECT}/groups",
        "/v3/attachments",
    ),
    "EVS and ECS": (f"/v2/{PROJECT}/cloudvolumes", f"/v1/{PROJECT}/cloudservers"),
    "Heat": (f"/v1/{PROJECT}/stacks",),
    "Swift": ("/v1/AUTH_demo/backup/v2/images/1", "/v1/AUTH_demo"),
    "Docker": ("/v2/_catalog", "/v2/library/nginx/manifests/latest"),
    "DigitalOcean": ("/v2/droplets", "/v2/account"),
    "others": ("/api/images", "/elsewhere", "/images", "/foo/"),
}
AMBIGUOUS = {"/v2.0": Service.IMAGE}
"""A version document decides: Glance has one there, Neutron and, below its own name, Keystone."""
NAMES_OF_KEYSTONE = ("identity", "keystone", "openstack-identity", "openstack-keystone")

_names = st.text("abcdefghijklmnopqrstuwxyz-_.~%AZ09", min_size=1, max_size=12)
_usual = st.sampled_from(("image", "glance", "openstack-glance", "RegionOne", *NAMES_OF_KEYSTONE))
prefixes = st.lists(_names | _usual, max_size=4).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)


def _cases() -> list[tuple[str, Service]]:
    cases = [(path, Service.IMAGE) for path in IMAGE]
    cases += [(path, Service.KEYSTONE) for path in KEYSTONE]
    cases += [
        (path, AMBIGUOUS.get(path, Service.OTHER)) for paths in OTHER.values() for path in paths
    ]
    return cases


@pytest.mark.parametrize(("path", "service"), _cases())
def test_a_path_belongs_to_the_service_whose_reference_has_it(path: str, service: Service) -> None:
    assert service == service_of_path(path)
    assert service == service_of_path(f"{path}?limit=1")


@settings(deadline=None)
@given(prefix=prefixes)
def test_a_path_belongs_to_the_same_service_below_any_prefix(prefix: str) -> None:
    """A deployment may put a service anywhere: `/openstack-glance`, `/RegionOne/image`.

    What several services have below no name is Keystone's below Keystone's.
    """
    named = prefix.rpartition("/")[2] in NAMES_OF_KEYSTONE
    expected = {
        path: Service.KEYSTONE if named and path in AMBIGUOUS else service
        for path, service in _cases()
        if service is not Service.OTHER or path in AMBIGUOUS
    }

    wrong = [path for path in expected if expected[path] != service_of_path(prefix + path)]

    assert [] == wrong
    assert is_image_list(f"{prefix}/v2/images")
    assert not is_image_list(f"{prefix}/v2.1/images")
    assert prefix == prefix_of(f"{prefix}/v2/images/x")


@settings(deadline=None)
@given(prefix=prefixes, below=st.text("abc/-.0%", max_size=20))
def test_an_image_path_has_the_same_parts_below_any_prefix(prefix: str, below: str) -> None:
    found = read_image_path(f"{prefix}/v2.9/images/{ID}/{below}")

    assert found is not None
    assert (f"{prefix}/v2.9/images", f"{prefix}/v2/images") == (
        found.of_list,
        found.whichever_version,
    )
    assert (ID, below) == (found.image_id, found.below)


@settings(deadline=None)
@given(case=st.sampled_from(_cases()), escaped=st.lists(st.booleans(), min_size=1, max_size=9))
def test_a_letter_of_a_path_may_be_escaped(
    case: tuple[str, Service], escaped: Sequence[bool]
) -> None:
    """Glance reads `/v2/im%61ges` as `/v2/images` (observed). An escaped slash is no slash."""
    path, service = case
    written = "".join(
        f"%{ord(letter):02x}" if is_escaped and letter not in "/%:" else letter
        for letter, is_escaped in zip(path, cycle(escaped), strict=False)
    )

    assert service == service_of_path(written)
    assert is_image_list(path) == is_image_list(written)
    assert read_image_path(path) == read_image_path(written)
    assert prefix_of(path) == prefix_of(written)
    assert is_login("POST", path) == is_login("POST", written)
    assert may_touch_images("POST", path) == may_touch_images("POST", written)
    assert Service.OTHER == service_of_path("/v2%2Fimages")


def test_the_root_is_the_image_services_until_a_response_says_otherwise() -> None:
    assert Service.IMAGE == service_of_path("/") == service_of_path("")


@pytest.mark.parametrize("name", ["/image", "/glance", "/openstack-glance", "/RegionOne/image"])
def test_the_usual_names_of_glance_lead_to_its_versions(name: str) -> None:
    assert Service.IMAGE == service_of_path(name) == service_of_path(f"{name}/")


@pytest.mark.parametrize("name", ["/identity", "/keystone", "/openstack-keystone", "/a/identity"])
def test_the_usual_names_of_keystone_lead_to_its_versions(name: str) -> None:
    for path in ("", "/", "/v3", "/v3/", "/v3/auth/tokens"):
        assert Service.KEYSTONE == service_of_path(name + path)


def test_every_row_is_explained_where_users_look() -> None:
    """In docs/recording.md, in the same order, with the same sources."""
    text = Path(ROOT / "docs" / "recording.md").read_text("utf-8")
    table = text.partition("<!-- paths -->\n")[2].partition("<!-- /paths -->")[0]
    rows = [[cell.strip() for cell in row.split(" | ")] for row in table.splitlines()[2:]]

    named = {Service.IMAGE: "image service", Service.KEYSTONE: "Keystone", Service.OTHER: "others"}
    assert [[f"| {one.what}", named[one.service], f"{one.source} |"] for one in PATHS] == rows
