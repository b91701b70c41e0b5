# pyright: reportMissingImports=false
"""Lists images with openstacksdk."""

from collections.abc import Iterator
from typing import Any

import openstack
from asking import Asked, Query, Refused, main
from openstack.exceptions import HttpException


def list_images(asked: Asked, query: Query) -> Iterator[dict[str, Any]]:
    """Return id and name of each image."""
    connection = openstack.connect(
        load_envvars=False,
        load_yaml_config=False,
        auth_type="admin_token",
        auth={"endpoint": asked.url, "token": asked.token},
        image_endpoint_override=asked.url,  # the root: the SDK asks it for its versions
    )
    sort = {"sort": ":".join(query.sort)} if query.sort else {}
    limit = {} if query.limit is None else {"limit": query.limit}
    try:
        for image in connection.image.images(**query.filters, **sort, **limit):
            yield {"id": image.id, "name": image.name}
    except HttpException as error:
        raise Refused(error.status_code, str(error)) from error


main(list_images)
