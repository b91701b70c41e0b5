"""Whether a recording has tokens of several logins that it does not show.

Two runs of a client log in twice. Without Keystone's answers nothing shows that both tokens are of
one project, so replay takes them for two callers, and a third token for neither.
"""

import logging

from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.callers import Caller, CallerKind, caller_of, granted_by
from glancetape_cassettes.service import Service, service_of

logger = logging.getLogger(__name__)


class TokensSeen:
    """Warns once, at the second token whose login was not recorded."""

    def __init__(self, cassette: str) -> None:
        """Begin with a cassette; what is in it already is not looked at."""
        self._cassette = cassette
        self._logins: set[Caller] = set()
        self._unknown: set[Caller] = set()

    def see(self, request: Request, response: Response) -> None:
        """Look at an interaction that is recorded."""
        if service_of(request.uri) is Service.KEYSTONE:
            if (granted := granted_by(response)) is not None:
                self._logins.add(granted.token)
            return
        caller = caller_of(request.headers)
        if caller is None or caller.kind is not CallerKind.TOKEN or len(self._unknown) > 1:
            return
        if caller in self._logins or response.status == 401:
            return
        self._unknown.add(caller)
        if len(self._unknown) > 1:
            logger.warning(
                "%s: two tokens are recorded without their logins, so replay takes them for two "
                "callers. Record the requests to Keystone too, or each login into a cassette of "
                "its own.",
                self._cassette,
            )
