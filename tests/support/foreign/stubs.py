"""Reading WireMock's stubs as its documentation describes them; it shares no code with the export.

https://wiremock.org/docs/request-matching/: all parts of `request` have to match, the stub with the
lowest priority is served, and `urlPattern` is matched with the whole path and query.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

BASE_URL = "{{request.baseUrl}}"


class Stubs:
    """The stubs of a folder that WireMock would be started with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[dict[str, Any]] = [
            stub
            for file in sorted((folder / "mappings").glob("*.json"))
            for stub in json.loads(file.read_bytes())["mappings"]
        ]

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], base: str = "http://stub"
    ) -> tuple[int, bytes]:
        """Status and body of the stub that WireMock would serve."""
        fitting = [one for one in self.all if _fits(one["request"], method, target, headers)]
        if not fitting:
            return 404, b""
        stub = min(fitting, key=lambda one: int(one["priority"]))["response"]
        return stub["status"], self._body(stub, base)

    def _body(self, stub: Mapping[str, Any], base: str) -> bytes:
        if "jsonBody" in stub:
            return json.dumps(stub["jsonBody"]).encode()
        if "base64Body" in stub:
            return base64.b64decode(stub["base64Body"])
        if "bodyFileName" in stub:
            body = (self.folder / "__files" / stub["bodyFileName"]).read_bytes()
        else:
            body = stub.get("body", "").encode()
        is_template = "response-template" in stub.get("transformers", ())
        return body.replace(BASE_URL.encode(), base.encode()) if is_template else body


def _fits(pattern: Mapping[str, Any], method: str, target: str, headers: Mapping[str, str]) -> bool:
    if pattern["method"] not in (method, "ANY") or not re.fullmatch(pattern["urlPattern"], target):
        return False
    query = parse_qs(urlsplit(target).query, keep_blank_values=True)
    wanted = pattern.get("queryParameters", {})
    if not all(_value_fits(one, query.get(name, ())) for name, one in wanted.items()):
        return False
    sent = {name.lower(): (value,) for name, value in headers.items()}
    wanted = pattern.get("headers", {})
    return all(_value_fits(one, sent.get(name.lower(), ())) for name, one in wanted.items())


def _value_fits(pattern: Mapping[str, Any], values: Sequence[str]) -> bool:
    ((kind, wanted),) = pattern.items()
    match kind:
        case "or":
            return any(_value_fits(one, values) for one in wanted)
        case "absent":
            return not values
        case "hasExactly":
            return len(values) == len(wanted) and all(
                any(_value_fits(one, (value,)) for value in values) for one in wanted
            )
        case "equalTo":
            return wanted in values
        case "matches":
            return any(re.fullmatch(wanted, value) for value in values)
        case "doesNotMatch":
            return bool(values) and not any(re.fullmatch(wanted, value) for value in values)
    raise AssertionError(f"WireMock has no {kind}, or this reader has not")
