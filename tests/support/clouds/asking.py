"""Asking one source of answers a request, as a session asks it."""

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers


def find(recorded: RecordedAnswers, request: Request, *, any_host: bool = False) -> Answer | Miss:
    """The recorded answer to a request."""
    return recorded.find(recorded.look_up(request, any_host=any_host))


def derive(deriver: Deriver, request: Request, *, any_host: bool = False) -> Answer | Miss | None:
    """The answer to a request that recorded lists prove."""
    return deriver.derive(deriver.recorded.look_up(request, any_host=any_host))
