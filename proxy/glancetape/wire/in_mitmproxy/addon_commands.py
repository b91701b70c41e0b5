"""The commands of the addon: typed in mitmproxy after `:`, and in mitmweb.

    : glancetape.explain @focus
    : glancetape.query limit=7&visibility=public
    : glancetape.scan '~u /v2/images'
    : glancetape.save '~u /v2/images & !~replays' images.yaml
    : glancetape.reload

mitmproxy reads the types of the parameters, completes with them, and shows the first sentence of a
docstring as help. Each command returns lines; what comes from outside is escaped in them.
"""

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ParamSpec, Protocol, TypeVar

from mitmproxy import command, exceptions, flow, http, types

from glancetape.home_folder import in_home
from glancetape.options import Settings
from glancetape.session.session import Session
from glancetape.terminal.escaping import escape, escape_lines
from glancetape.terminal.tracebacks import failure_to_log
from glancetape.wire.flows import request_of, response_of, url_of
from glancetape.wire.in_mitmproxy.explaining import explain, without_lab
from glancetape.wire.in_mitmproxy.image_rows import page_lines
from glancetape.wire.in_mitmproxy.notes import PREFIX
from glancetape.wire.in_mitmproxy.typed_query import request_for
from glancetape.wire.messages import PROVENANCE, NotWhole
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.interaction import Interaction, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.replaying.answers import Answer

logger = logging.getLogger(__name__)

_LONGEST_BODY = 2000
_OURS = PROVENANCE.lower()
_P = ParamSpec("_P")
_R = TypeVar("_R")


def _command(name: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """What makes a method a command whose every failure is a CommandError, as mitmproxy expects."""

    def decorate(method: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(method)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                return method(*args, **kwargs)
            except exceptions.CommandError:
                raise
            except GlancetapeError as error:
                lines = escape_lines("\n".join(map(str, error.args)))
                raise exceptions.CommandError(lines) from error
            except Exception as error:
                logger.error("%s failed", name, exc_info=failure_to_log())
                raise exceptions.CommandError(f"{name} failed; the log says more.") from error

        made: Callable[_P, _R] = command.command(name)(call)
        return made

    return decorate


class Opened(Protocol):
    """What the commands need of the addon."""

    @property
    def session(self) -> Session | None:
        """The session that is open; None when none is."""
        ...

    @property
    def settings(self) -> Settings:
        """What the options of the addon say."""
        ...

    @property
    def redactor(self) -> Redactor:
        """What removes secrets from what is shown."""
        ...

    def is_direct(self, flow: http.HTTPFlow) -> bool:
        """Whether the client of a flow named us, and not a service."""
        ...

    def reload(self) -> str:
        """Read the files again; the names of what was read. Raises GlancetapeError."""
        ...


class Commands:
    """What a user of mitmproxy may ask of a session."""

    name = "glancetape-commands"
    """What mitmproxy calls this addon."""

    def __init__(self, addon: Opened) -> None:
        """Take the addon that has the session."""
        self._addon = addon

    @_command("glancetape.explain")
    def explain(self, flow: flow.Flow) -> Sequence[str]:
        """Explain where the answer of a flow comes from, or why there is none."""
        session, asked = self._session(), _http(flow)
        lines = [session.redactor.request_line(asked.request.method, url_of(asked.request))]
        if asked.comment.startswith(PREFIX):
            lines += [f"then: {line}" for line in asked.comment[len(PREFIX) :].split("\n")[:1]]
        try:
            request = request_of(asked)
        except NotWhole as error:
            return _escaped([*lines, f"now: It cannot be looked up: {error}."])
        now = explain(session, request, any_host=self._addon.is_direct(asked))
        return _escaped([*lines, f"now: {now[0]}", *now[1:]])

    @_command("glancetape.query")
    def query(self, text: str = "") -> Sequence[str]:
        """Ask the open files for a list, as limit=7&visibility=public, and show its images."""
        session = self._session()
        if session.only_records:
            raise exceptions.CommandError("Nothing is replayed: glancetape records a new cassette.")
        request, any_host = request_for(session, text, None, ())
        outcome = without_lab(session).answer(request, any_host=any_host)
        if outcome is None:
            return ["No recorded answer: while glancetape records, this goes to the service."]
        if not isinstance(outcome, Answer):
            return _escaped(session.explain(outcome, request, any_host=any_host).lines)
        return [escape(outcome.described), *_body_lines(outcome.response)]

    @_command("glancetape.scan")
    def scan(self, flows: Sequence[flow.Flow]) -> Sequence[str]:
        """Show which values of flows a recording would drop or replace; not the values."""
        lines: list[str] = []
        count = 0
        for one in flows:
            if isinstance(one, http.HTTPFlow):
                found = self._findings(one)
                count += len(found)
                lines += found
        places = (
            f"{count:,} value{'s'[: count != 1]} in {len(flows):,} flow{'s'[: len(flows) != 1]}"
        )
        return [f"{places} would be dropped or replaced", *lines]

    def _findings(self, flow: http.HTTPFlow) -> list[str]:
        from glancetape_cassettes.redaction.scan import scan_interaction

        line = self._addon.redactor.request_line(flow.request.method, url_of(flow.request))
        try:
            response = response_of(flow) if flow.response is not None else Response(0)
            kept = tuple(one for one in response.headers if one[0].lower() != _OURS)
            interaction = Interaction(request_of(flow), replace(response, headers=kept))
        except NotWhole as error:
            return _escaped([f"{line}  cannot be searched: {error}"])
        return _escaped(
            f"{line}  {one.position}: {one.kind} ({one.length} characters)"
            for one in scan_interaction(interaction)
        )

    @_command("glancetape.save")
    def save(self, flows: Sequence[flow.Flow], path: types.Path) -> Sequence[str]:
        """Store flows in a new cassette, without secrets, as if they had been recorded."""
        from glancetape.wire.in_mitmproxy.saving import save  # loads the whole import

        return _escaped(save(flows, in_home(path), self._addon.settings))

    @_command("glancetape.reload")
    def reload(self) -> str:
        """Read the cassettes and the image set again; if one is broken, all stay as they were."""
        try:
            return escape(f"read again: {self._addon.reload()}")
        except GlancetapeError as error:
            raise exceptions.CommandError(
                f"{escape(str(error))} Nothing changed: what was open still answers."
            ) from error

    def _session(self) -> Session:
        session = self._addon.session
        if session is None:
            raise exceptions.CommandError("No file is open: set glancetape_replay or _record.")
        return session


def _http(flow: flow.Flow) -> http.HTTPFlow:
    if not isinstance(flow, http.HTTPFlow):
        raise exceptions.CommandError("The flow is not an HTTP request.")
    return flow


def _body_lines(response: Response) -> list[str]:
    try:
        if response.status == 200:
            return page_lines(response.body)
    except ValueError:
        pass
    text = response.body[:_LONGEST_BODY].decode("utf-8", "replace")
    return [f"status {response.status}", *map(escape, text.splitlines())]


def _escaped(lines: Iterable[str]) -> list[str]:
    return [escape(line) for line in lines]
