"""A session answers requests from the cassettes and the image set that are open, or records them.

A request goes to the recorded answers first, then to the proofs, then to the image set. The first
that has an answer gives it; otherwise the client gets a miss. While a session records, a request
without a recorded answer goes to its service. `opening` makes a session from its settings.

No framework is known in here: requests come in, responses go out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from glancetape.addresses import Upstream
from glancetape.options import Settings
from glancetape.server_names import ServerNames
from glancetape.session.adapting.restored_ids import restore_ids
from glancetape.session.adapting.valid_now import valid_now
from glancetape.session.counts import Counts
from glancetape.session.upstreams import recorded_at
from glancetape_cassettes.interaction import Headers, Request, Response, check_request
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.service import Service, service_of_path

if TYPE_CHECKING:  # each is loaded by the sessions that have one, or with the first miss
    from glancetape.faults.fates import FaultPlan
    from glancetape.faults.lab import Lab
    from glancetape.session.image_set_player import KnownList, Player
    from glancetape.session.miss_response import MissReport
    from glancetape.session.recorder import Recorder
    from glancetape_cassettes.deriving.later_deriver import LaterDeriver
    from glancetape_cassettes.deriving.lists.derived_list import DerivedList
    from glancetape_cassettes.formats.opened.head import Redaction
    from glancetape_cassettes.redaction.redactor import Redactor
    from glancetape_cassettes.replaying.callers import Caller
    from glancetape_cassettes.replaying.closest import Closest
    from glancetape_cassettes.replaying.entries import RedactedAlike
    from glancetape_cassettes.replaying.looking_up import Lookup
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

logger = logging.getLogger(__name__)

_MOST_NAMES = 1000


@dataclass(slots=True, kw_only=True)
class Session:
    """What is open: it answers requests, and knows which responses are recorded."""

    settings: Settings
    stand_ins: StandIns | None
    """Those of the key; None without a key."""
    cassette: str = ""
    """The name of the first cassette, as it was given; "" when there is none."""
    redaction: "Redaction | None" = None
    """How the first cassette was redacted; None where nothing is replayed from one."""
    recorded: "RecordedAnswers | None" = None
    """None for an image set alone, and for a new cassette."""
    deriver: "LaterDeriver | None" = None
    player: "Player | None" = None
    recorder: "Recorder | None" = None
    counts: Counts = field(default_factory=Counts)
    services: KnownServices = field(default_factory=KnownServices)
    """Where the image service is, as far as the recorded traffic has shown it."""
    faults: "FaultPlan | None" = None
    """What delays and fails answers on their way; None when nothing does."""
    lab: "Lab | None" = None
    """What makes lists misbehave; None when nothing does."""
    upstreams: tuple[Upstream, ...] = ()
    """The services behind our address: those that are named, in a replay those recorded."""
    server_names: ServerNames = field(init=False, repr=False)
    """The hosts that a request may name where only this machine can reach us."""
    _redactor: "Redactor | None" = field(default=None, repr=False)
    _names: "dict[Caller, str]" = field(default_factory=dict, repr=False)
    """How callers are shown, for the last thousand. Their tokens are in it, so it is not shown."""
    _looked_up: "tuple[Request, bool, Lookup] | None" = field(default=None, init=False, repr=False)
    """The request that was looked up last, and what was found."""

    def __post_init__(self) -> None:
        """Let clients name the services' own hosts, as `/etc/hosts` may lead those to us."""
        services = [upstream.root for upstream in self.upstreams]
        self.server_names = ServerNames(self.settings.server_name, services)

    @property
    def redactor(self) -> "Redactor":
        """Redacts what is logged and shown; loaded when something is."""
        if self._redactor is None:
            from glancetape_cassettes.redaction.redactor import Redactor

            options = self.settings.redaction_options
            remembered = self.recorded.sensitive_names if self.recorded is not None else ()
            options = replace(options, sensitive=(*options.sensitive, *remembered))
            self._redactor = Redactor(self.stand_ins, options)
        return self._redactor

    def request_line(self, method: str, url: str) -> str:
        """The method and URL of a request, without secrets."""
        return self.redactor.request_line(method, url)

    def shown_method(self, method: str) -> str:
        """The method of a request whose URL is not shown, without secrets."""
        return self.redactor.method(method)

    @property
    def is_offline(self) -> bool:
        """Whether the session only replays, so that no request may reach a service."""
        return self.recorder is None

    @property
    def only_records(self) -> bool:
        """Whether every request goes to its service: a new cassette answers none."""
        return self.recorded is None and self.recorder is not None

    @property
    def groups(self) -> "tuple[RedactedAlike, ...]":
        """The recorded requests, those together that can be compared with each other."""
        return self.recorded.groups if self.recorded is not None else ()

    @property
    def changes_played(self) -> int:
        """How many changes were played or made. An answer may differ when this has grown."""
        recorded = self.recorded.changes_played if self.recorded is not None else 0
        return recorded + (self.player.version if self.player is not None else 0)

    def answer(self, request: Request, *, any_host: bool, base: str = "") -> Answer | Miss | None:
        """The answer to a request, or why there is none; None: the request goes to its service.

        With `any_host` the host of the request means nothing: the client named us, not a cloud.
        `base` is our address as that client wrote it; what it gets leads it back there. Ids of the
        caller are in the answer as the caller wrote them. Raises BadParameter for a request that
        no client can send, such as one with a relative `uri`.
        """
        try:
            if self.lab is not None:
                outcome = self.lab.misbehave(
                    request, lambda asked: self._answer_offline(asked, any_host, base)
                )
                if outcome is not None:
                    return outcome
            return self._answer(request, any_host, base)
        except (AttributeError, TypeError, ValueError):
            check_request(request)  # only now: most requests come from a server, and are right
            raise

    def _answer_offline(self, request: Request, any_host: bool, base: str) -> Answer | Miss:
        outcome = self._answer(request, any_host, base)
        assert outcome is not None  # a session that records has no lab
        return outcome

    def _answer(self, request: Request, any_host: bool, base: str) -> Answer | Miss | None:
        if self.recorded is None:
            return self._answer_from_set(request, any_host) if self.player is not None else None
        lookup = self._look_up(self.recorded, request, any_host)
        if self.recorder is not None and lookup.login is not None:
            return None  # the service would refuse a recorded token
        outcome = self.recorded.find(lookup)
        if isinstance(outcome, Miss):
            if self.recorder is not None:
                return None
            outcome = self._answer_unrecorded(lookup, outcome, any_host=any_host)
        if isinstance(outcome, Miss):
            return outcome
        response = restore_ids(outcome.response, outcome.restore)
        uri = lookup.request.uri
        path = urlsplit(uri).path or "/"
        is_kept = outcome.repeatable
        is_recorded = outcome.provenance is Provenance.EXACT
        if is_recorded and service_of_path(path) is Service.KEYSTONE:
            renewed = valid_now(response, datetime.now(UTC))
            is_kept = is_kept and renewed is response
            response = renewed
        response = self.lead_back(response, path, base, uri)
        return outcome._replace(response=response, restore={}, repeatable=is_kept)

    def _answer_from_set(self, request: Request, any_host: bool) -> Answer | Miss:
        assert self.player is not None
        played = self.player.play(request, is_alone=any_host)
        if isinstance(played, Miss):
            return replace(played, reason=self.redactor.text(played.reason))
        return _with_own_ids(played) if played.restore else played

    @property
    def may_take_long(self) -> bool:
        """Whether there is so much recorded that `what_takes_long` may be something."""
        return self.deriver is not None and self.recorder is None and self.deriver.is_large

    def what_takes_long(self, request: Request, *, any_host: bool) -> Callable[[], None] | None:
        """What reads all that an answer needs, where reading it would hold up other clients.

        It may be called in another thread; the request is then answered as quickly as any other.
        None if nothing takes long. Nothing is played by asking.
        """
        if self.deriver is None or self.recorded is None or not self.may_take_long:
            return None
        lookup = self._look_up(self.recorded, request, any_host)
        if not self.deriver.takes_long(lookup) or isinstance(self.recorded.find(lookup), Answer):
            return None
        deriver = self.deriver

        def read() -> None:
            if deriver.takes_long(lookup):  # it was not read for another request meanwhile
                deriver.derive(lookup)

        return read

    def known_list(self, request: Request, *, any_host: bool) -> "KnownList | DerivedList | None":
        """The list of a request that was answered, if its other pages have answers like it.

        `changes_played` says how long: a list is known until that has grown.
        """
        if self.lab is not None:
            return None
        if self.recorded is None:
            return self.player.known_list(request) if self.player is not None else None
        if self.deriver is None or not self._compares_as_sent:
            return None
        return self.deriver.known_list(self._look_up(self.recorded, request, any_host))

    def _look_up(self, recorded: "RecordedAnswers", request: Request, any_host: bool) -> "Lookup":
        """A request in the terms of the recording, found once for all that is asked about it."""
        last = self._looked_up
        if last is None or last[:2] != (request, any_host):
            asked = self._at_its_service(request) if any_host else request
            lookup = recorded.look_up(asked, any_host=any_host and asked is request)
            self._looked_up = last = request, any_host, lookup
        return last[2]

    @property
    def _compares_as_sent(self) -> bool:
        """Whether no part of a request is left out or renamed before it is compared."""
        return not self.settings.ignore and not self.settings.own_project

    def _at_its_service(self, request: Request) -> Request:
        """The request to our own address as it was sent to the service; itself if any may do."""
        if not self.upstreams or not self.is_offline:
            return request
        uri = recorded_at(self.upstreams, request.uri)
        return request if uri == request.uri else replace(request, uri=uri)

    def lead_back(self, response: Response, path: str, base: str, by: str = "") -> Response:
        """A response whose catalog and links lead the client to us; see `leading_back`."""
        if not self.upstreams:
            return response
        from glancetape.session.adapting.leading_back import lead_back

        return lead_back(response, path, self.upstreams, base, by)

    def _answer_unrecorded(self, lookup: "Lookup", miss: Miss, *, any_host: bool) -> Answer | Miss:
        if self.deriver is not None:
            derived = self.deriver.derive(lookup)
            if isinstance(derived, Answer):
                return derived
            if derived is not None:
                # Who asks a recorded question wants to know why its recording is not returned. If
                # it is of others, what keeps the caller's own lists from proving it says more.
                is_own = not miss.is_of_others or derived.is_of_others
                said = miss if lookup.is_recorded and is_own else derived
                miss = replace(derived, reason=said.reason, needs_key=said.needs_key)
        reasons = [miss.reason] if self.cassette else []
        if self.player is not None:
            # Beside a cassette, an unknown path may be that of another recorded service.
            is_alone = any_host and not self.cassette
            played = self.player.play(lookup.request, lookup.as_recorded, is_alone=is_alone)
            if isinstance(played, Answer):
                return played
            reasons.append(played.reason)
        from glancetape_cassettes.replaying.closest import closest_to

        return Miss(
            reason=self.redactor.text(" ".join(reasons)),
            answerable_with=tuple(map(self.redactor.text, miss.answerable_with)),
            needs_key=miss.needs_key,
            closest=self._without_secrets(closest_to(lookup)),
        )

    def _without_secrets(self, closest: "Closest | None") -> "Closest | None":
        """The closest recording as it may be shown: a foreign cassette holds what it was sent."""
        if closest is None:
            return None
        shown = tuple(
            replace(
                one,
                asked=self._value_of(one.what, one.asked),
                recorded=self._value_of(one.what, one.recorded),
            )
            for one in closest.differences
        )
        return replace(closest, differences=shown)

    def _value_of(self, what: str, value: str) -> str:
        """A value that differs; REDACTED under the name of a secret."""
        name = what.rpartition(" ")[2]
        return self.redactor.text(f"{name}={value}").removeprefix(f"{name}=")

    def explain(self, miss: Miss, request: Request, *, any_host: bool) -> "MissReport":
        """What a client and the log get for a miss, with the command that would record it."""
        from glancetape.session.miss_response import command_to_record, report_miss

        command = None
        if self.cassette:
            command = command_to_record(
                urlsplit(request.uri).path,
                (self.cassette, self.redaction),
                self.upstreams,
                miss.closest.origin if miss.closest and any_host else "",
                is_direct=any_host,
            )
        return report_miss(miss, self.request_line(request.method, request.uri), command)

    @property
    def dialect(self) -> str:
        """The name of the cloud whose forms our own errors have."""
        if self.player is not None:
            return self.player.dialect
        found = self.deriver.recognised if self.deriver is not None else None
        return (found.dialect if found is not None else None) or "glance"

    def name_of_caller(self, headers: Headers) -> str:
        """The sender of a request as the log shows it: short, and without a secret.

        A recorded caller has the name that `glancetape inspect` shows, a caller of an image set its
        project.
        """
        from glancetape_cassettes.replaying.callers import caller_of

        caller = caller_of(headers)
        if caller is None:
            return "no credentials"
        if caller not in self._names:
            if len(self._names) >= _MOST_NAMES:
                self._names.clear()
            self._names[caller] = self._shown(Request("GET", "http://localhost/", headers))
        return self._names[caller]

    def _shown(self, request: Request) -> str:
        from glancetape_cassettes.replaying.callers import Caller, CallerKind, caller_of

        for group in self.groups:
            redacted = group.redactor.request(request)[0] if group.redactor else request
            found = group.caller_of(redacted)
            if found is not None and found in group.callers:
                return found.short
        if self.player is not None and (project := self.player.project_of(request)):
            return Caller(CallerKind.PROJECT, project).short
        caller = caller_of(self.redactor.request(request)[0].headers)
        return caller.short if caller is not None else "no credentials"

    def wants(self, service: Service, is_chosen: bool | None = None) -> bool:
        """Whether what a service answers is recorded.

        `is_chosen` says whether the filter in `only` matches; None without a filter.
        """
        return self.settings.records(service, is_chosen)

    def rewound(self) -> "Session":
        """A session over the same open files in which nothing was played or counted yet.

        For replaying only. Close this one, and not those that were made from it.
        """
        assert self.recorder is None
        recorded = self.recorded.rewound() if self.recorded is not None else None
        deriver = self.deriver.over(recorded) if self.deriver and recorded else None
        player = self.player.rewound() if self.player is not None else None
        return replace(
            self,
            recorded=recorded,
            deriver=deriver,
            player=player,
            faults=self.faults.again() if self.faults is not None else None,
            lab=self.lab.again() if self.lab is not None else None,
            counts=Counts(),
        )

    def __enter__(self) -> Self:
        """The session, which is closed at the end of the `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Finish writing, and close the image set and all collections."""
        for one in (self.deriver, self.player):
            if one is not None:
                one.close()
        if self.recorder is not None:
            replaced = self.recorder.close()
            if replaced:
                logger.info("%s: older recordings replaced: %d", self.cassette, replaced)


def _with_own_ids(answer: Answer) -> Answer:
    """An answer with the ids of the caller as the caller wrote them."""
    response = restore_ids(answer.response, answer.restore)
    return answer._replace(response=response, restore={})
