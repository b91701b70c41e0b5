"""Errors that a person can correct, shown as one sentence without a traceback."""

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from glancetape.terminal.color import chosen_color
from glancetape.terminal.escaping import escape
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.lazy_regex import lazy_compile


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Turn our errors into click's: exit status 2 for a usage error, 1 for any other.

    The one place where the command line does so. An error that is not ours keeps its traceback.
    """
    try:
        yield
    except BadParameter as error:
        raise click.UsageError(str(error)) from error
    except GlancetapeError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def output_errors_as_sentences() -> Iterator[None]:
    """Turn a full disk under standard output or under temporary files into an error of click's.

    The same for a name that no file can have, which any command may be given. It surrounds every
    command, and the help. A pipe that nobody reads is left to click, which ends without a word.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG and error.filename is not None:
            name = escape(str(error.filename))
            raise click.ClickException(
                f"{name}: {error.strerror}; choose a shorter one."
            ) from error
        if error.errno not in _CANNOT_WRITE or error.filename is not None:
            raise
        what, advice = "the output", ""
        if not _is_of_output(error):
            import tempfile  # it takes longer to load than most of us

            what = f"a temporary file in {tempfile.gettempdir()}"
            advice = " Make room there, or set TMPDIR to another folder."
        sentence = f"{what} cannot be written: {error.strerror}.{advice}"
        raise click.ClickException(sentence) from error


_CANNOT_WRITE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
"""A full disk, a quota, a file as large as the system allows, and a device that fails."""


def _is_of_output(error: OSError) -> bool:
    """Whether a write to standard output failed: our code leaves all of these to click."""
    modules = [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(error.__traceback__)]
    writers = [name for name in modules if name.startswith(("click", "glancetape"))]
    return bool(writers) and writers[-1].startswith("click")


class ErrorWithStatus(click.ClickException):
    """An error with an exit status of its own."""

    def __init__(self, message: str, status: int) -> None:
        """Take the sentence and the status."""
        super().__init__(message)
        self._status = status

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # a constant in click, read at the end
        """The exit status."""
        return self._status


class ShownError(ErrorWithStatus):
    """An error of click, printed with its control characters escaped and "Error:" in colour."""

    def __init__(self, error: click.ClickException) -> None:
        """Take the error as click or a command raised it."""
        message = error.format_message()
        if isinstance(error, click.MissingParameter):  # click lists what there is in lines
            message = " ".join(message.split())
        super().__init__(message, error.exit_code)
        self._context = error.ctx if isinstance(error, click.UsageError) else None
        # The error is shown when all contexts are closed; the group's still knows --color here.
        self._color = chosen_color()
        cause = error.__cause__
        self._lines = cause.args if isinstance(cause, GlancetapeError) else (self.message,)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message; a usage error is preceded by how the command is used."""
        context = self._context
        if context is not None:
            click.echo(
                f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n", err=True
            )
        show_message("Error", *self._lines, color=self._color)


def show_message(kind: str, sentence: str, *details: str, color: bool | None = None) -> None:
    """Print "Error: ..." or "warning: ..." to standard error; each detail gets its own line.

    Without `color` the command's --color decides. Secrets are not shown.
    """
    first = click.style(f"{kind}:", fg="yellow" if kind == "warning" else "red")
    click.echo(f"{first} {escape(without_secrets(sentence))}", err=True, color=color)
    for detail in details:
        click.echo(f"  {escape(without_secrets(detail))}", err=True)


_OWN_WORDS = lazy_compile(
    r"((?<![^\s'\"(])[\w./~+-]*\.(?:ya?ml|images|ndjson|jsonl?|har|flows?|log|pem|key|txt)\b"
    r"(?:#\d+(?:-\d+)?)?:?"
    r"|--(?:key-file|tls-key)\b|\bpassword: TEXT\b|: must be \w+"
    r"|: glancetape (?:generate|import|merge|prune|record|replay|run|scan)\b"
    r"|(?<![^\s'\"(/])(?:token|secret|passwd): (?:an?|cannot|compressed|has|is|its?|larger|looks"
    r"|more|neither|no|not|nothing|only|the|there)\b(?= \w))"
)
"""What our sentences name: files, options before a file or the next word, commands, how a value of
a file has to be, and the word with which a sentence on a file called `token` begins. What stands
around them is searched for secrets, piece by piece."""


def without_secrets(message: str) -> str:
    """Return a message without the secrets in it.

    Arguments, values of files and what other programs say are parts of a message, in quotes or
    not.
    """
    from glancetape_cassettes.redaction.redactor import scrub_message  # its tables take long

    parts = _OWN_WORDS.split(message)
    return "".join(part if at % 2 else scrub_message(part) for at, part in enumerate(parts))
