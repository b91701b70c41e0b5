"""How much a compressed file may hold."""

import gzip
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import regular_file
from glancetape_cassettes.formats.cassette import load_cassette

_PACKED: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "a cassette, with gzip": (b"interactions: []\n", gzip.compress),
    "a HAR file, with gzip": (b'{"log": {"version": "1.2", "entries": []}}', gzip.compress),
    "a HAR file, with zlib": (b'{"log": {"version": "1.2", "entries": []}}', zlib.compress),
}


@pytest.mark.parametrize("case", _PACKED)
def test_a_small_file_that_holds_too_much_is_refused(case: str, tmp_path: Path) -> None:
    plain, packed = _PACKED[case]
    file = tmp_path / "a.zhar"
    file.write_bytes(packed(plain + b" " * (65 << 20)))

    with pytest.raises(CassetteError, match=r"a\.zhar: larger than 64 MiB when decompressed"):
        load_cassette(file)


def test_a_large_file_may_hold_as_much_as_pages_of_images_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The limit of small files is lowered, so that a page exceeds it."""
    monkeypatch.setattr(regular_file, "_MOST_OF_SMALL", 1000)
    draws = random.Random(7)
    images = [
        {"id": f"{draws.getrandbits(128):032x}", "visibility": "public", "size": 1 << 30}
        for _ in range(500)
    ]
    plain = json.dumps({"images": images}).encode()

    assert plain == regular_file.unzipped(gzip.compress(plain), tmp_path)
