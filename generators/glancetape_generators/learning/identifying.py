"""Texts that say who: ids of a capture, what has the form of an id, and secrets.

    proj_0f3c5b0e9a7d4c1f8e2b6a5d4c3b2a19    has the form of an id
    acme-prod, where a project is so called  is an id of the capture
    0f3c5b0e, where a project's id has it    is a piece of one
    k_gAAAAAB...                             has the form of a secret
    db07.acme.internal                       is the name of a host
    ada@acme.example, 10.4.7.12              is an address

None leaves a capture, however many images have it.
"""

import re

from glancetape_cassettes.redaction.scan import has_secret
from glancetape_generators.learning.capture import MEMBER, Capture
from glancetape_generators.learning.ordinary_words import is_known_text, words_of

LEAST_PIECE = 6
"""A text with fewer characters is no piece of an id."""
FIELDS_OF_IDS = frozenset(["id", "owner", MEMBER])
_ID = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f])"
)
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
ADDRESS = "|".join(
    (
        r"[\w.+-]+@[\w-]+\.[\w.-]+",  # of a person
        r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])",
        r"(?<![\w:])(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}(?![\w:])",
        r"(?<![\w:])[0-9a-f:]+::[0-9a-f]",
        r"(?<![a-z])[a-z][a-z0-9+.-]*://[^\s,;]*",
        # The name of a host: three labels, of which two have letters; or a well-known last one.
        rf"(?<![a-z0-9.])(?:{_LABEL}\.)*[0-9-]*[a-z]{{2}}[a-z0-9-]*\.(?:{_LABEL}\.)+[a-z]{{2,24}}"
        r"(?![a-z0-9])",
        rf"(?<![a-z0-9.]){_LABEL}\.(?:com|net|org|io|internal|intranet|intern|local|localdomain"
        r"|corp|lan|example)(?![a-z0-9])",
    )
)
"""A pattern of addresses in small letters: of people, hosts and pages."""
_ADDRESS = re.compile(ADDRESS)
_HEX = re.compile(r"[0-9a-f](?:-?[0-9a-f]){7,}")  # by chance, no id has eight of them
_LEAST_SECRET = 16
_LONGEST = 255


def without_ids(text: str) -> str:
    """Return a text in small letters without what has the form of an id."""
    return _ID.sub("\0", text)


class Identifying:
    """What identifies an image, a project or a secret of a capture."""

    def __init__(self, capture: Capture) -> None:
        """Collect the ids of images, owners and members."""
        values = {
            str(value).casefold()
            for values in (
                capture.column("id").values,
                capture.column("owner").values,
                capture.several(MEMBER).values,
            )
            for value in values
            if value is not None
        }
        of_form = {value for value in values if _ID.fullmatch(value)}
        self._digits = "\0".join(sorted(of_form)).replace("-", "")
        self._others = frozenset(
            one for one in values - of_form if one != "none" and not is_known_text(one)
        )
        self._lengths = sorted({len(one) for one in self._others if len(one) >= LEAST_PIECE})

    def is_in(self, text: str) -> bool:
        """Whether a text is or has an id, a piece of one, a secret, or an address."""
        folded = text.casefold()
        if has_address(folded):
            return True
        return not is_known_text(folded) and (self._has_id(folded) or _has_secret(text))

    def _has_id(self, text: str) -> bool:
        if _ID.search(text) or any(one in self._others for one in (text, *words_of(text))):
            return True
        if any(found[0].replace("-", "") in self._digits for found in _HEX.finditer(text)):
            return True
        return any(
            text[first : first + length] in self._others
            for length in self._lengths
            for first in range(len(text) - length + 1)
        )


def has_address(text: str) -> bool:
    """Whether a text in small letters has the name of a host, an address, or a URL."""
    return _ADDRESS.search(text) is not None


def _has_secret(text: str) -> bool:
    """Whether a text has a secret, also right after other letters: `k_gAAAAAB...`."""
    starts = range(1, min(len(text), _LONGEST) - _LEAST_SECRET + 1)
    return has_secret(text) or any(has_secret(text[one:]) for one in starts)
