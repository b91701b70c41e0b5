"""A session: the cassettes, the image set and the recorder that the settings name.

A request goes to the recorded answers first, then to the proofs, then to the image set. The first
that has an answer gives it; otherwise the client gets a miss. While a session records, a request
without a recorded answer goes to its service.

No framework is known in here: requests come in, responses go out.
"""

import logging
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from glancetape import __version__
from glancetape.addresses import Upstream, parse_upstreams
from glancetape.options import Settings
from glancetape.server_names import ServerNames
from glancetape.session.counts import Counts
from glancetape.session.file_to_replay import is_image_set
from glancetape.session.restored_ids import restore_ids
from glancetape.session.upstreams import recorded_at, upstreams_of
from glancetape.session.valid_now import valid_now
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.interaction import Headers, Request, Response
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.later import loaded_meanwhile
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import as_text
from glancetape_cassettes.redaction.stand_ins import (
    StandIns,
    default_key_file,
    find_key,
    find_or_make_key,
)
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
    from glancetape_cassettes.formats.cassette import Cassette, Redaction
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
        caller are in the answer as the caller wrote them.
        """
        if self.lab is not None:
            outcome = self.lab.misbehave(
                request, lambda asked: self._answer_offline(asked, any_host, base)
            )
            if outcome is not None:
                return outcome
        return self._answer(request, any_host, base)

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
        from glancetape.session.leading_back import lead_back

        return lead_back(response, path, self.upstreams, base, by)

    def _answer_unrecorded(self, lookup: "Lookup", miss: Miss, *, any_host: bool) -> Answer | Miss:
        if self.deriver is not None:
            derived = self.deriver.derive(lookup)
            if isinstance(derived, Answer):
                return derived
            if derived is not None:
                # Who asks a recorded question wants to know why its recording is not returned.
                said = miss if lookup.is_recorded else derived
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
        from glancetape.session.miss_response import report_miss

        origin = miss.closest.origin if miss.closest and any_host else ""
        command = self._record_with(urlsplit(request.uri).path, origin, is_direct=any_host)
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

    def _record_with(self, path: str, origin: str, *, is_direct: bool) -> str | None:
        """The command that would record a path, "" when none would, None without a cassette.

        `origin` is the service that the closest recording is from, "" when there is none.
        """
        if not self.cassette:
            return None
        service = service_of_path(path)
        if service is Service.OTHER:
            return ""
        file, *options = self._where_to_record()
        if not is_direct:
            command = ["glancetape", "run", "--record", file, *options]
            return as_text(f"{shlex.join(command)} -- COMMAND")
        roots = {one.service: one.root for one in reversed(self.upstreams) if one.service}
        urls = [origin or "URL"]
        if service is Service.KEYSTONE and "identity" not in roots:  # no URL of it is known
            roots = {"image": origin or "URL"} | roots | {"identity": "URL"}
        if len(roots) > 1:
            urls = [f"{name}={root}" for name, root in sorted(roots.items())]
        named = [word for url in urls for word in ("--upstream", url)]
        start = ["glancetape", "record", *named, "--cassette", file]
        return as_text(shlex.join([*start, *options]))

    def _where_to_record(self) -> list[str]:
        """The file that a recording is added to, and the options that it takes.

        Those are its own, as one file has one redaction. To a file of another recorder, or a
        compressed one, nothing is added: then it is a new file beside it.
        """
        options = ["--mode", "new_episodes"]
        redaction = self.redaction
        if redaction is None:
            return [self.cassette, *options]
        if redaction.key_id is None or self.cassette.endswith(".gz"):
            cassette = Path(self.cassette)
            beside = cassette.with_name(f"more-{cassette.name.partition('.')[0]}.yaml")
            return [str(beside), *options]
        if redaction.keep_ids:
            options.append("--keep-ids")
        for name in redaction.sensitive:
            options += ["--sensitive", name]
        return [self.cassette, *options]

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


def load_cassette(path: Path) -> "Cassette":
    """Open a cassette; what reads one is loaded by the first."""
    from glancetape_cassettes.formats.cassette import load_cassette

    return load_cassette(path)


def open_session(settings: Settings, load: "Callable[[Path], Cassette]" = load_cassette) -> Session:
    """Open the files that the settings name.

        with open_session(Settings(replay=(Path("basic.yaml"),))) as session: ...

    `load` opens each file to replay that is not an image set. Callers that can read more formats
    than `load_cassette` pass their own.

    Raises GlancetapeError with a sentence for the user, and leaves nothing open then; BadParameter
    when the settings name no file.
    """
    if not settings.names_a_file:
        raise BadParameter("nothing to record or replay: name a cassette or an image set.")
    if settings.record is None:
        return _replaying(settings.replay, settings, load)
    path, mode = settings.record, settings.mode
    if not mode.records_new:
        return _replaying([path], settings, load_cassette)
    if not mode.records_more and (before := _recorded_before(path)):
        logger.warning(
            "%s is replayed, nothing is recorded: it has %s and mode is %s; "
            "choose mode new_episodes to add to it, or all to record it again",
            path,
            counted(before, "interaction"),
            mode.value,
        )
        return _replaying([path], settings, load_cassette)
    return _recording(path, settings)


def _recorded_before(path: Path) -> int:
    return len(load_cassette(path)) if os.path.exists(path) and path.stat().st_size else 0


def _redactor_for(
    stand_ins: StandIns | None, settings: Settings
) -> "Callable[[Redaction], Redactor | None]":
    """What makes requests comparable with those in a cassette."""

    def redactor(redaction: "Redaction") -> "Redactor | None":
        from glancetape_cassettes.redaction.redactor import redactor_like  # only with a cassette

        return redactor_like(redaction, stand_ins, settings.sensitive)

    return redactor


def _replaying(
    paths: Sequence[Path], settings: Settings, load: "Callable[[Path], Cassette]"
) -> Session:
    key = find_key(settings.key_file)
    stand_ins = StandIns(key) if key else None
    sets = [path for path in paths if is_image_set(path)]
    if len(sets) > 1:
        raise BadParameter(f"{sets[0]} and {sets[1]} are both image sets; name one.")
    if settings.cloud is not None and not sets:
        raise BadParameter(f"{settings.cloud}: only an image set has users; name one.")
    if settings.writable and not sets:
        raise BadParameter("only an image set is writable; name one.")
    cassettes = _opened([path for path in paths if path not in sets], load)
    recorded = None
    if cassettes or settings.ignore:  # of a request to a set alone, it leaves out what is ignored
        recorded = _recorded(cassettes, stand_ins, settings)
    return Session(
        settings=settings,
        stand_ins=stand_ins,
        cassette=str(cassettes[0].path) if cassettes else "",
        redaction=cassettes[0].redaction if cassettes else None,
        recorded=recorded,
        deriver=_deriver_for(recorded, settings) if recorded and cassettes else None,
        faults=_faults_of(settings),
        lab=_lab_of(settings),
        upstreams=upstreams_of(recorded.groups) if recorded else (),
        # Opened last: nothing that could fail comes after it.
        player=_player_for(sets[0], settings) if sets else None,
    )


def _opened(files: Sequence[Path], load: "Callable[[Path], Cassette]") -> "Sequence[Cassette]":
    if not files:
        return []
    with loaded_meanwhile("glancetape_cassettes.replaying.recorded_answers"):
        return [load(file) for file in files]


def _recorded(
    cassettes: "Sequence[Cassette]", stand_ins: StandIns | None, settings: Settings
) -> "RecordedAnswers":
    from glancetape_cassettes.redaction.redactor import warn_of_missing_key
    from glancetape_cassettes.replaying.question import Ignored
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

    for cassette in cassettes:
        warn_of_missing_key(cassette.redaction, stand_ins, cassette.path)
    return RecordedAnswers(
        cassettes,
        _redactor_for(stand_ins, settings),
        settings.own_project,
        Ignored(frozenset(settings.ignore)),
    )


def _lab_of(settings: Settings) -> "Lab | None":
    if not settings.lab:
        return None
    from glancetape.faults.lab import Lab

    return Lab(settings.lab, settings.fault_seed)


def _faults_of(settings: Settings) -> "FaultPlan | None":
    if not (settings.latency or settings.fail or settings.throttle):
        return None
    from glancetape.faults.fates import FaultPlan

    plan = FaultPlan(
        latency=settings.latency,
        failures=settings.fail,
        throttle=settings.throttle,
        seed=settings.fault_seed,
    )
    return plan or None


def _player_for(path: Path, settings: Settings) -> "Player":
    from glancetape.session.image_set_player import Player  # the simulated cloud, only for a set

    return Player.open(
        path,
        settings.dialect,
        settings.own_project,
        cloud=settings.cloud,
        writable=settings.writable,
    )


def _deriver_for(recorded: "RecordedAnswers", settings: Settings) -> "LaterDeriver | None":
    """What derives answers from recorded lists; None when no list is recorded."""
    from glancetape_cassettes.deriving.later_deriver import LaterDeriver
    from glancetape_cassettes.deriving.walking.recognition import recognise_as

    found = recognise_as(settings.dialect, recorded.states.entries)
    if found is None:
        return None
    if found.dialect:
        logger.info("lists are recorded from %s (%s)", found.names, found.signs)
    else:
        logger.warning(
            "only what was recorded is answered: the lists fit neither ims nor glance %s",
            found.why_none,
        )
    return LaterDeriver(recorded, settings.dialect, found)


def _recording(path: Path, settings: Settings) -> Session:
    from glancetape.session.recorder import PATIENCE, PATIENCE_OF_OPEN, Recorder
    from glancetape_cassettes.writing.messages import Assignment

    if os.environ.get("CI"):
        logger.warning("recording although CI is set: a test run there should only replay")
    key = _key_to_record_with(settings)
    stand_ins = StandIns(key)
    upstreams = parse_upstreams(settings.upstream)
    recorder = Recorder(
        Assignment(
            path=path,
            recorder=f"glancetape {__version__}",
            key=key,
            redaction=settings.redaction_options,
            replaces=settings.mode.replaces,
        ),
        PATIENCE_OF_OPEN if settings.fail_open else PATIENCE,
    )
    try:
        recorded = None
        if recorder.recorded_before and settings.mode.replays:
            recorded = _earlier_recording(path, stand_ins, settings)
    except BaseException:
        recorder.close()
        raise
    services = KnownServices()
    for one in upstreams:
        if one.service:
            services.learn_endpoint(one.service, one.root)
    return Session(
        settings=settings,
        stand_ins=stand_ins,
        cassette=str(path),
        services=services,
        recorded=recorded,
        recorder=recorder,
        upstreams=upstreams,
    )


def _key_to_record_with(settings: Settings) -> bytes:
    is_new = find_key(settings.key_file) is None
    key = find_or_make_key(settings.key_file)
    if is_new:
        logger.info(
            "made a key for stand-ins in %s; anyone who records into the same cassettes needs the "
            "same key, as GLANCETAPE_KEY",
            default_key_file(),
        )
    return key


def _earlier_recording(path: Path, stand_ins: StandIns, settings: Settings) -> "RecordedAnswers":
    from glancetape_cassettes.replaying.question import Ignored
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

    return RecordedAnswers(
        [load_cassette(path)],
        _redactor_for(stand_ins, settings),
        ignored=Ignored(frozenset(settings.ignore)),
    )
