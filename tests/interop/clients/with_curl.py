"""The operations with `curl`, a process for each request."""

import subprocess
from collections.abc import Mapping

from operations import perform
from plain_http import Response, operations


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
    """Send a request."""
    command = [
        "curl",
        "--silent",
        "--show-error",
        "--globoff",
        "--include",
        "--suppress-connect-headers",
    ]
    command += [
        "--request",
        method,
        *(part for name, text in headers.items() for part in ("--header", f"{name}: {text}")),
    ]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run([*command, url], input=body, capture_output=True, check=True, timeout=60)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Response(
        int(first.split()[1]), {name.lower(): text.strip() for name, _, text in pairs}, content
    )


[version, *_] = subprocess.run(
    ["curl", "--version"], capture_output=True, text=True, check=True
).stdout.splitlines()
perform(version.split()[1], operations(send))
