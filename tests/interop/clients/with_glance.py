# pyright: reportMissingImports=false
"""The operations with the `glance` command, each as a call of its own."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout

import glanceclient
from glanceclient.shell import OpenStackImagesShell
from operations import IDS, LOGIN, PLAN, Refused, perform


def glance(*words: str, username: str = LOGIN["username"]) -> list[list[str]]:
    """Return the rows of the table that the command prints."""
    named = {
        "auth-url": PLAN["auth_url"],
        "username": username,
        "password": LOGIN["password"],
        "project-name": LOGIN["project_name"],
        "user-domain-id": "default",
        "project-domain-id": "default",
        "region-name": PLAN["region"],
    }
    start = [word for name, value in named.items() for word in (f"--os-{name}", value)]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            OpenStackImagesShell().main([*start, *words])
        except SystemExit as ended:
            said = err.getvalue()
            raise Refused(404 if "No image with an ID" in said else None, said) from ended
    lines = [line for line in out.getvalue().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def ids(*words: str) -> list[str]:
    """Return the ids that `image-list` prints."""
    return sorted(image_id for image_id, *_ in glance("image-list", *words))


def names() -> list[str]:
    """Return all names, in the order in which the command asks for them by itself."""
    return ["" if name == "None" else name for _, name, *_ in glance("image-list")]


sys.stdin = io.StringIO("")
perform(
    glanceclient.__version__,
    {
        "list": ids,
        "public": lambda: ids("--visibility", "public"),
        "linux": lambda: ids("--property-filter", "__os_type=Linux"),
        "sort": names,
        "walk": lambda: ids("--page-size", "7"),
        "id": lambda: dict(glance("image-show", IDS["known"]))["name"],
        "name": lambda: ids("--property-filter", f"name={PLAN['name']}"),
        "members": lambda: sorted(
            [member, status]
            for _, member, status in glance("member-list", "--image-id", IDS["shared"])
        ),
        "pending": lambda: ids("--visibility", "shared", "--member-status", "pending"),
        "bad": lambda: ids("--property-filter", "created_at=gt:yesterday"),
        "unauthorized": lambda: glance("image-list", username="nobody"),
        "missing": lambda: glance("image-show", IDS["unknown"]),
        "create": lambda: glance(
            *("image-create", "--name", "made"),
            *("--disk-format", "raw", "--container-format", "bare"),
        ),
    },
)
