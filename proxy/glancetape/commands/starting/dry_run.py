"""Recording on trial: into a copy of the cassette, to see what would change in it."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from glancetape.commands.shared_options import show_diff
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder


@contextmanager
def recorded_into(cassette: Path, *, dry_run: bool) -> Iterator[Path]:
    """The file to record into: the cassette, or with `dry_run` a copy whose diff is printed.

    Messages about the copy name the cassette. Raises CassetteError for a cassette that has no diff.
    """
    if not dry_run:
        yield cassette
        return
    before = _parts(cassette)
    with temporary_folder() as folder:
        copy = folder / cassette.name
        if cassette.exists():
            shutil.copyfile(cassette, copy)
        with _named(copy, cassette):
            yield copy
        show_diff(cassette, cassette, before, _parts(copy))


def _parts(cassette: Path) -> tuple[bytes, ...]:
    from glancetape_cassettes.editing.cassette_parts import check_uncompressed, take_apart

    if not cassette.exists() or not cassette.stat().st_size:
        return ()
    check_uncompressed(cassette)
    return take_apart(cassette).all


@contextmanager
def _named(copy: Path, cassette: Path) -> Iterator[None]:
    """Let log lines and errors name the cassette: the copy is gone when someone reads them."""
    make = logging.getLogRecordFactory()

    def renamed(value: object) -> object:
        is_name = isinstance(value, str | Path)
        return str(value).replace(str(copy), str(cassette)) if is_name else value

    def make_renamed(*args: object, **keywords: object) -> logging.LogRecord:
        record = make(*args, **keywords)
        record.msg = renamed(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(renamed, record.args))
        return record

    logging.setLogRecordFactory(make_renamed)
    try:
        yield
    except GlancetapeError as error:
        error.args = tuple(map(renamed, error.args))
        raise
    except click.ClickException as error:  # made of one of ours, whose lines are shown
        if isinstance(error.__cause__, GlancetapeError):
            error.__cause__.args = tuple(map(renamed, error.__cause__.args))
        raise
    finally:
        logging.setLogRecordFactory(make)
