"""What clients ask about the service itself: imports, stores, usage, tasks and definitions.

An image set has one store without imports, no tasks and no metadata definitions.
"""

from collections.abc import Callable
from typing import Any

import orjson

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.listing.query import parameters_of
from glancetape_cassettes.cloud.refusals import NOT_FOUND, Refused, forbidden
from glancetape_cassettes.cloud.responses import json_response
from glancetape_cassettes.interaction import Response

Respond = Callable[[Asking], Response]

STORE = "store"


def show(document: dict[str, Any]) -> Respond:
    """Return what responds with a fixed document."""
    body = orjson.dumps(document)
    return lambda asking: json_response(body, asking.rules, asking.request_id)


def refuse(action: str) -> Respond:
    """Return what refuses every caller who is not an administrator."""

    def respond(_: Asking) -> Response:
        raise forbidden(action)

    return respond


list_imports = show(
    {
        "import-methods": {
            "description": "Import methods available.",
            "type": "array",
            "value": [],
        }
    }
)
list_stores = show({"stores": [{"id": STORE, "default": "true"}]})
show_usage = show({"usage": {}})
list_resource_types = show({"resource_types": []})


def list_namespaces(asking: Asking) -> Response:
    """Return the metadata definitions: none."""
    parameters_of(asking.query)  # refuses what cannot be decoded
    path = "/v2/metadefs/namespaces"
    body = {
        "namespaces": [],
        "schema": "/v2/schemas/metadefs/namespaces",
        "first": f"{path}?{asking.query}" if asking.query else path,
    }
    return json_response(orjson.dumps(body), asking.rules, asking.request_id)


def show_namespace(asking: Asking) -> Response:
    """Refuse: there is no such namespace of definitions."""
    name = asking.named["namespace"]
    raise Refused(404, f"Metadata definition namespace={name} was not found.")


def list_definitions(asking: Asking) -> Response:
    """Refuse: there is no such namespace. In other words than `show_namespace` (observed)."""
    raise Refused(404, f"Namespace {asking.named['namespace']} not found")


def list_image_tasks(asking: Asking) -> Response:
    """Return the tasks of an image: none."""
    if asking.lister.find_visible(asking.named["image"], asking.project, asking.rules) is None:
        raise Refused(404, NOT_FOUND)
    return json_response(b'{"tasks":[]}', asking.rules, asking.request_id)


def show_locations(asking: Asking) -> Response:
    """Refuse: only a service may see where the data of an image is."""
    image_id = asking.named["image"]
    if asking.lister.find_visible(image_id, asking.project, asking.rules) is None:
        raise Refused(404, f"No image found with ID {image_id}")
    raise forbidden("fetch_image_location")
