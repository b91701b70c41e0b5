"""Read a capture from an image set, a cassette or NDJSON, without its secrets."""

import codecs
import re
import secrets
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import GlancetapeError, ImageSetError
from glancetape_cassettes.formats.file_kinds import is_cassette
from glancetape_cassettes.formats.regular_file import A_FOLDER, is_database
from glancetape_cassettes.imageset.image_fields import BadImage
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.ndjson import ONE_A_LINE, image_of
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_generators.learning.capture import Capture
from glancetape_generators.spec.spec import Spec

_OPTIONS_OF_IMPORT = {
    "--home-project": "--project",
    "--dialect names one": "make an image set with `glancetape import --dialect` first",
}
"""An option of `import` that a message names -> what to use here."""
_SPEC = re.compile(rb"^(?:%s):" % "|".join(one.name for one in fields(Spec)).encode(), re.MULTILINE)
"""The beginning of a line of a spec."""
_AT_ONCE = 4096  # images; each reading of members reads all of a set
_BEGINNING = 1 << 16  # bytes in which a spec has one of its keys
_LONGEST = 16 << 20  # bytes of a line


def read_capture(
    path: Path, *, project: str | None, key_file: Path | None, kept_ids: bool
) -> Capture:
    """Read the images of a file; raises GlancetapeError.

    Of a cassette, these are the images that one project saw; `project` names it, and
    `key_file` has the key of its stand-in. A cassette that keeps ids is refused unless `kept_ids`.
    """
    if is_cassette(path):
        return _of_cassette(path, project, key_file, kept_ids=kept_ids)
    if project is not None or key_file is not None:
        raise GlancetapeError("--project and --key-file go with cassettes.")
    if _is_set(path):
        with ImageSet(path) as images:
            return Capture.of(_of_set(images))
    return Capture.of(_of_ndjson(path))


def _is_set(path: Path) -> bool:
    try:
        return is_database(path)
    except OSError as error:
        raise ImageSetError(f"{path}: {error.strerror or error}.") from error


def _redaction() -> ImageRedaction:
    # No other file has to have the same stand-ins, so the key is not kept.
    return ImageRedaction(key=secrets.token_bytes(32), options=RedactionOptions(keep_ids=True))


def _of_cassette(
    path: Path, project: str | None, key_file: Path | None, *, kept_ids: bool
) -> Capture:
    from glancetape_cassettes.deriving.keeping import import_cassette
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers
    from glancetape_cassettes.formats.cassette import load_cassette

    cassette = load_cassette(path)
    if cassette.redaction.keep_ids and not kept_ids:
        raise GlancetapeError(
            f"{path} was recorded with --keep-ids: it holds real ids of projects and users. "
            "--kept-ids learns from it all the same; the spec holds none of them."
        )
    callers = RecordedCallers.of([cassette], project, key_file)
    with temporary_folder() as folder:
        out = folder / "capture.images"
        try:
            import_cassette(callers, None, out, {}, redact=_redaction(), force=False)
        except GlancetapeError as error:
            sentence, *details = error.args
            for ours, here in _OPTIONS_OF_IMPORT.items():
                sentence = sentence.replace(ours, here)
            raise GlancetapeError(sentence, *details) from error
        with ImageSet(out) as images:
            return Capture.of(_of_set(images))


def _of_set(images: ImageSet) -> Iterator[dict[str, Any]]:
    for first in range(0, len(images), _AT_ONCE):
        last = min(first + _AT_ONCE, len(images))
        members = images.members_at(first, last)
        for position, image in enumerate(images.images_at(range(first, last)), first):
            if position in members:
                image["members"] = [
                    {"member_id": project, "status": status}
                    for project, status in members[position]
                ]
            yield image


def _refuse_spec(beginning: bytes, path: Path) -> None:
    """Raise ImageSetError for a file that begins like a spec."""
    if _SPEC.search(beginning):
        raise ImageSetError(
            f"{path} is a spec, not images; `glancetape generate --spec {word_of(path)}` makes "
            "some."
        ) from None


def _of_ndjson(path: Path) -> Iterator[dict[str, Any]]:
    redact = _redaction()
    number, seen = 0, set[str]()
    try:
        if path.is_dir():
            raise ImageSetError(f"{path}: {A_FOLDER}.")
        if path.exists() and not path.is_file():
            raise ImageSetError(f"{path} is not a regular file.")
        with path.open("rb") as file:
            while read := file.readline(_LONGEST):
                number += 1
                line = read.removeprefix(codecs.BOM_UTF8) if number == 1 else read
                if not line or line.isspace():
                    continue
                if len(line) == _LONGEST:
                    raise BadImage(f"it has over {_LONGEST >> 20} MiB")
                try:
                    image, _, _ = image_of(line)
                except BadImage:
                    if not seen:
                        _refuse_spec(line + file.read(_BEGINNING), path)
                    raise
                if image["id"] in seen:
                    raise BadImage("its id is that of an earlier line")
                seen.add(image["id"])
                yield redact(image)[0]
    except BadImage as error:
        hint = "`glancetape import --skip-bad` makes a set without such lines"
        raise ImageSetError(
            f"{path}, line {number}: {error}; {hint if seen else ONE_A_LINE}."
        ) from error
    except OSError as error:
        raise ImageSetError(f"{path}: {error.strerror or error}.") from error
