"""What each client asks for beside the images, so that a recording without it does not replay.

A row is a client in one way of using it, and each row was seen at work: `source` says where. A
client fails when a need is missing, often with an error that hides which request was missed.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Need(Enum):
    """Something that a client asks for before or after the list, in the words of the report."""

    VERSIONS = "the version document of the image service (GET /)"
    VERSION_LIST = "the version document GET /versions"
    IDENTITY_VERSIONS = "the version document of Keystone (GET /v3)"
    LOGIN = "a login (POST /v3/auth/tokens)"
    IMAGE_SCHEMA = "GET /v2/schemas/image"
    METADEFS_SCHEMAS = "GET /v2/schemas/metadefs/namespace and .../resource_type"
    LIST = "a list of images (GET /v2/images)"
    NATIVE_LIST = "IMS's own list (GET /v2/cloudimages)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client in one way of using it, and what it cannot do without."""

    name: str
    needs: tuple[Need, ...]
    source: str


_DISCOVERY = "keystoneauth1 5.18: asks the root of an endpoint for its versions, then the list"
_LOGIN = "keystoneauth1 5.18: versions at auth_url, login, versions of the catalog's endpoint"

CLIENTS = (
    Client(
        name="curl, requests, httpx",
        needs=(Need.LIST,),
        source="they ask for nothing by themselves",
    ),
    Client(
        name="openstacksdk, openstack (auth_type none)",
        needs=(Need.VERSIONS, Need.LIST),
        source=f"openstacksdk 4.22, python-openstackclient 10.5; {_DISCOVERY}",
    ),
    Client(
        name="openstacksdk, openstack (admin_token)",
        needs=(Need.LIST,),
        source="openstacksdk 4.22 with an endpoint that ends in /v2: no discovery",
    ),
    Client(
        name="openstacksdk, openstack (password, token, application credential)",
        needs=(Need.IDENTITY_VERSIONS, Need.LOGIN, Need.VERSIONS, Need.LIST),
        source=f"openstacksdk 4.22, python-openstackclient 10.5; {_LOGIN}",
    ),
    Client(
        name="gophercloud, Apache Libcloud",
        needs=(Need.LOGIN, Need.LIST),
        source="gophercloud 0.12, Apache Libcloud 3.9.1: the catalog of the login leads to lists",
    ),
    Client(
        name="python-glanceclient",
        needs=(Need.LIST, Need.IMAGE_SCHEMA),
        source="python-glanceclient 4.13: the schema is asked for after the first page",
    ),
    Client(
        name="glance",
        needs=(Need.VERSION_LIST, Need.IMAGE_SCHEMA, Need.METADEFS_SCHEMAS, Need.LIST),
        source="python-glanceclient 4.13: on its first run, before ~/.glanceclient has schemas",
    ),
    Client(
        name="huaweicloudsdkims (glance_list_images)",
        needs=(Need.LIST,),
        source="huaweicloudsdkims 3.1.219 with a project id: one request a call",
    ),
    Client(
        name="huaweicloudsdkims (list_images)",
        needs=(Need.NATIVE_LIST,),
        source="huaweicloudsdkims 3.1.219: list_images is GET /v2/cloudimages",
    ),
    Client(
        name="otcextensions (conn.imsv2)",
        needs=(Need.IDENTITY_VERSIONS, Need.LOGIN, Need.NATIVE_LIST),
        source="otcextensions 0.34.8: takes the endpoint from the catalog of a login",
    ),
)
"""The table of the report; each source is the release that was run."""

_BY_PATH = (
    (Need.VERSION_LIST, re.compile(r"(?:/[^/]+)*/versions/?\Z")),
    (Need.IMAGE_SCHEMA, re.compile(r"(?:/[^/]+)*/v2(?:\.\d+)?/schemas/image\Z")),
    (Need.NATIVE_LIST, re.compile(r"(?:/[^/]+)*/v2/cloudimages\Z")),
)
_METADEFS = re.compile(r"(?:/[^/]+)*/v2(?:\.\d+)?/schemas/metadefs/(namespace|resource_type)\Z")


def needs_by_path(paths: frozenset[str]) -> frozenset[Need]:
    """The needs that paths fulfil by their form: all but lists, logins and versions at a root.

    >>> needs_by_path(frozenset(["/image/v2/schemas/image"]))
    frozenset({<Need.IMAGE_SCHEMA: 'GET /v2/schemas/image'>})
    """
    found = {need for need, form in _BY_PATH for path in paths if form.match(path)}
    schemas = {match[1] for path in paths if (match := _METADEFS.match(path))}
    if len(schemas) == 2:
        found.add(Need.METADEFS_SCHEMAS)
    return frozenset(found)


def missing_for(client: Client, present: frozenset[Need]) -> tuple[Need, ...]:
    """What a client needs and a recording has not, in the order in which the client asks."""
    return tuple(need for need in client.needs if need not in present)
