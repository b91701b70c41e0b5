"""A generated OpenStack cloud answers as a real Glance 33 that holds the same thousand images."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators.generating import generate_set
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.vocabulary.flavours import OPENSTACK
from interop.conftest import StartGlance
from support.interop.asking_glance import ask, asking
from support.interop.glance import Glance
from support.oracle.deviations import asks_odd_bounds
from support.oracle.queries import random_queries
from support.sets.generated import images_of

COUNT, SEED = 1000, 9
# Where data is kept is shown only by a Glance that has it there.
SPEC = replace(
    read_spec(OPENSTACK),
    store="file",
    statuses={
        **{"active": 958, "queued": 14, "saving": 3, "importing": 3, "uploading": 2},
        **{"deactivated": 14, "killed": 2, "deleted": 4},
    },
)
TABLE = (
    "",
    "limit=1000",
    "visibility=public&limit=1000",
    "visibility=community&limit=1000",
    "visibility=shared&member_status=all&limit=1000",
    "visibility=private&sort_key=size&sort_dir=desc&limit=1000",
    "os_hidden=true&limit=1000",
    "os_hidden=true&visibility=all&limit=1000",
    "status=in:queued,importing,saving,uploading&limit=1000",
    "status=deactivated",
    "status=killed",
    "image_type=snapshot&limit=1000",
    "image_type=backup&sort_key=name&sort_dir=asc",
    "os_distro=ubuntu&os_version=22.04&limit=1000",
    "architecture=x86_64&hw_disk_bus=scsi&limit=1000",
    "disk_format=in:ami,aki,ari&limit=1000",
    "container_format=bare&disk_format=in:iso,vmdk,vhd&limit=1000",
    "size_min=1&size_max=5000000000&sort=size:asc,name:desc&limit=1000",
    "size=0&limit=1000",
    "min_disk=40&limit=1000",
    "bdm_v2=True&root_device_name=/dev/vda&limit=1000",
    "owner_specified.openstack.md5=&limit=1000",
    "checksum=d41d8cd98f00b204e9800998ecf8427e&limit=1000",
    "os_hash_algo=sha512&sort_key=created_at&sort_dir=asc&limit=3",
    "created_at=gte:2025-01-01T00:00:00Z&limit=1000",
    "protected=true&limit=1000",
    "tag=golden&limit=1000",
    "name=in:Ubuntu%2022.04,cirros",
    "properties=x",
)


class Both:
    """The same images, in a real Glance and in a generated set."""

    def __init__(self, glance: Glance, images: ImageSet) -> None:
        self.glance, self._lister = glance, Lister(images)
        owners = Counter(one["owner"] for one in glance.images if one["visibility"] != "public")
        others = Counter(
            one["member_id"] for image in glance.images for one in image.get("members", ())
        )
        # The largest tenant, one with whom much is shared, and the operator.
        (self.largest, _), *_ = owners.most_common(1)
        (self.member, _), *_ = others.most_common(1)
        self.operator = next(one["owner"] for one in glance.images if one["visibility"] == "public")

    def theirs(self, query: str, project: str) -> Any:
        """Ask the real Glance."""
        status, _, body = ask(self.glance.url, query, project)
        return _comparable(status, body)

    def ours(self, query: str, project: str) -> Any:
        """Ask the set."""
        sent = (("Accept", "application/json"),)
        answer = self._lister.list_images(query, project, "glance", sent)
        return _comparable(answer.status, answer.body)


def _comparable(status: int, body: bytes) -> Any:
    """Return an error byte for byte, and a page with the order of all names; tags in any order."""
    if status != 200:
        return status, body
    page = json.loads(body)
    for image in page["images"]:
        image["tags"].sort()
    return [
        (name, [list(image.items()) for image in value] if name == "images" else value)
        for name, value in page.items()
    ]


@pytest.fixture(scope="module", name="both")
def _both(start_glance: StartGlance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    path: Path = tmp_path_factory.mktemp("set") / "cloud.images"
    generate_set(SPEC, COUNT, SEED, path, {"dialect": SPEC.dialect})
    with asking(), ImageSet(path) as images:
        glance = start_glance(images_of(SPEC, COUNT, SEED))
        yield Both(glance, images)
        glance.stop()


@pytest.mark.parametrize("query", TABLE)
def test_the_set_answers_as_glance_does(both: Both, query: str) -> None:
    """Images, their members in the same order, links, and errors byte for byte."""
    for project in (both.largest, both.member, both.operator):
        assert both.theirs(query, project) == both.ours(query, project)


def test_random_queries_get_the_same_answer(both: Both) -> None:
    """Where Glance itself loses images, because sizes are null, `test_same_as_glance` looks."""
    compared = 0
    for query in random_queries(both.glance.images, 300, seed=15):
        if asks_odd_bounds(query) or ("marker" in query and "size" in query):
            continue
        compared += 1
        assert both.theirs(query, both.largest) == both.ours(query, both.largest), query

    assert compared > 200


def test_every_query_of_the_table_finds_something(both: Both) -> None:
    """Except the last, which Glance refuses, and one for a status that no list shows."""
    empty = {
        query
        for query in TABLE[:-1]
        if not any(
            dict(both.ours(query, project))["images"]
            for project in (both.largest, both.member, both.operator)
        )
    }

    assert {"status=killed"} == empty
