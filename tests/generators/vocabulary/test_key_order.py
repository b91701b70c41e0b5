"""Images have their members in the order of the cloud."""

import json
from itertools import pairwise

import pytest

from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.vocabulary.flavours import OPENSTACK
from glancetape_generators.vocabulary.key_order import glance_order, ims_order
from support.sets.generated import images_of

# The members of the images in the sample answer of the API document, in their order, without
# hw_firmware_type: that is not where the program would write it, so a person put it there.
DOCUMENTED = """
    schema min_disk created_at __image_source_type container_format file updated_at protected
    checksum id __isregistered min_ram __lazyloading owner __os_type __imagetype visibility
    virtual_env_type tags __platform size __os_bit __os_version name self disk_format virtual_size
    status
""".split()
# A snapshot that a Nova of 2023 made, as Glance listed it.
SNAPSHOT = """
    boot_roles user_id owner_user_name owner_specified.openstack.sha256
    owner_specified.openstack.object owner_specified.openstack.md5 owner_project_name owner_id
    instance_uuid image_type image_state image_location description base_image_ref name disk_format
    container_format visibility size virtual_size status checksum protected min_ram min_disk owner
    os_hidden os_hash_algo os_hash_value id created_at updated_at tags self file schema
""".split()


def test_ims_has_the_order_of_the_document() -> None:
    """That of a HashMap in Java, whatever the order in which the members are given."""
    assert DOCUMENTED == ims_order(sorted(DOCUMENTED))
    assert DOCUMENTED == ims_order(DOCUMENTED[::-1])


def test_glance_has_the_order_of_a_real_snapshot() -> None:
    """Properties come first."""
    assert SNAPSHOT == glance_order(sorted(SNAPSHOT))


def test_a_larger_image_has_another_order() -> None:
    """Java doubles a map before more than three quarters of its buckets could be used."""
    others = [f"own {number}" for number in range(49 - len(DOCUMENTED))]

    usual = ims_order([*DOCUMENTED, *others[1:]])
    larger = ims_order([*DOCUMENTED, *others])

    assert DOCUMENTED == [name for name in usual if name in DOCUMENTED]
    assert DOCUMENTED != [name for name in larger if name in DOCUMENTED]
    # The bucket of a name is n or n + 64, so each half keeps the order.
    places = [DOCUMENTED.index(name) for name in larger if name in DOCUMENTED]
    assert 1 == sum(second < first for first, second in pairwise(places))


def test_an_own_property_has_its_place_among_the_others() -> None:
    """Names outside ASCII too: Java computes their hash from UTF-16."""
    # "Aa" and "BB" have the same hash code in Java; "🙂".hashCode() is 1772965.
    assert ["Aa", "BB"] == ims_order(["BB", "Aa"])
    assert ims_order(["🙂", "checksum", "id"]) == ["checksum", "id", "🙂"]


@pytest.mark.parametrize("preset", PRESETS)
def test_generated_images_have_the_order_of_their_cloud(preset: str) -> None:
    """Every one, also those that a spec gives properties of its own."""
    spec = read_spec(preset)
    order = glance_order if spec.flavour == OPENSTACK else ims_order

    for image in images_of(spec, 300):
        image.pop("members", None)
        assert order(sorted(image)) == list(image), json.dumps(image)
