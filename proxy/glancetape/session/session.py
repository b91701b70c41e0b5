"""A session: which cassettes and image set are played and recorded, made from the options.

No mitmproxy in here: what goes in are requests and responses, what comes out are responses.
"""

import logging
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from glancetape import __version__
from glancetape.options import Settings
from glancetape.session.answers import Answer, Counts, Kind, Unanswered
from glancetape.session.image_set_player import Player, is_image_set
from glancetape.session.recorder import Recorder
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.deriving.outcome import Unproved
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import (
    Redactor,
    redactor_like,
    warn_of_missing_key,
)
from glancetape_cassettes.redaction.stand_ins import (
    StandIns,
    default_key_file,
    find_key,
    find_or_make_key,
)
from glancetape_cassettes.replaying.recorded_answers import Hit, Miss, Recording
from glancetape_cassettes.service import Service, service_of_path
from glancetape_cassettes.writing.scribe import Assignment

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """What the hooks ask: is it answered here, and is it recorded."""

    redactor: Redactor
    recording: Recording | None
    recorder: Recorder | None
    settings: Settings
    first: str
    """The name of the first cassette, as it was given; "" when there is none."""
    deriver: Deriver | None = None
    player: Player | None = None
    counts: Counts = field(default_factory=Counts)

    def answer(self, request: Request, *, any_host: bool) -> Answer | Unanswered | None:
        """Give the answer, why there is none, or None: then the request goes to its service.

        What is recorded comes first, then what recorded pages prove, then the image set.
        """
        if self.recording is None:
            return None
        outcome = self.recording.answer(request, any_host=any_host, explain=False)
        if isinstance(outcome, Hit):
            return Answer(
                outcome.response,
                Kind.EXACT,
                str(outcome.source),
                outcome.restore,
                outcome.repeatable,
            )
        if self.recorder is not None:
            return None
        return self._answer_unrecorded(self.recording, outcome.reason, request, any_host)

    def _answer_unrecorded(
        self, recording: Recording, why: str, request: Request, any_host: bool
    ) -> Answer | Unanswered:
        unproved = None
        if self.deriver is not None and request.method == "GET":
            derived = self.deriver.answer(request, any_host=any_host)
            if isinstance(derived, Unproved):
                unproved = derived
            elif derived is not None:
                return Answer(derived.response, Kind.DERIVED, derived.sources, derived.restore)
        unplayed = ""
        if self.player is not None:
            played = self.player.answer(request)
            if isinstance(played, Answer):
                return played
            unplayed = played.reason
        reasons = [unproved.reason if unproved else why] if self.first else []
        reason = " ".join([*reasons, unplayed] if unplayed else reasons)
        closest = recording.closest(request, any_host=any_host)
        miss = Miss(self.redactor.text(reason), closest)
        requests = unproved.requests if unproved else ()
        return Unanswered(miss, tuple(map(self.redactor.text, requests)))

    def wants(self, path: str) -> bool:
        """Tell whether the answer to a request for a path is recorded."""
        service = service_of_path(path)
        return service is Service.IMAGE or (service is Service.KEYSTONE and self.settings.keystone)

    def record_with(self, path: str, origin: str, direct: bool) -> str | None:
        """Write the command that would record a path, "" when none would, None without a cassette.

        `origin` is the service from which the closest recording came, "" when there is none.
        """
        if not self.first:
            return None
        service = service_of_path(path)
        if service is Service.OTHER:
            return ""
        options = ["--mode", "new_episodes"]
        if service is Service.KEYSTONE:
            options.append("--keystone")
        if not direct:
            return (
                shlex.join(["glancetape", "run", "--record", self.first, *options]) + " -- COMMAND"
            )
        start = ["glancetape", "record", "--upstream", origin or "URL", "--cassette", self.first]
        return shlex.join([*start, *options])

    def close(self) -> None:
        """Finish writing and say what happened."""
        for one in (self.deriver, self.player):
            if one is not None:
                one.close()
        if self.recorder is not None:
            replaced = self.recorder.close()
            if replaced:
                logger.info("%s: older recordings replaced: %d", self.first, replaced)


def open_session(settings: Settings) -> Session | None:
    """Open the files that the settings name; None when they name none.

    Raises GlancetapeError with a sentence for the user; nothing stays open then.
    """
    if settings.record is None:
        return _replaying(settings.replay, settings) if settings.replay else None
    path, mode = settings.record, settings.mode
    if not mode.records_new:
        return _replaying([path], settings)
    if not mode.records_more and (before := _recorded_before(path)):
        logger.warning(
            "%s exists and mode is %s: it is replayed (%d interactions), nothing is recorded; "
            "see mode new_episodes and all",
            path,
            mode.value,
            before,
        )
        return _replaying([path], settings)
    return _recording(path, settings)


def _recorded_before(path: Path) -> int:
    return len(load_cassette(path)) if path.exists() and path.stat().st_size else 0


def _redaction_options(settings: Settings) -> RedactionOptions:
    return RedactionOptions(
        keep_ids=settings.keep_ids,
        sensitive=settings.sensitive,
        keep_headers=settings.keep_header,
    )


def _replaying(paths: Sequence[Path], settings: Settings) -> Session:
    key = find_key(settings.key_file)
    stand_ins = StandIns(key) if key else None
    sets = [path for path in paths if is_image_set(path)]
    if len(sets) > 1:
        raise BadParameter(f"{sets[0]} and {sets[1]} are both image sets; name one.")
    cassettes = [load_cassette(path) for path in paths if path not in sets]
    for cassette in cassettes:
        warn_of_missing_key(cassette.redaction, stand_ins, cassette.path)
    recording = Recording(
        cassettes,
        lambda redaction: redactor_like(redaction, stand_ins, settings.sensitive),
        settings.project,
    )
    return Session(
        Redactor(stand_ins, _redaction_options(settings)),
        recording,
        None,
        settings,
        str(cassettes[0].path) if cassettes else "",
        _deriver_for(recording, settings),
        # Opened last: nothing that could fail comes after it.
        Player.open(sets[0], settings.dialect, recording, settings.project) if sets else None,
    )


def _deriver_for(recording: Recording, settings: Settings) -> Deriver | None:
    """Give what answers from the lists of a recording; None when there are none."""
    deriver = Deriver(recording, settings.dialect)
    found = deriver.recognised
    if found is None:
        return None
    if found.dialect:
        logger.info("lists are recorded of %s (%s)", found.dialect, found.signs)
    else:
        logger.warning(
            "only what was recorded is answered: the lists fit neither ims nor glance (%s); "
            "--dialect names one",
            found.signs,
        )
    return deriver


def _recording(path: Path, settings: Settings) -> Session:
    if os.environ.get("CI"):
        logger.warning("recording although CI is set: a test run there should only replay")
    is_new = find_key(settings.key_file) is None
    key = find_or_make_key(settings.key_file)
    if is_new:
        logger.info(
            "made a key for stand-ins in %s; who records into the same cassettes needs it too, "
            "as GLANCETAPE_KEY",
            default_key_file(),
        )
    stand_ins = StandIns(key)
    recorder = Recorder(
        Assignment(
            path=path,
            recorder=f"glancetape {__version__}",
            key=key,
            redaction=_redaction_options(settings),
            replaces=settings.mode.replaces,
        )
    )
    try:
        recording = None
        if recorder.recorded_before and settings.mode.replays:
            recording = Recording(
                [load_cassette(path)],
                lambda redaction: redactor_like(redaction, stand_ins, settings.sensitive),
            )
    except BaseException:
        recorder.close()
        raise
    return Session(
        Redactor(stand_ins, _redaction_options(settings)), recording, recorder, settings, str(path)
    )
