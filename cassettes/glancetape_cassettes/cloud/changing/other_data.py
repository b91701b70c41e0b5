"""Other ways to give an image its data than an upload: a Glance with one file store has none.

Observed on Glance 33, with its defaults.
"""

from typing import Any

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.changing.image_body import read_json
from glancetape_cassettes.cloud.refusals import Refused, bad_request, server_error
from glancetape_cassettes.interaction import Response


def stage(_: Asking) -> Response:
    """Refuse data for an import."""
    raise Refused(404, "'glance-direct' method is not available at this site.")


def import_image(asking: Asking) -> Response:
    """Refuse every method of import."""
    body = read_json(asking.body)
    if not isinstance(body, dict):
        raise server_error()  # observed
    if "method" not in body:
        raise bad_request("Import request requires a 'method' field.")
    if not isinstance(body["method"], dict):
        raise server_error()
    if "name" not in body["method"]:
        raise bad_request("Import request requires a 'name' field.")
    raise bad_request(f"Unknown import method name '{body['method']['name']}'.")


def add_location(asking: Asking) -> Response:
    """Refuse an address where data would be."""
    if why := _why_no_location(read_json(asking.body)):
        raise bad_request(f"Provided object does not match schema 'location': {why}")
    image_id = asking.named["image"]
    image = asking.lister.find_visible(image_id, asking.project, asking.rules)
    if image is None:
        raise Refused(404, f"No image found with ID {image_id}")
    if image["status"] != "queued":
        shown = f"It's not allowed to add locations if image status is {image['status']}."
        raise Refused(409, shown)
    raise Refused(403, "http store must be enabled to use location API by normal user.")


def _why_no_location(body: Any) -> str:
    """Return the first sentence of what Glance says, without the schema; "" for an address."""
    if not isinstance(body, dict):
        return f"{body!r} is not of type 'object'"
    if "url" not in body:
        return "'url' is a required property"
    return "" if isinstance(body["url"], str) else f"{body['url']!r} is not of type 'string'"
