"""Recording on trial: into a copy of the cassette, to see what would change in it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glancetape.commands.shared_options import show_diff


@contextmanager
def recorded_into(cassette: Path, *, dry_run: bool) -> Iterator[Path]:
    """The file to record into: the cassette, or with `dry_run` a copy whose diff is printed."""
    if not dry_run:
        yield cassette
        return
    with tempfile.TemporaryDirectory(prefix="glancetape-") as folder:
        copy = Path(folder, cassette.name)
        if cassette.exists():
            shutil.copyfile(cassette, copy)
        yield copy
        show_diff(cassette, cassette, _parts(cassette), _parts(copy))


def _parts(cassette: Path) -> tuple[bytes, ...]:
    from glancetape_cassettes.editing.cassette_parts import take_apart

    return take_apart(cassette).all if cassette.exists() and cassette.stat().st_size else ()
