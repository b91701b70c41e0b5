"""Images that may be shared: chosen texts are replaced, and what belongs together still does."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from glancetape_cassettes.redaction.images.pseudonyms import Pseudonymisation
from glancetape_cassettes.redaction.policy import RedactionOptions
from support.drawn.examples import examples
from support.drawn.random_records import BODIES
from support.sets.captures import tenant
from support.sets.set_files import record

KEY, OTHER_KEY = b"a key for tests, long enough", b"another key, long enough too"
PARENT = "6ce15d77-5c7d-4a55-8b8a-0a4c6a9f0001"
SERVER = "7ce15d77-5c7d-4a55-8b8a-0a4c6a9f0002"

Image = dict[str, Any]


def _redact(key: bytes = KEY) -> Pseudonymisation:
    return Pseudonymisation(key=key, options=RedactionOptions())


def _shared(**fields: Any) -> Image:
    image, _ = _redact()(record("a" * 32, **fields))
    return image


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "zq"},
        {"__description": "zq, the old one"},
        {"description": "zq"},
        {"tags": ["zq", "zq=1", "team=zq", "a.zq"]},
        {"zq": "x"},
        {"cost-center": "zq"},
        {"nested": {"zq": ["zq"]}},
        {"__data_origin": "file,zq:zq-centos.qcow2"},
        {"__data_origin": "zq"},
        {"__image_location": "zq:5443:zq:1"},
        {"__image_location": f"zq.example.com:5443:pcsims{'b' * 32}:1"},
        {"__account_code": "zq"},
        {"__image_displayname": "zq"},
        {"direct_url": "rbd://zq/pool/1/snap"},
        {"locations": [{"url": "rbd://zq/pool/1/snap", "metadata": {"zq": "zq"}}]},
        {"owner_specified.openstack.object": "images/zq"},
        {"hw_zq": "a" * 81 + "zq"},
    ],
)
def test_what_people_chose_is_replaced(fields: Image) -> None:
    """Wherever it is: only a name that the documents define stays."""
    shown = json.dumps(_shared(**fields)).replace("hw_zq", "")

    assert "zq" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__os_version", "Ubuntu 22.04 server 64bit"),
        ("__support_kvm", "true"),
        ("__os_feature_list", '{"onekey_resetpasswd": "true"}'),
        ("__image_size", "10041425920"),
        ("hw_disk_bus", "scsi"),
        ("os_distro", "ubuntu"),
        ("__originalimagename", PARENT),
        ("base_image_ref", PARENT),
        ("kernel_id", PARENT),
        ("disk_format", "qcow2"),
        ("min_disk", 40),
        ("name", None),
        ("cost-center", ""),
        ("__data_origin", f"image,,{PARENT}"),
    ],
)
def test_what_the_documents_define_stays(name: str, value: Any) -> None:
    """So do links to other images, null and the empty text."""
    shared = _shared(**{name: value})

    found = [one for key, one in shared.items() if key == name or key.startswith("standin-text-")]
    assert [value] == found


def test_the_same_text_is_the_same_everywhere() -> None:
    """In names, tags and properties, of any image; another key makes another stand-in."""
    one = _shared(name="web", tags=["team=web"], own="web")
    two = _shared(name="db", own="web")
    other, _ = _redact(OTHER_KEY)(record("a" * 32, name="web"))

    stand_in = one["name"]
    assert [stand_in] == [tag.partition("=")[2] for tag in one["tags"]]
    own = next(name for name in two if name.startswith("standin-text-"))
    assert stand_in == one[own] == two[own]
    assert two["name"] != stand_in != other["name"]


def test_things_of_a_project_keep_their_form_and_stay_the_same() -> None:
    """Servers and backups by their ids, the owner in a location."""
    owner = "b" * 32
    origin = f"instance,{SERVER}"
    place = f"192.144.1.2:5443:pcsims{owner}:{'a' * 32}"
    one = _shared(owner=owner, __data_origin=origin, instance_uuid=SERVER, __image_location=place)

    server = one["instance_uuid"]
    assert server.startswith("facade00-")
    assert f"instance,{server}" == one["__data_origin"]
    assert f"192.0.2.10:5443:pcsims{one['owner']}:{'a' * 32}" == one["__image_location"]
    file = _shared(__data_origin="file,bucket:folder/centos.QCOW2")["__data_origin"]
    assert file.startswith("file,standin-text-")
    assert file.endswith(".QCOW2")


@given(BODIES)
@examples(80)
def test_sharing_twice_changes_nothing_more(body: Image) -> None:
    """A stand-in stays, and an image stays an image."""
    redact = pickle.loads(pickle.dumps(_redact()))
    once, _ = redact(record("a", **body))

    again, replaced = redact(json.loads(json.dumps(once)))

    assert (once, 0) == (again, replaced)


def test_no_word_of_a_generated_image_stays_where_people_choose() -> None:
    """Every name, description, tag and own property of a tenant's images."""
    for image in tenant(300):
        shared, _ = _redact()(dict(image))
        for name in ("name", "__description"):
            assert not image.get(name) or image[name] != shared[name]
        assert set() == set(image["tags"]) & set(shared["tags"])
        assert image.get("pipeline", "-") not in shared.values()
        assert "pipeline" not in shared
        assert image["id"] == shared["id"]
        assert image.get("__originalimagename") == shared.get("__originalimagename")
