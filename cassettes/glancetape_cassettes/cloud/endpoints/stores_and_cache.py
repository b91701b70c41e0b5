"""What only administrators do with a store and with Glance's cache: refused, as nobody is one.

Observed on Glance 33.
"""

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.endpoints.discovery import STORE
from glancetape_cassettes.cloud.refusals import Refused, forbidden, server_error
from glancetape_cassettes.interaction import Response


def delete_from_store(asking: Asking) -> Response:
    """Refuse to delete the data of an image from one store."""
    store, image_id = asking.named["store"], asking.named["image"]
    if store != STORE:
        raise Refused(409, f"The selected store {store} is not available on this node.")
    image = asking.lister.find_visible(image_id, asking.project, asking.rules)
    if image is None:
        raise Refused(404, f"Failed to find image {image_id}")
    is_own = image["owner"] == asking.project
    raise forbidden("delete_image_location" if is_own else "get_image_location")


def queue_for_cache(asking: Asking) -> Response:
    """Refuse to put an image into the cache."""
    if not _is_visible(asking):
        raise Refused(404, f"Image {asking.named['image']} not found.")
    raise forbidden("cache_image")


def delete_from_cache(asking: Asking) -> Response:
    """Refuse to take an image out of the cache. Glance fails where it looks for one there."""
    if not _is_visible(asking):
        raise server_error()
    raise forbidden("cache_delete")


def _is_visible(asking: Asking) -> bool:
    image_id = asking.named["image"]
    return asking.lister.find_visible(image_id, asking.project, asking.rules) is not None
