"""A secret in data that programs pack, at random: what is packed in what, and where it lies.

The formats here are not taken from the tables of the redaction. What Python cannot write, such as
lz4, has its first bytes and the secret behind them: to whoever cannot read it, that is the same.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from urllib.parse import quote

import brotli
import zstandard

from glancetape_cassettes.interaction import Interaction
from support.secrets.positions import JSON_TYPE, SECRET, URI, answer, exchange

Packer = Callable[[bytes], bytes]


def _zip(plain: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("harmless.txt", "nothing")
        archive.writestr("a.json", plain)
    return file.getvalue()


def _zip_comment(plain: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("harmless.txt", "nothing")
        archive.comment = plain[:60_000]
    return file.getvalue()


def _tar(plain: bytes, mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo("etc/x")
        member.size = len(plain)
        archive.addfile(member, io.BytesIO(plain))
    return file.getvalue()


def _raw_deflate(plain: bytes) -> bytes:
    work = zlib.compressobj(wbits=-15)
    return work.compress(plain) + work.flush()


def _gzip_named(plain: bytes) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile("x.tar", "wb", fileobj=file, mtime=0) as packed:
        packed.write(plain)
    return file.getvalue()


def _like(magic: bytes) -> Packer:
    return lambda plain: magic + bytes(255 - byte for byte in plain)


NAMED: dict[str, Packer] = {
    "gzip": lambda plain: gzip.compress(plain, mtime=0),
    "gzip, the second of two": lambda plain: (
        gzip.compress(b"a", mtime=0) + gzip.compress(plain, mtime=0)
    ),
    "gzip, the third of three": lambda plain: (
        gzip.compress(b"a", mtime=0) * 2 + gzip.compress(plain, mtime=0)
    ),
    "gzip, cut off": lambda plain: gzip.compress(plain + b" " * 999, mtime=0)[:-3],
    "gzip, with a file name": _gzip_named,
    "zlib": zlib.compress,
    "zlib, level 2": lambda plain: zlib.compress(plain, 2),
    "zlib, two": lambda plain: zlib.compress(b"harmless") + zlib.compress(plain),
    "zstandard": lambda plain: zstandard.ZstdCompressor().compress(plain),
    "zstandard, two frames": lambda plain: (
        zstandard.ZstdCompressor().compress(b"a") + zstandard.ZstdCompressor().compress(plain)
    ),
    "bzip2": bz2.compress,
    "bzip2, the second of two": lambda plain: bz2.compress(b"a") + bz2.compress(plain),
    "xz": lzma.compress,
    "xz, the second of two": lambda plain: lzma.compress(b"a") + lzma.compress(plain),
    "lzma": lambda plain: lzma.compress(plain, format=lzma.FORMAT_ALONE),
    "zip": _zip,
    "zip, its comment": _zip_comment,
    "tar.gz": lambda plain: _tar(plain, "w:gz"),
    "tar.xz": lambda plain: _tar(plain, "w:xz"),
    "pickle 2": lambda plain: pickle.dumps({"password": plain}, 2),
    "pickle 5": lambda plain: pickle.dumps({"password": plain}, 5),
    "compress": _like(b"\x1f\x9d\x90"),
    "lz4": _like(b"\x04\x22\x4d\x18"),
    "7z": _like(b"7z\xbc\xaf\x27\x1c"),
    "rar": _like(b"Rar!\x1a\x07\x01\x00"),
    "lzip": _like(b"LZIP\x01"),
    "snappy": _like(b"\xff\x06\x00\x00sNaPpY"),
    "objects of Java": _like(b"\xac\xed\x00\x05"),
}
"""Formats that begin with bytes of their own."""
NAMELESS: dict[str, Packer] = {
    "brotli": lambda plain: brotli.compress(plain + bytes(range(256))),
    "deflate": lambda plain: _raw_deflate(plain + bytes(range(256))),
    "xor": lambda plain: bytes(byte ^ 0x95 for byte in plain),
    "tar": _tar,
    "message pack": lambda plain: b"\x82\xa8password\xd9" + bytes([len(plain) % 250]) + plain,
}
"""Bytes that look like any other binary data: a body of them is neither text nor a list."""
WRITTEN: dict[str, Packer] = {
    "base64": base64.b64encode,
    "base64 of a URL": base64.urlsafe_b64encode,
    "base64 without padding": lambda raw: base64.b64encode(raw).rstrip(b"="),
    "base64 in lines": base64.encodebytes,
    "base64 twice": lambda raw: base64.b64encode(base64.b64encode(raw)),
    "base64 below a path": lambda raw: b"/a/b/" + base64.urlsafe_b64encode(raw),
    "a data URL": lambda raw: b"data:x/y;base64," + base64.b64encode(raw),
    "base64, percent-encoded": lambda raw: quote(base64.b64encode(raw), "").encode(),
}
"""How binary data becomes text."""
PLAIN: tuple[bytes, ...] = (
    json.dumps({"os_password": SECRET, "a": "b" * 40}).encode(),
    f"#!/bin/sh\nexport DB_PASSWORD={SECRET}\necho {'done ' * 9}\n".encode(),
    f"machine h login joe password {SECRET}\n".encode() * 3,
    f"<a><adminPass>{SECRET}</adminPass>{'<b/>' * 12}</a>".encode(),
    f"postgres://joe:{SECRET}@db.example:5432/glance {'x ' * 20}".encode(),
)
TEXT_PLACES: dict[str, Callable[[str], Interaction]] = {
    "member": lambda text: answer({"images": [{"id": "1", "note": text}]}),
    "member below": lambda text: answer({"a": [{"b": {"c": ["x", text]}}]}),
    "JSON in a string": lambda text: answer({"meta": json.dumps({"x": [text]})}),
    "tag": lambda text: answer({"images": [{"tags": ["a", text]}]}),
    "JSON of a request": lambda text: exchange(
        body=json.dumps([{"op": "add", "path": "/note", "value": text}]).encode(),
        headers=JSON_TYPE,
    ),
    "parameter": lambda text: exchange(f"{URI}?limit=1&name={quote(text, safe='')}"),
    "path": lambda text: exchange(f"{URI}/{quote(text.replace('/', '_').strip(), safe='')}"),
    "text": lambda text: exchange(answer_body=f"what is {text} then".encode()),
    "form": lambda text: exchange(
        body=f"a=b&note={quote(text, safe='')}".encode(),
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
    ),
    "header": lambda text: exchange(headers=(("User-Agent", " ".join(text.split())),)),
    "link": lambda text: answer({"next": f"/v2/images?name={quote(text, safe='')}"}),
}
BODY_PLACES: dict[str, Callable[[bytes], Interaction]] = {
    "answer": lambda raw: exchange(answer_body=raw),
    "answer, said to be text": lambda raw: exchange(
        answer_body=raw, answer_headers=(("Content-Type", "text/plain"),)
    ),
    "request": lambda raw: exchange(body=raw),
    "multipart": lambda raw: exchange(
        body=b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + raw + b"\r\n--x--"
    ),
}


def draw(rng: Random) -> tuple[str, Interaction, list[bytes]]:
    """Draw a secret that is packed once to thrice; how, where, and the bytes that give it away."""
    plain = rng.choice(PLAIN)
    how = rng.choices(list(NAMED), k=rng.choice((1, 1, 2)))
    raw = plain
    for name in how:
        raw = NAMED[name](raw)
    if rng.random() < 0.35:
        if rng.random() < 0.5:
            name = rng.choice(list(NAMELESS))
            raw, how = NAMELESS[name](plain), [name]
        place = rng.choice(list(BODY_PLACES))
        return f"{' in '.join(how)}: {place}", BODY_PLACES[place](raw), [raw]
    written, place = rng.choice(list(WRITTEN)), rng.choice(list(TEXT_PLACES))
    text = WRITTEN[written](raw).decode()
    shown = [text.encode(), "".join(text.split()).encode(), base64.b64encode(raw)]
    return f"{' in '.join(how)}, {written}: {place}", TEXT_PLACES[place](text), shown
