"""Write the page of an image set; the file appears whole or not at all."""

from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.imageset.picture.numbers import picture_of
from glancetape_cassettes.imageset.picture.page import page_of
from glancetape_cassettes.plain_names import is_same_file


def write_page(file: Path, out: Path, *, force: bool = False) -> None:
    """Write the page of the image set in `file` to `out`.

    Raises ImageSetError when the set cannot be read or `out` cannot be written; `out` is as before.
    """
    with ImageSet(file) as images:
        if is_same_file(out, file):
            raise ImageSetError(f"{out} is the image set itself; name another file with --html.")
        with beside(out, force=force) as partial:
            partial.write_text(page_of(picture_of(images)), encoding="utf-8", newline="\n")
