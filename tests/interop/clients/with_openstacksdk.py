# pyright: reportMissingImports=false
"""The operations with openstacksdk, in each way of its that logs in."""

from importlib import import_module
from importlib.metadata import version
from typing import Any

import openstack
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
from openstack.connection import Connection
from operations import IDS, LOGIN, PLAN, perform

DOMAINS = {"user_domain_id": "default", "project_domain_id": "default"}
SCOPE = {"project_name": LOGIN["project_name"], "project_domain_id": "default"}
AUTH_URL = {"auth_url": PLAN["auth_url"]}
KIND = LOGIN["type"]


def connect(auth_type: str, auth: dict[str, Any], **how: Any) -> Connection:
    """Connect with nothing from the environment."""
    return openstack.connect(
        load_envvars=False,
        load_yaml_config=False,
        region_name=PLAN["region"],
        auth_type=auth_type,
        auth=auth,
        **how,
    )


def password(username: str) -> dict[str, Any]:
    """Return what a password needs."""
    user = {"username": username, "password": LOGIN["password"]}
    return AUTH_URL | user | DOMAINS | {"project_name": LOGIN["project_name"]}


def token() -> str:
    """Return a token of the user, as another program would have got it."""
    return Session(Password(**password(LOGIN["username"]))).get_token()


def connection() -> Connection:
    """Log in."""
    if KIND == "none":
        return connect("none", {"endpoint": PLAN["image_url"]})
    if KIND == "admin_token":
        return with_token(token())
    if KIND == "v3token":
        return connect("v3token", AUTH_URL | SCOPE | {"token": token()})
    if KIND == "v3applicationcredential":
        names = ("application_credential_id", "application_credential_secret")
        return connect("v3applicationcredential", AUTH_URL | {name: LOGIN[name] for name in names})
    return connect("password", password(LOGIN["username"]))


def with_token(known: str) -> Connection:
    """Use a token as it is; the path keeps the SDK from asking for versions."""
    return connect("admin_token", {"endpoint": PLAN["image_url"] + "/v2", "token": known})


def stranger() -> Connection:
    """Log in as nobody. Keystone answers 404, not 401, to an unknown token or credential."""
    if KIND == "password":
        return connect("password", password("nobody"))
    return with_token("wrong")


connected = connection()
cloud = connected.image


def ids(**query: Any) -> list[str]:
    """Return the ids of all images that a query lists."""
    return sorted(image.id for image in cloud.images(**query))


def linux() -> list[str]:
    """Ask as the note says; fails when the note is no longer true."""
    if ids(__os_type="Linux") != ids():
        raise AssertionError("images() takes __os_type now")
    page = cloud.get("/images", params={"__os_type": "Linux", "limit": 200}).json()
    return sorted(image["id"] for image in page["images"])


EXTENSION = PLAN["options"].get("extension")
if EXTENSION:
    import_module(f"{EXTENSION}.sdk").load(connected)

perform(
    version(EXTENSION or "openstacksdk"),
    {
        "list": ids,
        "public": lambda: ids(visibility="public"),
        "linux": linux,
        "sort": lambda: [image.name or "" for image in cloud.images(sort="name:asc")],
        "walk": lambda: ids(limit=7),
        "id": lambda: cloud.get_image(IDS["known"]).name,
        "name": lambda: [cloud.find_image(PLAN["name"]).id],
        "members": lambda: sorted(
            [member.member_id, member.status] for member in cloud.members(IDS["shared"])
        ),
        "pending": lambda: ids(visibility="shared", member_status="pending"),
        "bad": lambda: ids(limit="abc"),
        "unauthorized": lambda: [image.id for image in stranger().image.images()],
        "missing": lambda: cloud.get_image(IDS["unknown"]),
        "create": lambda: cloud.create_image(
            PLAN["name"], allow_duplicates=True, disk_format="raw", container_format="bare"
        ),
        "native": lambda: sorted(image.id for image in connected.imsv2.images()),
    },
    notes=["`images(__os_type=...)` drops the filter; `get('/images', params={...})` sends it."],
    cannot={"unauthorized": "It sends a token that nobody refuses."} if KIND == "none" else {},
)
