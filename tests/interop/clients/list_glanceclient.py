# pyright: reportMissingImports=false
"""Lists images with python-glanceclient."""

from collections.abc import Iterator
from typing import Any

from asking import Asked, Query, Refused, main
from glanceclient import Client
from glanceclient.exc import HTTPException


def list_images(asked: Asked, query: Query) -> Iterator[dict[str, Any]]:
    """Return id and name of each image."""
    client = Client("2", endpoint=asked.url, token=asked.token)
    sort = {"sort": ":".join(query.sort)} if query.sort else {}
    size = {} if query.limit is None else {"page_size": query.limit}
    try:
        for image in client.images.list(filters=query.filters, **sort, **size):
            yield {"id": image.id, "name": image.name}
    except HTTPException as error:
        raise Refused(error.code, str(error)) from error


main(list_images)
