"""All operations with nothing but HTTP, for clients that know nothing of OpenStack."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from operations import IDS, LOGIN, PLAN, Operation, Refused


@dataclass
class Response:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes | None], Response]
"""Sends method, URL, headers and body."""


@dataclass
class Cloud:
    """A cloud that a client logs in to when it first asks something."""

    send: Send
    token: str = ""
    endpoint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def log_in(self, password: str) -> None:
        """Get a token; the image service is where the catalog says."""
        domain = {"id": "default"}
        user = {"name": LOGIN["username"], "password": password, "domain": domain}
        scope = {"project": {"name": LOGIN["project_name"], "domain": domain}}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self.send("POST", f"{PLAN['auth_url']}/auth/tokens", headers, body)
        if answer.status != 201:
            raise Refused(answer.status, answer.body.decode())
        self.token = answer.headers["x-subject-token"]
        [image] = [
            one for one in json.loads(answer.body)["token"]["catalog"] if one["type"] == "image"
        ]
        [self.endpoint] = [
            one["url"].rstrip("/")
            for one in image["endpoints"]
            if (one["region"], one["interface"]) == (PLAN["region"], "public")
        ]

    def ask(self, path: str, method: str = "GET", body: Any = None, token: str = "") -> Any:
        """Return the JSON of an answer."""
        if not self.token:
            self.log_in(LOGIN["password"])
        headers = {"Accept": "application/json", "X-Auth-Token": token or self.token}
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        answer = self.send(method, self.endpoint + path, headers, data)
        if answer.status >= 400:
            raise Refused(answer.status, answer.body.decode())
        return json.loads(answer.body)

    def images(self, query: str) -> list[dict[str, Any]]:
        """Return all images, following each `next`."""
        images: list[dict[str, Any]] = []
        path: str | None = f"/v2/images?{query}"
        while path:
            page = self.ask(path)
            images += page["images"]
            link = urlsplit(page.get("next", ""))
            path = f"{link.path}?{link.query}" if link.path else None
        return images

    def ids(self, query: str) -> list[str]:
        """Return the ids of all images."""
        return [image["id"] for image in self.images(query)]


def operations(send: Send) -> dict[str, Operation]:
    """Return all operations."""
    cloud = Cloud(send)
    return {
        "list": lambda: sorted(cloud.ids("")),
        "public": lambda: sorted(cloud.ids("visibility=public")),
        "linux": lambda: sorted(cloud.ids("__os_type=Linux&limit=100")),
        "sort": lambda: [image["name"] or "" for image in cloud.images("sort=name:asc&limit=100")],
        "walk": lambda: sorted(cloud.ids("limit=7")),
        "id": lambda: cloud.ask(f"/v2/images/{IDS['known']}")["name"],
        "name": lambda: cloud.ids(f"name={quote(PLAN['name'])}"),
        "members": lambda: sorted(
            [member["member_id"], member["status"]]
            for member in cloud.ask(f"/v2/images/{IDS['shared']}/members")["members"]
        ),
        "bad": lambda: cloud.ids("limit=abc"),
        "unauthorized": lambda: cloud.ask("/v2/images", token="wrong"),
        "missing": lambda: cloud.ask(f"/v2/images/{IDS['unknown']}"),
        "pending": lambda: sorted(cloud.ids("visibility=shared&member_status=pending")),
        "create": lambda: cloud.ask("/v2/images", "POST", {"name": "made"}),
    }
