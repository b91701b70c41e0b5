# pyright: reportMissingImports=false
"""Lists images with nothing but `requests`; its user sees the bodies themselves."""

from collections.abc import Iterator
from typing import Any

import requests
from asking import Asked, Query, Refused, main


def list_images(asked: Asked, query: Query) -> Iterator[dict[str, Any]]:
    """Return each page's body as it came, and what stands in it."""
    headers = {"Accept": "application/json", "X-Auth-Token": asked.token}
    sort = {"sort_key": query.sort[0], "sort_dir": query.sort[1]} if query.sort else {}
    limit = {} if query.limit is None else {"limit": str(query.limit)}
    page = requests.Request("GET", f"{asked.url}/v2/images", params=query.filters | sort | limit)
    url: str | None = page.prepare().url
    while url is not None:
        response = requests.get(url, headers=headers, timeout=60)
        if response.status_code != 200:
            raise Refused(response.status_code, response.content.decode())
        found = response.json()
        yield {
            "body": response.content.decode(),
            "ids": [image["id"] for image in found["images"]],
            "names": [image["name"] for image in found["images"]],
        }
        url = asked.url + found["next"] if "next" in found else None


main(list_images)
