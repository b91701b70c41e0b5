"""Records the sample cassettes from a real Glance: `scripts/record-samples [FOLDER]`.

What is asked stands in `WALK` and `FILTERS`; cassettes/samples/README.md says it in words.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from glancetape_cassettes.redaction.stand_ins import KEY_VARIABLE
from support.images.varied import PROJECTS, varied_images
from support.interop.commands import serving
from support.interop.glance import start_glance

SAMPLES = Path(__file__).parents[3] / "cassettes" / "samples"
KEY = "the key of glancetape's samples; it protects nothing"
"""Known to everybody: the ids behind the stand-ins are made up. Never record with it yourself."""
HOST = "glance.example:9292"
"""Stands in the samples where the Glance of the day had its address."""

JSON, HTML = "application/json", "*/*"
MEMBER = f"alice:{PROJECTS[0]}:member"
NOBODY = f"alice:{PROJECTS[0]}:nobody"


@dataclass(frozen=True)
class Question:
    """A request: its target, who asks, and in which form errors are wanted."""

    target: str
    token: str | None = MEMBER
    accept: str = JSON

    def headers(self) -> dict[str, str]:
        """Return all headers, so that no version of a library shows in a sample."""
        always = {"User-Agent": "glancetape-samples", "Accept-Encoding": "gzip, deflate"}
        return (
            always | {"Accept": self.accept} | ({"X-Auth-Token": self.token} if self.token else {})
        )


WALK = (
    Question("/", token=None),
    Question("/versions", token=None),
    Question("/v2/schemas/image"),
    Question("/v2/images?limit=7"),  # and each `next`
)
FILTERS = (
    Question("/v2/images?visibility=public&limit=5"),
    Question("/v2/images?visibility=private"),
    Question("/v2/images?visibility=community&status=active"),
    Question("/v2/images?visibility=shared&member_status=pending"),
    Question(f"/v2/images?owner={PROJECTS[0]}&limit=4"),
    Question(f"/v2/images?owner={PROJECTS[1]}&limit=4"),
    Question("/v2/images?tag=x86"),
    Question("/v2/images?tag=a%3Db&tag=x86"),
    Question("/v2/images?name=zebra"),
    Question("/v2/images?name=in:zebra,Zebra,%22a,b,c%22"),
    Question("/v2/images?name=%E9%95%9C%E5%83%8F"),
    Question("/v2/images?status=in:queued,saving"),
    Question("/v2/images?created_at=gt:2020-01-01T00:00:00Z&limit=6"),
    Question("/v2/images?size_min=1&size_max=20000000000&limit=3"),
    Question("/v2/images?protected=true&limit=3"),
    Question("/v2/images?os_hidden=true"),
    Question("/v2/images?__os_type=Windows&__imagetype=gold"),
    Question("/v2/images?__platform=Red+Hat"),
    Question("/v2/images?sort_key=name&sort_dir=asc&limit=5"),
    Question("/v2/images?sort_key=size&sort_dir=desc&sort_key=id&sort_dir=asc&limit=5"),
    Question("/v2/images?sort=name:asc,created_at:desc&limit=5"),
    Question("/v2/images?name=nobody+has+this+name"),
    *(
        Question(target, accept=accept)
        for accept in (JSON, HTML)
        for target in (
            "/v2/images?limit=abc",
            "/v2/images?limit=-1",
            "/v2/images?marker=00000000-0000-4000-8000-000000000000",
            "/v2/images?sort_key=colour",
            "/v2/images?sort_dir=up",
            "/v2/images?visibility=secret",
            "/v2/images?created_at=gt:yesterday",
        )
    ),
    # The same question of three callers.
    Question("/v2/images?limit=2"),
    *(
        Question("/v2/images?limit=2", token, accept)
        for accept in (JSON, HTML)
        for token in (None, NOBODY)
    ),
)


def walk(url: str) -> None:
    """Ask what `WALK` names and follow the pages to their end."""
    for question in WALK:
        target: str | None = question.target
        while target is not None:
            found = get(url, target, question.headers()).json()
            target = found.get("next")


def filters(url: str) -> None:
    """Ask what `FILTERS` names, one page each."""
    for question in FILTERS:
        get(url, question.target, question.headers())


RECORDERS: dict[str, Callable[[str], None]] = {"walk.yaml": walk, "filters.yaml": filters}


def get(url: str, target: str, headers: Mapping[str, str]) -> requests.Response:
    """Ask with these headers alone."""
    with requests.Session() as session:
        session.headers.clear()
        session.trust_env = False  # no proxy of the machine's
        return session.get(url + target, headers=headers, timeout=60)


def record_samples(folder: Path) -> None:
    """Record every sample into a folder; what stands there is replaced at the end."""
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="samples-")))
        glance = start_glance(varied_images(60, seed=7), temporary)
        stack.callback(glance.stop)
        for name, ask in RECORDERS.items():
            cassette = temporary / name
            options = ("--upstream", glance.url, "--cassette", cassette)
            with serving("record", *options, **{KEY_VARIABLE: KEY}) as proxy:
                ask(proxy)
            text = cassette.read_text("utf-8").replace(urlsplit(glance.url).netloc, HOST)
            (folder / name).write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Record the samples into the folder that is named, else where they are kept."""
    parser = argparse.ArgumentParser(prog="record-samples", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    record_samples(folder)
    for name in RECORDERS:
        sys.stdout.write(f"recorded {folder / name}\n")


if __name__ == "__main__":
    main()
