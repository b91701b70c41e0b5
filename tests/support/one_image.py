"""The one place that makes an image for tests by example; they add what they are about."""

from typing import Any

from support.images.varied import PROJECTS

ME, OTHER = PROJECTS[:2]
TIME = "2018-09-06T14:03:27Z"

Image = dict[str, Any]


def image(image_id: str, /, **fields: Any) -> Image:
    """Return an active public image of another project, named like its id; `...` omits a field."""
    usual = {
        "id": image_id,
        "name": image_id,
        "status": "active",
        "visibility": "public",
        "owner": OTHER,
        "created_at": TIME,
        "updated_at": TIME,
        "tags": [],
    }
    return {name: value for name, value in {**usual, **fields}.items() if value is not ...}


def id_of(number: int) -> str:
    """Return the id of an image that tests call by a number."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def numbered_image(number: int, **fields: Any) -> Image:
    """Return an image by its number, of a second of its own, that has formats and a size."""
    time = f"2020-01-01T00:00:{number:02d}Z"
    usual = {
        "name": f"name {number}",
        "created_at": time,
        "updated_at": time,
        "size": 10 * number,
        "disk_format": "raw",
        "container_format": "bare",
    }
    return image(id_of(number), **{**usual, **fields})


def ims_image(image_id: str, /, **fields: Any) -> Image:
    """Return an image of IMS for an image set, which gives it a time of its own."""
    usual = {"__isregistered": "true", "container_format": "bare", "disk_format": "zvhd2"}
    bare = {"created_at": ..., "updated_at": ..., "tags": ..., "size": 0}
    return image(image_id, **{**usual, **bare, **fields})
