"""A secret in packed data is not stored, in whatever it is packed and wherever that lies."""

import base64
import io
import zipfile
from collections.abc import Callable
from random import Random
from urllib.parse import unquote

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import scan_interaction
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import share_of
from support.secrets.hostile_texts import bomb
from support.secrets.packing import BODY_PLACES, NAMED, NAMELESS, PLAIN, TEXT_PLACES, draw
from support.secrets.positions import SECRET

KEY = StandIns(b"a key for these tests")
DRAWS = 600


def _stored(interaction: Interaction) -> bytes:
    """All that a cassette would hold of an interaction, also without percent-encoding."""
    found = Redactor(KEY).interaction(interaction)
    headers = (*found.interaction.request.headers, *found.interaction.response.headers)
    bodies = [
        from_readable(one.readable(), "body") for one in (found.request_body, found.response_body)
    ]
    texts = [found.interaction.request.uri, *(value for _, value in headers)]
    texts += [body.decode("latin-1") for body in bodies]
    readings = [*texts, *map(unquote, texts), *(unquote(unquote(one)) for one in texts)]
    return "\n".join(readings).encode("latin-1", "replace")


def _leaks(interaction: Interaction, shown: list[bytes]) -> bool:
    stored = _stored(interaction)
    in_one_line = b"".join(stored.replace(rb"\n", b"").split())
    return SECRET.encode() in stored or any(one in stored or one in in_one_line for one in shown)


def test_no_packed_secret_is_stored() -> None:
    """The oracle knows the packed bytes, and looks for them."""
    draws = [draw(Random(seed)) for seed in range(share_of(DRAWS))]

    assert [] == [how for how, interaction, shown in draws if _leaks(interaction, shown)]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NAMED)
def test_scan_finds_what_is_packed(name: str) -> None:
    """In each place of a body and of text."""
    raw = NAMED[name](PLAIN[0])
    text = base64.b64encode(raw).decode()
    interactions = {
        **{place: make(raw) for place, make in BODY_PLACES.items()},
        **{place: make(text) for place, make in TEXT_PLACES.items()},
    }

    assert [] == [place for place, one in interactions.items() if not scan_interaction(one)]


@pytest.mark.parametrize("place", BODY_PLACES)
@pytest.mark.parametrize("name", NAMELESS)
def test_a_body_that_nobody_can_read_is_replaced_whole(name: str, place: str) -> None:
    """It is neither text, nor a list of images, nor the data of an image."""
    raw = NAMELESS[name](PLAIN[0])

    assert raw not in _stored(BODY_PLACES[place](raw))


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("/v2/images/1/file", True),
        ("/image/v2.9/images/1/stage", True),
        ("/v1/images/1", True),
        ("/v2/images/1", False),
        ("/v2/images/1/file/x", False),
        ("/v2/images?x=/v2/images/1/file", False),
        ("/v1/AUTH_x/container/object", False),
    ],
)
def test_the_data_of_an_image_is_kept(path: str, is_kept: bool) -> None:
    """Byte for byte, as clients check its sum; a secret in it is replaced all the same."""
    disk = b"QFI\xfb\x00\x00\x00\x03" + bytes(range(256)) * 4
    request = Request("GET", f"http://glance:9292{path}")

    def stored(body: bytes) -> bytes:
        answer = Interaction(request, Response(200, "OK", (), body))
        return from_readable(Redactor(KEY).interaction(answer).response_body.readable(), "body")

    assert (disk if is_kept else b"REDACTED") == stored(disk)
    assert SECRET.encode() not in stored(disk + f"\npassword={SECRET}\n".encode() + disk)


@pytest.mark.parametrize(
    "body",
    [
        "größer als erlaubt: 64 GiB, bitte wählen Sie".encode("latin-1"),
        b"\x1b[31m404\x1b[0m no image",
        "没有这样的镜像".encode(),
        "<html><meta charset=gbk><title>没有</title></html>".encode("gbk"),
    ],
    ids=["latin-1", "colours", "UTF-8", "GBK in markup"],
)
def test_text_in_any_encoding_is_kept(body: bytes) -> None:
    """It has no control characters but those of a terminal, and mostly ASCII or UTF-8."""
    answer = Interaction(
        Request("GET", "http://glance:9292/v2/images"), Response(404, "Not Found", (), body)
    )
    redacted = Redactor(KEY).interaction(answer).response_body

    assert body == from_readable(redacted.readable(), "body")


def test_signatures_and_checksums_in_base64_are_kept() -> None:
    """Random data is no packed data: of 3,000 values fewer than one in a hundred is replaced."""
    rng = Random(5)
    values = [
        base64.b64encode(rng.randbytes(rng.choice((16, 32, 64)))).decode() for _ in range(3000)
    ]
    body = ("[" + ",".join(f'"{value}"' for value in values) + "]").encode()
    answer = Interaction(
        Request("GET", "http://glance:9292/v2/images"), Response(200, "OK", (), body)
    )

    stored = from_readable(Redactor(KEY).interaction(answer).response_body.readable(), "body")

    assert stored.count(b"REDACTED") < 30


WIDE = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("zeros", range(1, 16))
def test_zeros_among_the_first_bytes_are_those_of_binary_data(zeros: int, encoding: str) -> None:
    """Wherever they are, unless the whole body is text in one encoding."""
    first = bytes(0 if zeros >> place & 1 else 97 + place for place in range(4))
    secret = f"password={SECRET}".encode(encoding)
    named = b"\0password\0" + SECRET.encode()
    for more in (named, named + b"\0", b"", b"  "):
        stored = _stored(BODY_PLACES["answer"](first + secret + more))

        assert secret not in stored
        assert SECRET.encode() not in stored


@pytest.mark.parametrize("marks", [1, 2, 3, 2000])
@pytest.mark.parametrize("encoding", WIDE)
def test_text_with_several_byte_order_marks_is_redacted_as_json(encoding: str, marks: int) -> None:
    text = "\ufeff" * marks + f'{{"os_password": "{SECRET}", "a": "b"}}'
    stored = _stored(BODY_PLACES["answer"](text.encode(encoding)))

    assert SECRET.encode(encoding) not in stored


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_deep_json_is_redacted_in_each_encoding(encoding: str) -> None:
    deep = "[" * 9000 + f'{{"os_password": "{SECRET}"}}' + "]" * 9000

    assert SECRET.encode(encoding)[-32:] not in _stored(
        BODY_PLACES["answer"](deep.encode(encoding))
    )


HARMLESS = b"nothing but words " * 5


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def _streamed(files: dict[str, bytes]) -> bytes:
    """With the sizes behind each content, as a program writes that cannot go back."""

    class Stream(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += data
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.written


def _is_kept(body: bytes) -> bool:
    answer = BODY_PLACES["answer"](body)
    redacted = Redactor(KEY).interaction(answer).response_body
    return from_readable(redacted.readable(), "body") == body


TWO = {"a.txt": HARMLESS, "b.txt": HARMLESS}
KEPT: dict[str, bytes] = {
    "deflated": _zip(TWO),
    "stored": _zip(TWO, zipfile.ZIP_STORED),
    "bzip2": _zip(TWO, zipfile.ZIP_BZIP2),
    "streamed": _streamed(TWO),
    "empty": _zip({}),
    "with a folder": _zip({"a/": b"", "a/b.txt": HARMLESS}),
    "in another": _zip({"a.zip": _zip(TWO)}),
}


@pytest.mark.parametrize("name", KEPT)
def test_an_archive_without_a_secret_is_kept(name: str) -> None:
    assert _is_kept(KEPT[name])


def _moved(archive: bytes, place: int, more: bytes) -> bytes:
    """An archive with bytes put into it, with the offsets in it as they have to be then."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        directory, offsets = file.start_dir, [one.header_offset for one in file.infolist()]
    moved = bytearray(archive)
    at = directory
    for offset in offsets:
        if offset >= place:
            moved[at + 42 : at + 46] = (offset + len(more)).to_bytes(4, "little")
        at += 46 + sum(moved[at + n] + 256 * moved[at + n + 1] for n in (28, 30, 32))
    end = archive.rindex(b"PK\x05\x06")
    moved[end + 16 : end + 20] = (directory + len(more)).to_bytes(4, "little")
    return bytes(moved[:place]) + more + bytes(moved[place:])


def _unlisted(secret: bytes) -> bytes:
    """A local entry alone, as it is left when an entry is taken out of the directory."""
    whole = _zip({"x.txt": secret})
    return whole[: whole.index(b"PK\x01\x02")]


def _extra(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("a.txt")
        entry.extra = b"\xef\xbe" + len(content).to_bytes(2, "little") + content
        archive.writestr(entry, HARMLESS)
    return file.getvalue()


def _places(archive: bytes) -> list[int]:
    """Before the first entry, between two, before the directory, and at the end."""
    second = archive.index(b"PK\x03\x04", 4)
    return [0, second, archive.index(b"PK\x01\x02"), len(archive)]


BESIDE: dict[str, Callable[[bytes], bytes]] = {
    "an entry that is not listed": _unlisted,
    "one that is not listed, of a harmless name": lambda plain: _unlisted(plain[::-1]),
    "bytes without a form": lambda plain: bytes(255 - byte for byte in plain),
    "text": lambda plain: b"PK\x03\x04" + plain,
}


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("make", [_zip, _streamed], ids=["with sizes first", "streamed"])
def test_an_archive_with_something_beside_its_entries_is_replaced(
    make: Callable[[dict[str, bytes]], bytes], name: str, place: int
) -> None:
    """Python reads the same entries from it as from the one without."""
    whole = make(TWO)
    more = BESIDE[name](PLAIN[0])
    body = _moved(whole, _places(whole)[place], more)
    if place < 3:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            assert TWO == {one: archive.read(one) for one in archive.namelist()}

    assert not _is_kept(body)
    assert more not in _stored(BODY_PLACES["answer"](body))


def test_an_archive_with_an_unknown_extra_field_is_replaced() -> None:
    """Its content has no form that is known here."""
    assert not _is_kept(_extra(PLAIN[0]))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_bytes_behind_what_an_entry_unpacks_to_are_no_hiding_place(method: int) -> None:
    """The packed size is larger than what is unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a.txt", HARMLESS)
        size = archive.infolist()[0].compress_size
    whole = file.getvalue()
    more = bytes(255 - byte for byte in PLAIN[0])
    longer = bytearray(_moved(whole, whole.index(b"PK\x01\x02"), more))
    directory = longer.index(b"PK\x01\x02")
    for at in (18, directory + 20):
        longer[at : at + 4] = (size + len(more)).to_bytes(4, "little")

    assert not _is_kept(bytes(longer))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("pack", ["zip", "gzip", "xz", "zstandard"])
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_bomb_is_replaced(levels: int, pack: str) -> None:
    """It holds no secret, but is not unpacked to its end. `scripts/bench` measures the time."""
    content = bomb(pack, levels)

    text = Redactor(KEY).interaction(TEXT_PLACES["member"](base64.b64encode(content).decode()))

    assert not _is_kept(content)
    assert b"REDACTED" in text.response_body.text_bytes()
