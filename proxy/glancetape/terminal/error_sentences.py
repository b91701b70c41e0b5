"""Errors that a person can mend, as one sentence; here and nowhere else."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import click

from glancetape_cassettes.errors import BadParameter, GlancetapeError


@contextmanager
def one_sentence() -> Iterator[None]:
    """Show errors that a person can mend as one sentence: exit 2 for usage, else 1."""
    try:
        yield
    except BadParameter as error:
        raise click.UsageError(str(error)) from error
    except GlancetapeError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        raise click.ClickException(f"the output cannot be written: {error.strerror}.") from error
