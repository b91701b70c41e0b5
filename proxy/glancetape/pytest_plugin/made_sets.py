"""Image sets that tests ask for by spec, count and seed, or by their images.

Generated sets are kept in the user's cache folder, under a name that has all they depend on, so a
set is made once on a machine. Those that were not used for a month are removed.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import BadParameter, GlancetapeError, ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import CheckedFile
from glancetape_cassettes.imageset.image_fields import NUMBERS, BadImage, check_types, shown
from glancetape_cassettes.imageset.making.whole_file import remove_left
from glancetape_cassettes.version import __version__

_DAY = 24 * 3600
_UNUSED = 30 * _DAY
_HASH = 6  # bytes
_LONGEST_NAME = 60
_PLAIN = re.compile("[a-z]{1,12}(?:-[a-z]{1,12})?")
"""A name in which no secret is: letters of one case, without a value after a name."""
_ABOUT_FILES = r"; (?:write one image per line|--skip-bad)|\.\Z"
"""Where an error about a line of NDJSON begins to say what to do about the file."""
_OTHER_LINE = re.compile(r" of line ([0-9]+) (?=too\Z)")


def generated(spec: str, file: Path | None, count: int, seed: int, folder: Path) -> Path:
    """A set of `count` images like a preset or a spec's file, made unless it is kept already.

    One that is damaged is made again. Raises GlancetapeError for a spec that cannot be used, and
    OSError when the folder cannot be written.
    """
    content = file.read_bytes() if file is not None else b""
    name = safe_name(file.stem if file is not None else spec)
    digest = _digest(
        f"{__version__} {schema.VERSION}\0{spec if file is None else ''}".encode(),
        content,
        *_data(file, content),
    )
    path = folder / f"{name}-{count}-{seed}-{digest}.images"
    if not _is_whole(path):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / ".lock"):  # other processes of the same run want the same set
            if not _is_whole(path):
                path.unlink(missing_ok=True)
                _remove_unused(folder)
                _generate(str(file or spec), count, seed, path)
    with contextlib.suppress(OSError):
        if _age(path) > _DAY:  # another time is another file to those who have it open
            os.utime(path)
    return path


def _is_whole(path: Path) -> bool:
    """Whether a set is there from its beginning to its end; each test that uses it asks."""
    try:
        schema.database_length(path)
        CheckedFile(path).close()
    except (ImageSetError, OSError):
        return False
    return True


def safe_name(spec: str) -> str:
    """A spec's name as it may be in the name of a file and in a set: without secrets and signs.

    >>> safe_name("specs/../big region.yaml")
    'big-region.yaml'
    """
    if _PLAIN.fullmatch(spec):
        return spec
    from glancetape_cassettes.redaction.redactor import Redactor  # it takes longer than a test

    words = re.sub(r"[^\w.-]+", "-", Redactor(None).text(Path(spec).name))
    return words.strip("-.")[:_LONGEST_NAME] or "spec"


def _data(file: Path | None, content: bytes) -> Iterator[bytes]:
    """The data of images that a spec names, which are in other files."""
    if file is not None and b"data" in content:
        from glancetape_generators.spec.reading import read_spec

        yield from (one.data for one in read_spec(file).images if one.data is not None)


def _age(path: Path) -> float:
    """The seconds since a file was last used, up to a day more."""
    return time.time() - path.stat().st_mtime


def _generate(spec: str, count: int, seed: int, out: Path) -> None:
    from glancetape_generators.generating import generate_set
    from glancetape_generators.spec.reading import read_spec

    read = read_spec(spec)
    about = {
        "made_by": f"glancetape {__version__} pytest plugin",
        "made_from": f"spec {safe_name(spec)}, seed {seed}, count {count}",
        "dialect": read.dialect,
    }
    generate_set(read, count, seed, out, about)


def of_images(images: Sequence[Mapping[str, Any]], dialect: str | None, folder: Path) -> Path:
    """A set of the images of a marker, completed; made unless it is in the folder already.

    Raises GlancetapeError for an image that no cloud would have.
    """
    from glancetape.pytest_plugin.filling import PROJECT, fill, is_ims
    from glancetape_cassettes.cloud.dialect_names import NAMES
    from glancetape_cassettes.imageset.making.importing import import_ndjson

    plain = [_plain(number, one) for number, one in enumerate(images)]
    chosen = dialect or ("ims" if is_ims(plain) else "glance")
    if chosen not in NAMES:
        raise BadParameter(f"dialect: {chosen!r} is not one of {', '.join(NAMES)}.")
    lines = map(json.dumps, fill(plain, ims=chosen == "ims"))
    text = "".join(f"{line}\n" for line in lines).encode()
    path = folder / f"images-{_digest(chosen.encode(), text)}.images"
    if not path.exists():
        source = path.with_suffix(".ndjson")
        source.write_bytes(text)
        about = {"made_by": f"glancetape {__version__} pytest plugin", "made_from": "a marker"}
        try:
            import_ndjson(source, path, {**about, "dialect": chosen, "home_project": PROJECT})
        except ImageSetError as error:
            raise _of_marker(error, source) from error
    return path


def _plain(number: int, image: Mapping[Any, Any]) -> dict[str, Any]:
    """An image of a marker with values as JSON has them. Raises BadParameter, with the field.

    A number below 0 is refused here: an import takes what some cloud may have shown, but a test
    that writes one by itself has made a mistake.
    """
    found: dict[str, Any] = {}
    for name, value in image.items():
        if not isinstance(name, str):
            raise BadParameter(f"images[{number}]: {name!r} is not the name of a field.")
        try:
            text = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise BadParameter(
                f"images[{number}]: {shown(name, quoted=False)}: {error}."
            ) from error
        found[name] = json.loads(text)
    try:
        check_types(found)
    except BadImage as error:
        raise BadParameter(f"images[{number}]: {error}.") from error
    for name in NUMBERS:
        if (found.get(name) or 0) < 0:
            raise BadParameter(f"images[{number}]: {name} is {found[name]}, less than 0.")
    return found


def _of_marker(error: ImageSetError, source: Path) -> GlancetapeError:
    """An error about a line of our file, as one about an image of the marker."""
    prefix, _, rest = str(error).partition(", line ")
    number, _, why = rest.partition(": ")
    if prefix != str(source) or not number.isdecimal():
        return error
    why = re.split(_ABOUT_FILES, why)[0]
    why = _OTHER_LINE.sub(lambda other: f" of images[{int(other[1]) - 1}] ", why)
    return BadParameter(f"images[{int(number) - 1}]: {why}.")


def _digest(*parts: bytes) -> str:
    hashed = hashlib.blake2b(digest_size=_HASH)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        with contextlib.suppress(OSError):  # without locks some make the same set at once
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_unused(folder: Path) -> None:
    remove_left(folder)
    for path in folder.glob("*.images"):
        with contextlib.suppress(OSError):
            if _age(path) > _UNUSED:
                path.unlink()
