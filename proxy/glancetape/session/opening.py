"""Opening a session: the cassettes, the image set and the recorder that the settings name.

What a session may not need is imported by the function that makes it.
"""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glancetape.addresses import parse_upstreams
from glancetape.options import Settings, check_settings
from glancetape.session.file_to_replay import is_image_set
from glancetape.session.session import Session
from glancetape.session.upstreams import upstreams_of
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.later import loaded_meanwhile
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.redaction.stand_ins import (
    StandIns,
    default_key_file,
    find_key,
    find_or_make_key,
)
from glancetape_cassettes.version import __version__

if TYPE_CHECKING:
    from glancetape.faults.fates import FaultPlan
    from glancetape.faults.lab import Lab
    from glancetape.session.image_set_player import Player
    from glancetape_cassettes.deriving.later_deriver import LaterDeriver
    from glancetape_cassettes.formats.cassette import Cassette
    from glancetape_cassettes.formats.opened.head import Redaction
    from glancetape_cassettes.redaction.redactor import Redactor
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

logger = logging.getLogger(__name__)


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
    check_settings(settings)
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
