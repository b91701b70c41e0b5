"""A project of a user, in which pytest runs in this process.

Pytester forgets the modules that a run has loaded. They are loaded here, once: it takes time, and
a second asyncio in a process has another CancelledError than the first.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.interaction import Request, Response
from support.clouds import walked_cassettes
from support.clouds.recorded import get, ok, write_cassette
from support.running.log_levels import as_in_a_new_process

for _name in (
    "glancetape.pytest_plugin.running",
    "glancetape.pytest_plugin.summary",
    "glancetape.wire.addon_hooks",
    "glancetape.wire.serving.server_thread",
    "glancetape.wire.mitmproxy_runner",
    "glancetape_cassettes.imageset.making.importing",
    "glancetape_generators.generating",
    "glancetape_generators.spec.reading",
    "mitmproxy.addons",
    "requests",
):
    import_module(_name)

HELPERS = '''
import json, os, socket, subprocess, sys, unittest, urllib.error, urllib.request
import pytest

def ask(url, method="GET", body=None, **headers):
    """Status and text of an answer; errors are swallowed, as many clients do."""
    request = urllib.request.Request(url, method=method, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()

def names(endpoint, query=""):
    status, text = ask(f"{endpoint.url}/v2/images{query}", **endpoint.headers)
    assert status == 200, text
    return [image["name"] for image in json.loads(text)["images"]]
'''


class Project:
    """A folder with tests, cassettes and a configuration."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.cassettes = self.path / "cassettes"
        self.cassettes.mkdir()
        walked_cassettes.recorded(
            self.cassettes / "walk.yaml", walked_cassettes.cloud_of(), "visibility=public"
        )

    def write(self, name: str, pairs: list[tuple[Request, Response]]) -> Path:
        """Write a cassette."""
        (self.cassettes / name).parent.mkdir(exist_ok=True)
        return write_cassette(self.cassettes / name, pairs)

    def pages(self, name: str, *targets: str) -> Path:
        """Write a cassette of one page for each target."""
        body = json.dumps({"images": [{"name": name}]}).encode()
        return self.write(name, [(get(target), ok(body)) for target in targets])

    def test(self, code: str, name: str = "test_it") -> None:
        """Write a test module."""
        self.pytester.makepyfile(**{name: HELPERS + code})

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest here, in this process."""
        with as_in_a_new_process():
            return self.pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    def passes(self, *arguments: str, **outcomes: int) -> pytest.RunResult:
        """Run and compare how many tests passed, failed and so on."""
        result = self.run(*arguments)
        result.assert_outcomes(**outcomes)
        return result


def in_another_process(code: str) -> str:
    """A line of a test that runs code in another process."""
    return f"subprocess.run([{sys.executable!r}, '-c', {code!r}], check=True)"


def report_of(path: Path) -> Any:
    """The report that a run wrote."""
    return json.loads(path.read_text())
