# pyright: reportMissingImports=false
"""The operations with the `openstack` command, in one shell as in its interactive mode."""

import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from typing import Any

from openstackclient.shell import OpenStackShell
from operations import IDS, LOGIN, PLAN, Refused, perform


def options(username: str) -> list[str]:
    """Return what each call of the command begins with."""
    named = {
        "auth-type": "password",
        "auth-url": PLAN["auth_url"],
        "username": username,
        "password": LOGIN["password"],
        "project-name": LOGIN["project_name"],
        "user-domain-id": "default",
        "project-domain-id": "default",
        "region-name": PLAN["region"],
    }
    return [word for name, value in named.items() for word in (f"--os-{name}", value)]


class Command:
    """A shell that is logged in."""

    def __init__(self, username: str) -> None:
        """Log in with the first command."""
        self.start = options(username)
        self.shell: Any = None
        # The shell keeps the streams that it finds first.
        self.out, self.err = io.StringIO(), io.StringIO()

    def printed(self, *words: str) -> Any:
        """Return the JSON that a command prints. Raises Refused with what it says."""
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        command = [*words, "-f", "json"]
        with redirect_stdout(self.out), redirect_stderr(self.err):
            if self.shell is None:
                self.shell = OpenStackShell()
                status = self.shell.run([*self.start, *command])
            else:
                status = self.shell.run_subcommand(command)
        if status:
            said = self.err.getvalue()
            number = re.search(r"\b(4\d\d|501)\b", said)
            absent = "No Image found" in said
            raise Refused(404 if absent else int(number[1]) if number else None, said)
        return json.loads(self.out.getvalue())


openstack = Command(LOGIN["username"])


def ids(*words: str) -> list[str]:
    """Return the ids that `image list` prints."""
    return sorted(image["ID"] for image in openstack.printed("image", "list", *words))


def walk() -> list[str]:
    """Ask for pages as its user does, with the last id of each."""
    found: list[str] = []
    while True:
        after = ["--marker", found[-1]] if found else []
        page = openstack.printed("image", "list", "--limit", "7", "--sort", "", *after)
        if not page:
            return sorted(found)
        found += [image["ID"] for image in page]


def names() -> list[str]:
    """Return the names in the order in which the command sorts them itself, None as a word."""
    found = [image["Name"] for image in openstack.printed("image", "list", "--sort", "name:asc")]
    if found != sorted(found, key=str):
        raise AssertionError(f"not sorted: {found}")
    return sorted(name or "" for name in found)


sys.stdin = io.StringIO("")
perform(
    version("python-openstackclient"),
    {
        "list": ids,
        "public": lambda: ids("--public"),
        "linux": lambda: ids("--property", "__os_type=Linux"),
        "sort": names,
        "walk": walk,
        "id": lambda: openstack.printed("image", "show", IDS["known"])["name"],
        "name": lambda: [openstack.printed("image", "show", PLAN["name"])["id"]],
        "members": lambda: sorted(
            [member["Member ID"], member["Status"]]
            for member in openstack.printed("image", "member", "list", IDS["shared"])
        ),
        "pending": lambda: ids("--shared", "--member-status", "pending"),
        "bad": lambda: ids("--name", 'in:"a'),
        "unauthorized": lambda: Command("nobody").printed("image", "list"),
        "missing": lambda: openstack.printed("image", "show", IDS["unknown"]),
        "create": lambda: openstack.printed("image", "create", "made"),
    },
    notes=["`image list --property` and `image list --sort` work on the images that were fetched."],
)
