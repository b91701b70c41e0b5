# pyright: reportMissingImports=false
"""Tests as a team has them for its own code: it lists images, logged in with a password."""

import openstack
import pytest


@pytest.fixture(scope="module")
def image():
    """The image service, as the OS_ variables say."""
    return openstack.connect().image


def test_all_images_are_listed(image):
    assert len(list(image.images())) > 20


def test_images_are_found_by_name(image):
    name = next(image.images()).name

    assert {name} == {one.name for one in image.images(name=name)}


def test_images_are_sorted(image):
    names = [one.name for one in image.images(sort="name:asc")]

    assert sorted(names) == names


def test_pages_of_seven_hold_every_image_once(image):
    walked = [one.id for one in image.images(limit=7)]

    assert len(walked) == len(set(walked))
    assert {one.id for one in image.images()} == set(walked)


def test_an_image_is_shown_by_its_id(image):
    listed = next(image.images())

    assert listed.name == image.get_image(listed.id).name


def test_an_image_that_is_not_there_is_not_found(image):
    with pytest.raises(openstack.exceptions.NotFoundException):
        image.get_image("00000000-0000-4000-8000-00000000dead")
