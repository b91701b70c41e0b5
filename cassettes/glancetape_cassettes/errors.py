"""The family of errors that a person can do something about.

GlancetapeError
  CassetteError       a cassette that cannot be read or written: names the file and what to do
    CassetteLocked    another recorder writes it
    LostBody          an interaction of which nothing is left that an answer needs
  ImageSetError       an image set that cannot be read or made: names the file and what to do
  AlreadyClosed       a session or an image set that is asked after it was closed
  BadParameter        a parameter that cannot be used
  RedactionKeyError   the key for stand-ins is unusable
"""


class GlancetapeError(Exception):
    """Root of the errors that are shown as one sentence, without a traceback.

    raise GlancetapeError("several views are recorded:", "project a", "project b")
    """

    def __init__(self, sentence: str, *details: str) -> None:
        """Take the sentence, and what is listed below it, one item on each line."""
        super().__init__(sentence, *details)

    def __str__(self) -> str:
        """The sentence, and each detail on an indented line."""
        return "\n  ".join(self.args)


class CassetteError(GlancetapeError):
    """A cassette that cannot be read or written."""


class CassetteLocked(CassetteError):
    """A cassette that another recorder is writing."""


class LostBody(CassetteError):
    """An interaction that is not stored: redaction replaced a body whole that an answer needs."""


class ImageSetError(GlancetapeError):
    """An image set that cannot be read or made."""


class AlreadyClosed(GlancetapeError, RuntimeError):
    """Something that is asked after it was closed, perhaps by another thread."""

    def __init__(self, what: str) -> None:
        """Take what was closed, such as `big.images`."""
        super().__init__(f"{what} is closed, and answers nothing any more; open it again.")


class BadParameter(GlancetapeError):
    """A parameter that cannot be used."""


class RedactionKeyError(GlancetapeError):
    """A key for stand-ins that cannot be read, made or understood."""


def json_problem(message: str) -> str:
    """Return what a JSON error says, without the words that lead to its place.

    >>> json_problem("Unterminated string starting at")
    'Unterminated string'
    """
    return message.removesuffix(" at").removesuffix(" starting")
