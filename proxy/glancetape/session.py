"""A session: which cassettes are replayed and recorded, made from the options.

No mitmproxy in here: what goes in are requests and responses, what comes out are responses.
"""

import logging
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glancetape import __version__
from glancetape.modes import RecordMode
from glancetape.options import BY_NAME, BadParameter
from glancetape.record import Recorder
from glancetape_cassettes.cassette import Redaction, load_cassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.policy import fold
from glancetape_cassettes.recording import Hit, Miss, Recording
from glancetape_cassettes.redact import Redactor
from glancetape_cassettes.scribe import Assignment
from glancetape_cassettes.service import Service, service_of_path
from glancetape_cassettes.standins import (
    StandIns,
    default_key_file,
    find_key,
    find_or_make_key,
)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What happened to the requests of a session."""

    replayed: int = 0
    missed: int = 0
    recorded: int = 0
    not_recorded: int = 0
    passed: int = 0
    failed: int = 0

    @property
    def requests(self) -> int:
        """All requests that came through."""
        return (
            self.replayed + self.missed + self.recorded + self.not_recorded + self.passed
            + self.failed
        )  # fmt: skip

    def __str__(self) -> str:
        """List what there was."""
        named = (
            ("recorded", self.recorded),
            ("replayed", self.replayed),
            ("passed through", self.passed),
            ("not recorded", self.not_recorded),
            ("missed", self.missed),
            ("failed", self.failed),
        )
        return ", ".join(f"{count} {name}" for name, count in named if count) or "no requests"


@dataclass(slots=True)
class Session:
    """What the hooks ask: is it answered here, and is it recorded."""

    redactor: Redactor
    recording: Recording | None
    recorder: Recorder | None
    settings: Mapping[str, Any]
    first: str
    """The name of the first cassette, as it was given."""
    counts: Counts = field(default_factory=Counts)

    def answer(self, request: Request, *, any_host: bool) -> Hit | Miss | None:
        """Give the recorded answer, a miss, or None: then the request goes to its service."""
        if self.recording is None:
            return None
        records = self.recorder is not None
        outcome = self.recording.answer(request, any_host=any_host, explain=not records)
        return None if records and isinstance(outcome, Miss) else outcome

    def wants(self, path: str) -> bool:
        """Tell whether the answer to a request for a path is recorded."""
        service = service_of_path(path)
        return service is Service.IMAGE or (
            service is Service.KEYSTONE and bool(self.settings["keystone"])
        )

    def record_with(self, path: str, origin: str, direct: bool) -> str:
        """Write the command that would record a path, "" when none would.

        `origin` is the service from which the closest recording came, "" when there is none.
        """
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
        if self.recorder is not None:
            replaced = self.recorder.close()
            if replaced:
                logger.info("%s: older recordings replaced: %d", self.first, replaced)


def open_session(settings: Mapping[str, Any]) -> Session | None:
    """Open what the options name; None when they name no cassette.

    `settings` maps the names of `options.OPTIONS` to values. Raises GlancetapeError with a
    sentence for the user, with nothing left open.
    """
    mode = _checked(settings)
    record, replay = settings["record"], list(settings["replay"])
    if record and replay:
        raise BadParameter(
            "record and replay cannot be given together; mode new_episodes replays and records."
        )
    if record and mode is RecordMode.NONE:
        replay, record = [record], ""
    if replay:
        return _replaying([Path(name) for name in replay], settings)
    if not record:
        return None
    path = Path(record)
    if mode is RecordMode.ONCE and (before := _recorded_before(path)):
        logger.warning(
            "%s exists and mode is once: it is replayed (%d interactions), nothing is recorded; "
            "see mode new_episodes and all",
            path,
            before,
        )
        return _replaying([path], settings)
    return _recording(path, mode, settings)


def _recorded_before(path: Path) -> int:
    return len(load_cassette(path)) if path.exists() and path.stat().st_size else 0


def _checked(settings: Mapping[str, Any]) -> RecordMode:
    mode = settings["mode"]
    if mode not in (choices := BY_NAME["mode"].choices):
        raise BadParameter(f"mode: {mode!r} is none of {', '.join(choices)}.")
    if not 400 <= settings["miss_status"] <= 599:
        raise BadParameter(f"miss_status: {settings['miss_status']} is not in 400 to 599.")
    return RecordMode(mode)


def _key_file(settings: Mapping[str, Any]) -> Path | None:
    return Path(settings["key_file"]).expanduser() if settings["key_file"] else None


def _replaying(paths: list[Path], settings: Mapping[str, Any]) -> Session:
    key = find_key(_key_file(settings))
    stand_ins = StandIns(key) if key else None
    cassettes = [load_cassette(path) for path in paths]
    for cassette in cassettes:
        _warn_of_other_key(cassette.redaction, stand_ins, cassette.path)
    recording = Recording(
        cassettes,
        lambda redaction: _redactor_for(redaction, stand_ins, settings),
        settings["project"] or None,
    )
    return Session(_redactor(stand_ins, settings), recording, None, settings, str(paths[0]))


def _recording(path: Path, mode: RecordMode, settings: Mapping[str, Any]) -> Session:
    if os.environ.get("CI"):
        logger.warning("recording although CI is set: a test run there should only replay")
    key_file = _key_file(settings)
    is_new = find_key(key_file) is None
    key = find_or_make_key(key_file)
    if is_new:
        logger.info(
            "made a key for stand-ins in %s; who records into the same cassettes needs it too, "
            "as GLANCETAPE_KEY",
            default_key_file(),
        )
    stand_ins = StandIns(key)
    recorder = Recorder(
        Assignment(
            path,
            f"glancetape {__version__}",
            key,
            settings["keep_ids"],
            tuple(sorted({fold(name) for name in settings["sensitive"]})),
            tuple(settings["keep_header"]),
            replaces=mode is RecordMode.ALL,
        )
    )
    try:
        recording = None
        if recorder.recorded_before and mode.replays():
            recording = Recording(
                [load_cassette(path)],
                lambda redaction: _redactor_for(redaction, stand_ins, settings),
            )
    except BaseException:
        recorder.close()
        raise
    return Session(_redactor(stand_ins, settings), recording, recorder, settings, str(path))


def _redactor(stand_ins: StandIns | None, settings: Mapping[str, Any]) -> Redactor:
    return Redactor(
        stand_ins,
        keep_ids=settings["keep_ids"],
        sensitive=settings["sensitive"],
        more_headers=settings["keep_header"],
    )


def _redactor_for(
    redaction: Redaction, stand_ins: StandIns | None, settings: Mapping[str, Any]
) -> Redactor | None:
    """Give what makes requests comparable with a cassette's, None for foreign cassettes."""
    if redaction.key_id is None:
        return None
    ours = stand_ins if stand_ins and stand_ins.key_id == redaction.key_id else None
    names = (*redaction.sensitive, *settings["sensitive"])
    return Redactor(ours, keep_ids=redaction.ids_kept, sensitive=names)


def _warn_of_other_key(redaction: Redaction, stand_ins: StandIns | None, path: Path) -> None:
    if redaction.key_id is None or redaction.ids_kept:
        return
    if stand_ins is None or stand_ins.key_id != redaction.key_id:
        logger.info(
            "%s was redacted with key %s, which is not here: requests that name real ids miss "
            "(set GLANCETAPE_KEY, or --project for your own id)",
            path,
            redaction.key_id,
        )
