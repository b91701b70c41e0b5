"""Synthetic pages of images, and cassettes of them that our own code writes."""

import json
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data.headers import HEADERS
from glancetape import __version__
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.writing.writer import CassetteWriter

KEY = "a key of the benchmarks only"
ORIGIN = "http://127.0.0.1:9292"
_PAGE_SIZE = 25
_STAND_IN = "facade00"  # ids that begin so are stand-ins: recorded, they stay as they are
_RICH, _PLAIN = 17, 0


@dataclass(frozen=True, slots=True)
class Page:
    """A request target and the body of its answer."""

    target: str
    body: bytes


def page(target: str, seed: int, properties: int = _RICH) -> Page:
    """Make a page of 25 images as Glance writes it; with 17 properties each it has 28 kB."""
    rng = random.Random(seed)
    listing = {
        "images": [_image(rng, properties) for _ in range(_PAGE_SIZE)],
        "first": "/v2/images",
        "next": f"/v2/images?marker={_uuid(rng)}",
        "schema": "/v2/schemas/images",
    }
    return Page(target, json.dumps(listing).encode())


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _image(rng: random.Random, properties: int) -> dict[str, object]:
    name = _uuid(rng)
    made = f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T10:15:{rng.randint(0, 59):02}Z"
    image: dict[str, object] = {
        f"__property_{number:02}": rng.choice(("true", "false", "Ubuntu", "FusionCompute"))
        for number in range(properties)
    }
    return image | {
        "name": f"ubuntu-{rng.randint(18, 24)}.04-server-{rng.randint(0, 10**6)}",
        "disk_format": rng.choice(("qcow2", "raw", "zvhd2")),
        "container_format": "bare",
        "visibility": rng.choice(("public", "private", "shared")),
        "size": rng.randint(10**6, 10**11),
        "virtual_size": None,
        "status": "active",
        "checksum": f"{rng.getrandbits(128):032x}",
        "protected": False,
        "min_ram": 0,
        "min_disk": rng.choice((0, 10, 40)),
        "owner": f"{_STAND_IN}{rng.choice((11, 12, 13)):024x}",
        "os_hidden": False,
        "id": name,
        "created_at": made,
        "updated_at": made,
        "tags": ["bench"],
        "self": f"/v2/images/{name}",
        "file": f"/v2/images/{name}/file",
        "schema": "/v2/schemas/image",
    }


def marker_target(seed: int) -> str:
    """Name a page behind some marker: another seed, another page."""
    return f"/v2/images?limit={_PAGE_SIZE}&marker={_uuid(random.Random(seed))}"


def varied_pages() -> list[Page]:
    """Make the pages of 20 queries that differ in their filters, sorting and paging."""
    queries = [
        f"{filters}&sort_key={key}&sort_dir=asc&limit=25"
        for filters in ("visibility=public", "status=active&disk_format=qcow2", "name=in:a,b", "x=")
        for key in ("name", "size", "id", "updated_at", "min_disk")
    ]
    return [page(f"/v2/images?{query}", seed) for seed, query in enumerate(queries, start=100)]


def upstream_pages() -> dict[bytes, bytes]:
    """Make the pages of the service that is recorded, by how a request's target ends.

    Each differs from the others, as the pages of a walk do, and holds ids of real owners, which
    recording has to replace.
    """
    return {
        f"{number:02x}".encode(): page("", number).body.replace(_STAND_IN.encode(), b"5e1f00d0")
        for number in range(256)
    }


def recorded_pages(count: int) -> Iterable[Page]:
    """Make the many pages of the big cassette, their images with fewer properties."""
    return (page(marker_target(seed), seed, _PLAIN) for seed in range(count))


def write_cassette(path: Path, pages: Iterable[Page]) -> None:
    """Write a cassette through our redaction, layout and writer."""
    stand_ins = StandIns(KEY.encode())
    redactor = Redactor(stand_ins)
    writer = CassetteWriter(path, f"glancetape {__version__}", Redaction(stand_ins.key_id))
    try:
        writer.append([_item(redactor, one) for one in pages])
    finally:
        writer.close()


def _item(redactor: Redactor, recorded: Page) -> str:
    request = Request("GET", ORIGIN + recorded.target, HEADERS)
    response = Response(200, "OK", (("Content-Type", "application/json"),), recorded.body)
    redacted = redactor.interaction(Interaction(request, response, "2026-01-01T00:00:00Z"))
    return emit(
        redacted.interaction, redacted.request_body.readable(), redacted.response_body.readable()
    )
