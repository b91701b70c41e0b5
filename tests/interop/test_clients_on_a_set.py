"""Real clients use a generated set as a whole cloud: discovery, login, reads and writes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet
from support.interop.commands import CLIENTS, GLANCETAPE, SCRIPTS, run, serving

ACCOUNTS = """\
projects: {demo: home}
users: {dana: {password: right, projects: [demo]}}
access_keys: {AK: {secret: SK, project: demo}}
"""
WAYS = {
    "openstacksdk": (
        *("none", "admin_token", "password", "prefix", "v3token", "application_credential"),
    ),
    "glanceclient": ("token", "password"),
    "huaweicloud": ("endpoint", "region"),
}
EVERY_WAY = [(library, way) for library, ways in WAYS.items() for way in ways]
WITH_ACCOUNTS = [
    ("openstacksdk", "password"),
    ("huaweicloud", "endpoint"),
    ("huaweicloud", "region"),
]
FIXED: Mapping[str, Any] = {
    "get": True,
    "find by id": True,
    "find by name": True,
    "find nothing": None,
    "schema": "image",
    "namespaces": [],
    "create": ["active", 4],
    "update": "renamed",
    "find renamed": ["a-tag"],
    "download": "data",
    "quota": "image",
    "tags": "list",
    "bad": ["ClientRequestException", 400],
    "version": ["v2.2"],
    "versions": 5,
}
REFUSALS = {"get nothing": 404, "get deleted": 404}


@pytest.fixture(scope="module", name="images")
def _images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated set of IMS."""
    path = tmp_path_factory.mktemp("set") / "tenant.images"
    run(*GLANCETAPE, "generate", "--count", "300", "--spec", "tenant", "--seed", "3", "--out", path)
    return path


@pytest.fixture(scope="module", name="truth")
def _truth(images: Path) -> dict[str, Any]:
    """What the set holds for its home project, asked without any server."""
    with ImageSet(images) as opened:
        lister, home = Lister(opened), opened.about["home_project"]

        def found(query: str) -> list[dict[str, Any]]:
            page = lister.list_images(f"limit=1000&{query}", home, "ims")
            listed: list[dict[str, Any]] = json.loads(page.body)["images"]
            return listed

        ids = sorted(one["id"] for one in found(""))
        first = found("visibility=shared")[0]
        members = lister.members_of(first)
        return {
            "list": ids,
            "walk": ids,
            "own list": ids,
            "public": sorted(one["id"] for one in found("visibility=public")),
            "sort": [one["name"] for one in found("sort=name:asc")],
            "members": sorted(
                one["member_id"] for one in members if home in (first["owner"], one["member_id"])
            ),
        }


@pytest.fixture(scope="module", name="url")
def _url(images: Path) -> Iterator[str]:
    with serving("replay", images, "--writable") as url:
        yield url


def asked(url: str, library: str, way: str) -> dict[str, Any]:
    """Return what a library got, by operation."""
    program = CLIENTS / "whole_cloud.py"
    lines = run(SCRIPTS / "clients", program, url, way, library).decode().splitlines()
    return dict(map(json.loads, lines))


def check(results: Mapping[str, Any], truth: Mapping[str, Any]) -> None:
    """Compare all results with the set, and with what does not depend on it."""
    for name, result in results.items():
        if name in truth:
            assert truth[name] == result, name
        elif name in REFUSALS:
            assert REFUSALS[name] == result[1] or result[0].endswith("NotFound"), (name, result)
        elif name in FIXED:
            expected = FIXED[name]
            assert result in (expected, "queued") if name == "create" else result == expected, name


@pytest.mark.parametrize(("library", "way"), EVERY_WAY)
def test_a_client_finds_logs_in_reads_and_writes(
    url: str, truth: Mapping[str, Any], library: str, way: str
) -> None:
    """Its results are the set's, and its changes are there at once."""
    results = asked(url, library, way)

    assert len(results) >= 9
    check(results, truth)


@pytest.mark.parametrize(("library", "way"), WITH_ACCOUNTS)
def test_a_client_of_a_listed_account_is_let_in(
    images: Path, tmp_path: Path, truth: Mapping[str, Any], library: str, way: str
) -> None:
    """With its password or its secret; a wrong secret is a 401."""
    cloud = tmp_path / "cloud.yaml"
    cloud.write_text(ACCOUNTS)
    with serving("replay", images, "--writable", "--cloud", cloud) as url:
        results = asked(url, library, way)
        refused = asked(url, "huaweicloud", "wrong")

    assert len(results) >= 9
    check(results, truth)
    assert {"list": ["ClientRequestException", 401], "public": ["ClientRequestException", 401]} == (
        refused
    )


@pytest.mark.parametrize("dialect", ["ims", "glance"])
def test_the_glance_command_starts_also_from_the_schemas_that_it_keeps(
    images: Path, tmp_path: Path, truth: Mapping[str, Any], dialect: str
) -> None:
    """It makes its options from the schema, and keeps that in the home folder."""
    start = "from glanceclient.shell import main; main()"
    with serving("replay", images, "--dialect", dialect) as url:
        login = (
            f"--os-auth-url {url}/v3 --os-username dana --os-password any --os-project-name demo"
        )
        domains = "--os-user-domain-id default --os-project-domain-id default"
        command = [SCRIPTS / "clients", "-c", start, *login.split(), *domains.split(), "image-list"]
        printed = [run("env", f"HOME={tmp_path}", *command).decode() for _ in range(2)]

    assert printed[0] == printed[1]
    assert all(image_id in printed[0] for image_id in truth["list"])


@pytest.mark.parametrize("project", ["0a5f2b6e4c1d4e0f9b8a7c6d5e4f3a2b", "another-team"])
def test_the_openstack_command_shares_with_the_project_that_it_is_given(
    url: str, project: str
) -> None:
    """It asks Keystone for the project first, which a member may not see."""
    start = "from openstackclient.shell import main; import sys; sys.exit(main())"
    login = f"--os-auth-url {url}/v3 --os-username dana --os-password any --os-project-name demo"
    domains = "--os-user-domain-id default --os-project-domain-id default"

    def openstack(*words: str) -> Any:
        command = [SCRIPTS / "clients", "-c", start, *login.split(), *domains.split()]
        return json.loads(run(*command, "image", *words, "-f", "json"))

    made = openstack("create", f"for {project}", "--shared")["id"]
    shared = openstack("add", "project", made, project)
    listed = openstack("member", "list", made)

    assert (project, "pending") == (shared["member_id"], shared["status"])
    assert [project] == [one["Member ID"] for one in listed]
