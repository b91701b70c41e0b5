"""What a file to replay is, seen before anything is opened: commands check their files with this.

It imports neither mitmproxy nor numpy, so a wrong name is reported at once.
"""

from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.regular_file import check_regular, is_database, refuse_ndjson
from glancetape_cassettes.near_names import file_meant

ENDINGS = (".yaml", ".yml", ".images", ".har", ".zip", ".flow", ".flows")
"""How the names of files to replay end. One may have another name."""


def is_image_set(path: Path) -> bool:
    """Whether a file is opened as an image set, by its content or its name.

    A damaged set is reported when it is opened. Raises ImageSetError when a set is missing,
    CassetteError for NDJSON, a folder or a pipe.
    """
    try:
        check_regular(path, path.stat())  # opening a pipe would wait for a writer
        if is_database(path) or path.suffix == ".images":
            return True
        if path.suffix == ".ndjson":
            refuse_ndjson(path)
    except FileNotFoundError:
        if path.suffix == ".images":
            advice = "Make one with `glancetape generate` or `glancetape import`."
            raise ImageSetError(f"{path}: no such image set.{file_meant(path, advice)}") from None
    except OSError:
        pass
    return False
