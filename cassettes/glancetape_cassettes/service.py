"""Which paths belong to the image service, which to Keystone."""

import re
from enum import Enum
from urllib.parse import urlsplit


class Service(Enum):
    """The service that a path belongs to."""

    IMAGE = "image"
    KEYSTONE = "keystone"
    OTHER = "other"


# A deployment may put a service below a prefix: https://cloud.example/image/v2/images.
_KEYSTONE = re.compile(
    r"(?:/(?:identity|keystone)(?:/.*)?|/v3(?:/.*)?|/v2\.0/(?:tokens|tenants|users)(?:/.*)?)\Z"
)
_IMAGE = re.compile(r"(?:/image)?/(?:versions/?|v2(?:\.\d+)?(?:/.*)?)?\Z")
_LIST = re.compile(r"(?:/image)?/v2(?:\.\d+)?/images\Z")
_REPEATABLE_POST = re.compile(r"(?:/(?:identity|keystone))?/(?:v3/auth|v2\.0)/tokens/?\Z")


def service_of(uri: str) -> Service:
    """The service that a URI belongs to. Raises ValueError for text that is not a URI."""
    return service_of_path(urlsplit(uri).path)


def service_of_path(path: str) -> Service:
    """The service that a path belongs to; `/` and `/versions` are the image service's."""
    path = path.partition("?")[0] or "/"
    if _KEYSTONE.match(path):
        return Service.KEYSTONE
    return Service.IMAGE if _IMAGE.match(path) else Service.OTHER


def is_image_list(path: str) -> bool:
    """Whether a path lists images: `/v2/images`, `/image/v2/images` or `/v2.7/images`."""
    return _LIST.match(path) is not None


def is_repeatable(method: str, path: str) -> bool:
    """Whether a request may be answered any number of times.

    So may reads, and a request to Keystone for a token, which every run of a client sends again.
    """
    return method in ("GET", "HEAD", "OPTIONS") or (
        method == "POST" and _REPEATABLE_POST.match(path) is not None
    )
