"""How an answer does not reach its client whole."""

from enum import Enum


class Broken(Enum):
    """How an answer does not reach the client as it should."""

    RESET = "reset"
    """The connection is closed without an answer."""
    TRUNCATE = "truncate"
    """The connection is closed in the middle of the body."""
    DRIBBLE = "dribble"
    """The body comes in small pieces, over two seconds."""
