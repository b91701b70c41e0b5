"""What a Glance says to a load balancer that asks whether it is well, at `/healthcheck`.

All of it is observed on Glance 33, whose paste.ini checks nothing there.
"""

from glancetape_cassettes.cloud.accept_header import accepted
from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.responses import empty_response
from glancetape_cassettes.interaction import Headers, Response, header

_TEXT, _HTML, _JSON = "text/plain", "text/html", "application/json"
_BODIES = {
    _TEXT: b"",
    _HTML: b"<HTML>\n<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>\n<BODY>\n\n"
    b'<H2>Result of 0 checks:</H2>\n<TABLE bgcolor="#ffffff" border="1">\n<TBODY>\n<TR>\n\n'
    b"<TH>\nReason\n</TH>\n</TR>\n\n</TBODY>\n</TABLE>\n<HR></HR>\n\n</BODY>\n</HTML>",
    _JSON: b'{\n    "detailed": false,\n    "reasons": []\n}',
}


def show_health(method: str, headers: Headers, rules: Dialect) -> Response:
    """Return the answer to any method: 200 in the form that is accepted, and 204 to HEAD."""
    if method == "HEAD":
        return empty_response(204, rules, "", kind="")
    accept = header(headers, "accept")
    kind = _TEXT if accept is None else accepted(accept, tuple(_BODIES)) or _TEXT
    named = kind if kind == _JSON else f"{kind}; charset=UTF-8"
    return Response(200, "OK", (("Content-Type", named),), _BODIES[kind])
