"""What mitmproxy shows beside a flow: whether we answered it, a comment, and a flag.

| what became of the request | `is_replay` | `comment` begins with | `marked` |
|---|---|---|---|
| answered | `response` | `glancetape: exact; walk.yaml#4` | |
| failed on purpose | `response` | `glancetape: fault; 503:1%` | |
| not answered | `response` | `glancetape: miss; Not recorded: GET ...` | yes |
| recorded | | `glancetape: recorded; images.yaml#1` | |
| not recorded, though it should be | | `glancetape: not-recorded; ` and why | yes |
| passed through | | `glancetape: passed through; ` and why | |

mitmproxy gives `is_replay` a meaning in two places: its interface shows such a flow as replayed,
and `intercept` leaves it alone, as it does with its own server replay. Nothing else looks at it.
"""

from mitmproxy import http

from glancetape.terminal.escaping import escape_lines
from glancetape.wire.answering import FAILED, MISS, NOT_RECORDED, TOO_LARGE
from glancetape.wire.messages import Sent
from glancetape_cassettes.nouns import shortened

FLAG = ":red_circle:"
"""What mitmproxy calls the marker of a flow, by its name for the sign."""
PREFIX = "glancetape: "
PASSED = "passed through"
_FLAGGED = frozenset((MISS, TOO_LARGE, FAILED, NOT_RECORDED))
_MOST = 4000
"""Characters of a comment; a miss repeats the URL, which may have 64 KiB."""


def note_answer(flow: http.HTTPFlow, sent: Sent) -> None:
    """Show that a response is ours, where it comes from, or why there is no answer."""
    flow.is_replay = "response"
    note(flow, sent.provenance, sent.why)


def note(flow: http.HTTPFlow, what: str, why: str = "") -> None:
    """Write a comment on a flow, and flag it when its request was not served as it should be.

    Texts hold no secrets: they are those of the log and of the header X-Glancetape. A comment that
    a user wrote stays.
    """
    if not flow.comment or flow.comment.startswith(PREFIX):
        flow.comment = shortened(escape_lines(f"{PREFIX}{what}{f'; {why}' if why else ''}"), _MOST)
    if what.partition(";")[0] in _FLAGGED:
        flow.marked = flow.marked or FLAG
    elif flow.marked == FLAG:  # of an earlier try: a client replay sends the same flow again
        flow.marked = ""
