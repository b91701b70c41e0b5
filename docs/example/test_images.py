import openstack
import pytest


@pytest.fixture(scope="module")
def cloud():
    return openstack.connect(cloud="example")


def test_every_image_has_a_name(cloud):
    assert all(image.name for image in cloud.image.images())


def test_active_images_can_be_used(cloud):
    images = list(cloud.image.images(status="active"))

    assert images
    assert all(image.disk_format and image.container_format for image in images)


def test_an_image_is_found_by_its_id(cloud):
    first = next(cloud.image.images())

    assert cloud.image.get_image(first.id).name == first.name


def test_the_newest_image_comes_first(cloud):
    dates = [image.created_at for image in cloud.image.images()]

    assert dates == sorted(dates, reverse=True)


def test_an_unknown_id_is_not_found(cloud):
    with pytest.raises(openstack.exceptions.NotFoundException):
        cloud.image.get_image("00000000-0000-4000-8000-000000000000")
