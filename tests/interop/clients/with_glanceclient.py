# pyright: reportMissingImports=false
"""The operations with python-glanceclient, logged in by keystoneauth."""

from typing import Any

import glanceclient
from glanceclient import Client
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
from operations import IDS, LOGIN, PLAN, perform


def client(username: str) -> Client:
    """Log in when something is asked."""
    login = Password(
        auth_url=PLAN["auth_url"],
        username=username,
        password=LOGIN["password"],
        project_name=LOGIN["project_name"],
        user_domain_id="default",
        project_domain_id="default",
    )
    return Client("2", session=Session(login), region_name=PLAN["region"])


cloud = client(LOGIN["username"])


def ids(page_size: Any = None, **filters: str) -> list[str]:
    """Return the ids of all images that a query lists."""
    size = {} if page_size is None else {"page_size": page_size}
    return sorted(image.id for image in cloud.images.list(filters=filters, **size))


perform(
    glanceclient.__version__,
    {
        "list": ids,
        "public": lambda: ids(visibility="public"),
        "linux": lambda: ids(__os_type="Linux"),
        "sort": lambda: [image.name or "" for image in cloud.images.list(sort="name:asc")],
        "walk": lambda: ids(7),
        "id": lambda: cloud.images.get(IDS["known"]).name,
        "name": lambda: ids(name=PLAN["name"]),
        "members": lambda: sorted(
            [member.member_id, member.status] for member in cloud.image_members.list(IDS["shared"])
        ),
        "pending": lambda: ids(visibility="shared", member_status="pending"),
        "bad": lambda: ids("abc"),
        "unauthorized": lambda: list(client("nobody").images.list()),
        "missing": lambda: cloud.images.get(IDS["unknown"]),
        "create": lambda: cloud.images.create(
            name="made", disk_format="raw", container_format="bare"
        ),
    },
)
