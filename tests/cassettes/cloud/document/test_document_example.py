"""A set with the images of the API document's example, and some more, returns that example."""

from typing import Any

import pytest

from support.one_image import ME, Image, ims_image
from support.sets.imagesets import Cloud, MakeCloud, parameters

BOTH: Image = {
    "schema": "/v2/schemas/image",
    "min_disk": 100,
    "__image_source_type": "uds",
    "container_format": "bare",
    "protected": True,
    "checksum": "d41d8cd98f00b204e9800998ecf8427e",
    "__isregistered": "true",
    "min_ram": 2048,
    "__lazyloading": "true",
    "owner": "1bed856811654c1cb661a6ca845ebc77",
    "__os_type": "Linux",
    "__imagetype": "gold",
    "visibility": "public",
    "virtual_env_type": "FusionCompute",
    "tags": [],
    "__platform": "CentOS",
    "size": 0,
    "__os_bit": "64",
    "__os_version": "CentOS 7.3 64bit",
    "disk_format": "zvhd2",
    "virtual_size": None,
    "hw_firmware_type": "bios",
    "status": "active",
}
VIVADO, SDX = "bc6bed6e-ba3a-4447-afcc-449174a3eb52", "0328c25e-c840-4496-81ac-c4e01b214b1f"
EXAMPLE: dict[str, Any] = {
    "schema": "/v2/schemas/images",
    "next": f"/v2/images?__isregistered=true&marker={SDX}&__imagetype=gold&limit=2",
    "images": [
        {
            **BOTH,
            "created_at": "2018-09-06T14:03:27Z",
            "file": f"/v2/images/{VIVADO}/file",
            "updated_at": "2018-09-06T15:17:33Z",
            "id": VIVADO,
            "name": "CentOS 7.3 64bit vivado",
            "self": f"/v2/images/{VIVADO}",
        },
        {
            **BOTH,
            "created_at": "2018-09-06T14:03:05Z",
            "file": f"/v2/images/{SDX}/file",
            "updated_at": "2018-09-25T14:27:40Z",
            "id": SDX,
            "name": "CentOS 7.3 64bit with sdx",
            "self": f"/v2/images/{SDX}",
        },
    ],
    "first": "/v2/images?__isregistered=true&__imagetype=gold&limit=2",
}
OLDER, NEWER = "2018-09-05T10:00:00Z", "2018-10-01T10:00:00Z"
MORE = [
    ims_image("older", __imagetype="gold", protected=True, created_at=OLDER),
    ims_image("oldest", __imagetype="gold", protected=True, created_at="2017-01-01T00:00:00Z"),
    ims_image("private", __imagetype="private", visibility="private", owner=ME, created_at=NEWER),
    ims_image("market", __imagetype="market", created_at=NEWER),
    ims_image("unregistered", __imagetype="gold", __isregistered="false", created_at=NEWER),
    ims_image("hidden", __imagetype="gold", visibility="private", created_at=NEWER),
]


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud([*MORE, *EXAMPLE["images"]])


@pytest.mark.parametrize("version", ["M", "Q"])
@pytest.mark.parametrize("given", ["", "&__isregistered=true"], ids=["default", "registered"])
def test_the_example_of_the_document_is_answered_as_it_says(cloud: Cloud, version: str, given: str):
    page = cloud.page(f"__imagetype=gold&limit=2{given}", version=version)
    assert EXAMPLE["images"] == page["images"]
    for link in ("first", "next"):
        assert sorted(parameters(EXAMPLE[link])) == sorted(parameters(page[link]))
    assert list(EXAMPLE) == list(page)
    assert EXAMPLE["schema"] == page["schema"]


def test_the_links_of_the_example_can_be_followed(cloud: Cloud):
    first = cloud.page(EXAMPLE["first"].partition("?")[2])
    assert EXAMPLE["images"] == first["images"]
    assert "older oldest" == cloud.names(EXAMPLE["next"].partition("?")[2])
