# pyright: reportMissingImports=false
"""Lists images with Huawei Cloud's SDK, which signs each request and does not page by itself."""

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asking import Asked, Query, Refused, main
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkims.v2 import GlanceListImagesRequest, ImsClient

# The SDK calls `glance_list_images` deprecated; its successor asks another path.
warnings.simplefilter("ignore", DeprecationWarning)


def list_images(asked: Asked, query: Query) -> Iterator[dict[str, Any]]:
    """Return id and name of each image."""
    credentials = BasicCredentials(f"AK{asked.user}", f"SK{asked.user}", asked.project)
    builder = ImsClient.new_builder().with_credentials(credentials)
    client = builder.with_endpoint(asked.url).build()
    sort = {"sort_key": query.sort[0], "sort_dir": query.sort[1]} if query.sort else {}
    limit = {} if query.limit is None else {"limit": query.limit}
    # The SDK leaves out the underscores in front of the names: os_type is sent as __os_type.
    filters = {name.lstrip("_"): value for name, value in query.filters.items()}
    marker = {}
    while True:
        try:
            page = client.glance_list_images(
                GlanceListImagesRequest(**filters, **sort, **limit, **marker)
            )
        except ServiceResponseException as error:
            raise Refused(error.status_code, error.error_msg) from error
        for image in page.images:
            yield {"id": image.id, "name": image.name}
        if page.next is None:
            return
        marker = {"marker": parse_qs(urlsplit(page.next).query)["marker"][0]}


main(list_images)
