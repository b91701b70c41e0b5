"""The list of Huawei Cloud's own API, `GET /v2/cloudimages`, and what counts and tags images.

It takes the parameters of `GET /v2/images` and four more, and answers with up to 500 images and no
links. Source: the document "Querying Images", and those of Open Telekom Cloud.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from urllib.parse import urlencode

import orjson

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.conditions import (
    ExtensionCondition,
    Has,
    HasOrLacks,
    Lacks,
)
from glancetape_cassettes.cloud.listing.page_query import whole
from glancetape_cassettes.cloud.listing.query import Query, parameters_of, read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.cloud.responses import json_response
from glancetape_cassettes.interaction import Response
from glancetape_cassettes.lazy_regex import lazy_compile

_LIMIT = 500
_IMAGE_TYPES = ("gold", "private", "shared", "market")
_ARM = "__support_arm", frozenset(("true",))
_ARCHITECTURES: dict[str, ExtensionCondition] = {"arm": Has(*_ARM), "x86": Lacks(*_ARM)}
_PROJECT, _DEFAULT_PROJECT, _ALL_PROJECTS = "enterprise_project_id", "0", "all_granted_eps"
_FLAVOR = lazy_compile(r"[a-z0-9]+(?:\.[a-z0-9_-]+)+", re.ASCII)
_QUOTA, _LEAST_QUOTA, _MOST_QUOTA = 20, 1, 1000  # those of the document's example
_OTHER_ERROR = "IMG.0001"


class _Refused(Exception):
    """A parameter that this API refuses, with its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def list_cloud_images(asking: Asking) -> Response:
    """Return a page of images without links."""
    rules = _with_longer_pages(asking.rules)
    try:
        asked = whole(*_read(asking.query, rules), rules)
        page = asking.lister.cut_page(asked, asking.project, rules)
    except _Refused as refused:
        return _refusal(asking, refused.code, str(refused))
    except Refused as refused:
        if refused.status != 400:
            raise
        return _refusal(asking, _OTHER_ERROR, refused.message)
    body = b"".join((b'{"images":[', page.images, b"]}"))
    return json_response(body, asking.rules, asking.request_id)


def show_quota(asking: Asking) -> Response:
    """Return how many images of its own the project has, and may have: always more."""
    used = asking.lister.count_owned(asking.project)
    most = _QUOTA
    while most <= used:  # a program that looks for room before it creates an image finds some
        most *= 2
    quota = {
        "type": "image",
        "used": used,
        "quota": most,
        "min": _LEAST_QUOTA,
        "max": max(_MOST_QUOTA, most),
    }
    body = {"quotas": {"resources": [quota]}}
    return json_response(orjson.dumps(body), asking.rules, asking.request_id)


def list_tags(asking: Asking) -> Response:
    """Return the tags of the images that a query finds, each once."""
    rules = _with_longer_pages(asking.rules)
    parameters = dict(parameters_of(asking.query))
    most, page = parameters.pop("limit", ""), parameters.pop("page", "")
    try:
        query, _ = _read(urlencode(parameters), rules)
        tags = asking.lister.tags_of(query, asking.project, rules)
        first, last = _slice(most, page, len(tags))
    except _Refused as refused:
        return _refusal(asking, refused.code, str(refused))
    body = orjson.dumps({"tags": tags[first:last]})
    return json_response(body, asking.rules, asking.request_id)


def _slice(most: str, page: str, count: int) -> tuple[int, int]:
    """Return the places of the tags on a page; `page` counts from 1."""
    numbers = []
    for name, text, default in (("limit", most, count), ("page", page, 1)):
        if (text and not text.isascii()) or not (text or "0").isdigit():
            raise _Refused(_OTHER_ERROR, f"{name} param must be an integer")
        numbers.append(int(text) if text else default)
    limit, number = numbers
    first = limit * max(number - 1, 0)
    return first, first + limit


@cache
def _with_longer_pages(rules: Dialect) -> Dialect:
    return replace(rules, default_limit=_LIMIT)


def _read(text: str, rules: Dialect) -> tuple[Query, str | None]:
    """Return the query and the marker. Raises Refused and _Refused."""
    pairs = parameters_of(text)
    conditions = frozenset(_conditions(pairs))
    rest = [pair for pair in pairs if pair[0] not in _OWN_PARAMETERS]
    query, marker = read_query(urlencode(rest), rules)
    return replace(query, extension=conditions), marker


def _conditions(pairs: Iterable[tuple[str, str]]) -> Iterable[ExtensionCondition]:
    for name, value in pairs:
        if name == "__imagetype" and value not in _IMAGE_TYPES:
            raise _Refused("IMG.0024", "The imagetype is invalid.")
        if name == "flavor_id" and not _FLAVOR.fullmatch(value):
            raise _Refused("IMG.0192", "The flavor is invalid.")
        if name == "architecture":
            if value not in _ARCHITECTURES:
                raise _Refused("IMG.0212", "The architecture is invalid.")
            yield _ARCHITECTURES[value]
        if name == _PROJECT and value != _ALL_PROJECTS:
            # Documented: images without the property belong to the default project.
            kind = HasOrLacks if value == _DEFAULT_PROJECT else Has
            yield kind(name, frozenset((value,)))


_OWN_PARAMETERS = frozenset(("flavor_id", "architecture", _PROJECT))


def _refusal(asking: Asking, code: str, message: str) -> Response:
    body = orjson.dumps({"error": {"message": message, "code": code}})
    return json_response(body, asking.rules, asking.request_id, status=400)
