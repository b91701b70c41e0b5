"""What a run of pytest shares between its tests: the server, opened files, and made sets.

A test gets a rewound view of the open files, so it begins as if nothing had been played, and costs
no reading.
"""

import os
import socket
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from glancetape.addresses import Address
from glancetape.home_folder import NoHome, cache_folder, in_home
from glancetape.modes import RecordMode
from glancetape.options import Settings
from glancetape.pytest_plugin.choosing import (
    DEFAULT_COUNT,
    Choice,
    cassette_name,
    parameter,
)
from glancetape.pytest_plugin.endpoint import Endpoint, ServiceAddress, Started, Ways, noting
from glancetape.pytest_plugin.environment import names_a_proxy, past_proxies, variables_set
from glancetape.pytest_plugin.made_sets import generated, of_images
from glancetape.pytest_plugin.network import blocked_network
from glancetape.session.file_to_replay import ENDINGS
from glancetape.session.miss_response import failure_response
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape.wire.answering import FAILED, Answering, Exchange
from glancetape.wire.messages import Received, Sent, to_send
from glancetape.wire.saved.recordings import load_recording
from glancetape_cassettes.errors import BadParameter, CassetteError, GlancetapeError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.lean_process import without_garbage_collection
from glancetape_cassettes.near_names import nearest_file

if TYPE_CHECKING:
    from glancetape.wire.mitmproxy_runner import Plan, Proxy
    from glancetape.wire.serving.server_thread import ServerThread

_FREE = Address("127.0.0.1", 0)
_MOST_OPEN = 16
"""Sessions that stay open between tests. An image set holds four descriptors, of which a process
may have 1,024 or, on macOS, 256."""
_CASSETTES = "cassettes"
_NO_SOCKETS = (
    "glancetape: add --allow-hosts=127.0.0.1,::1 to pytest's options: pytest-socket lets this test "
    "open no socket, so nothing can listen on 127.0.0.1 and no client could reach it."
)

_NO_UPSTREAM = (
    "glancetape.url records a service: name it with --glancetape-upstream URL or "
    "glancetape_upstream in the configuration."
)
_NO_TEST = (
    "No test that uses glancetape is running, so nothing answers at glancetape_server. A test that "
    "asks for its client with getfixturevalue needs the fixture glancetape too."
)


class Options(NamedTuple):
    """What holds for all tests of a run."""

    mode: RecordMode
    upstream: str | None
    is_configured: bool
    """Whether it is in the configuration, so that no command needs to name it."""
    root: Path
    folder: str
    """Where cassettes are, from the root; "" for `cassettes` beside each test file."""
    allowed_hosts: tuple[str, ...]


class Place(NamedTuple):
    """Where a test is."""

    node: str
    """Its id, as a person gives it to pytest."""
    file: Path
    test: str
    """Its class and name: `TestList.test_names[public]`."""


class Run:
    """The shared parts; each is made when a test first needs it."""

    def __init__(self, options: Options) -> None:
        """Share these options."""
        self.options = options
        self.recorders: Counter[Path] = Counter()
        """How many tests of this run record into a cassette, where several processes run them."""
        self._closing = ExitStack()
        self._answer: Callable[[Received], Sent] | None = None
        """How the test that is running answers."""
        self._last: Callable[[Received], Sent] | None = None
        self._may_last_answer = False
        self._sessions: dict[object, Session] = {}
        """The one used last is the last."""
        self._closing.callback(self._close_sessions)

    def close(self) -> None:
        """End the server, and close all files."""
        self._closing.close()

    def _close_sessions(self, leave: int = 0) -> None:
        while len(self._sessions) > leave:
            self._sessions.pop(next(iter(self._sessions))).close()

    @cached_property
    def _folder(self) -> Path:
        return self._closing.enter_context(temporary_folder())

    @cached_property
    def _confdir(self) -> str:
        """The folder of the proxy's CA."""
        from glancetape.commands.starting.child_process import ca_folder

        return str(self._closing.enter_context(ca_folder()))

    @cached_property
    def _server(self) -> "ServerThread":
        with without_garbage_collection():
            from glancetape.wire.serving.server_thread import ServerThread

        _check_sockets()
        server = ServerThread()
        self._closing.callback(server.close)
        return server

    def command_to_record(self, mode: RecordMode, choice: Choice, place: Place) -> str:
        """What records with a test, as it is typed where this run was started.

        It names the service, unless the test or the configuration does.
        """
        words = ["pytest", "--glancetape-mode", mode.value]
        if not choice.upstream and not self.options.is_configured:
            words += ["--glancetape-upstream", quote(self.options.upstream or "URL")]
        node = place.node.replace("'", "'\"'\"'")
        return " ".join([*words, f"'{node}'"])

    # -- files ------------------------------------------------------------------------------

    def files(self, choice: Choice, place: Place) -> tuple[Path, ...]:
        """The files that a test replays or records; sets are made. Raises GlancetapeError."""
        if choice.images is not None:
            dialect = choice.settings.get("dialect")
            return (of_images(choice.images, dialect, self._folder),)
        if choice.spec is not None:
            file = self._find(choice.spec, place, choice) if Path(choice.spec).suffix else None
            count = DEFAULT_COUNT if choice.count is None else choice.count
            try:
                sets = cache_folder(os.environ)
                return (generated(choice.spec, file, count, choice.seed, sets),)
            except (OSError, NoHome):  # no home that can be written, as in some containers
                return (generated(choice.spec, file, count, choice.seed, self._folder),)
        names = choice.names or (cassette_name(place.file.stem, place.test),)
        return tuple(self._find(name, place, choice) for name in names)

    def _folders(self, place: Place) -> list[Path]:
        """Where a file of a test is looked for; the first is where it is recorded.

        A project below the root, as one of several in a repository, has a folder of its own.
        """
        own, root = place.file.parent, self.options.root
        above = [one for one in own.parents if one.is_relative_to(root)]
        near = [each for one in (own, *above, root) for each in (one / _CASSETTES, one)]
        first = [root / self.options.folder] if self.options.folder else []
        return list(dict.fromkeys((*first, *near)))

    def _find(self, name: str, place: Place, choice: Choice, parameter: str = "") -> Path:
        """A file where files of a test are looked for. Raises CassetteError."""
        folders = self._folders(place)
        paths = [folder / in_home(name) for folder in folders]
        found = next((path for path in paths if path.is_file()), None)
        if found is not None:
            return found
        if (
            not parameter
            and self.options.mode.records_new
            and Path(name).suffix in (".yaml", ".yml")
        ):
            return paths[0]
        shown = ", ".join(f"{os.path.relpath(one, self.options.root)}/" for one in folders)
        if meant := nearest_file(name, _names_in(folders)):
            raise CassetteError(
                f"{parameter}{name}: no such file in {shown}. Did you mean {meant}?"
            )
        record = self.command_to_record(RecordMode.ONCE, choice, place)
        advice = "" if parameter or name.endswith(".images") else f"\nTo record it: {record}"
        raise CassetteError(f"{parameter}{name}: no such file in {shown}{advice}")

    # -- the whole run ----------------------------------------------------------------------

    @cached_property
    def server(self) -> ServiceAddress:
        """An address that stays: the test that is running answers there."""
        return ServiceAddress(
            serve=lambda: self._server.serve_answers(self._answer_now).url,
            folder=lambda: Path(tempfile.mkdtemp(dir=self._folder)),
        )

    def remember(self) -> None:
        """Take the test that is running for the last one, until the next call."""
        self._last = self._answer

    @contextmanager
    def lets_last_answer(self) -> Iterator[None]:
        """Answer as the last test did while none is running, for as long as the block lasts."""
        self._may_last_answer = True
        try:
            yield
        finally:
            self._may_last_answer = False

    def _answer_now(self, received: Received) -> Sent:
        answer = self._answer or (self._last if self._may_last_answer else None)
        return answer(received) if answer is not None else _failed(received, 503, _NO_TEST)

    # -- a test -----------------------------------------------------------------------------

    @contextmanager
    def endpoint(self, choice: Choice, place: Place) -> Iterator[tuple[Endpoint, Sequence[Path]]]:
        """An endpoint for one test, and the files that it answers from. Raises GlancetapeError."""
        files = self.files(choice, place)
        settings = dict(choice.settings)
        if "cloud" in settings:
            settings["cloud"] = str(self._find(str(settings["cloud"]), place, choice, "cloud: "))
        with ExitStack() as closing:
            if self._records(files):
                self._check_recording(choice, files)
                started = self._recording(files[0], choice, settings, closing)
            else:
                started = self._replaying(files, settings, closing)
                allowed = (*self.options.allowed_hosts, *choice.allowed_hosts)
                closing.enter_context(blocked_network(allowed))
            if names_a_proxy(os.environ):
                closing.enter_context(variables_set(past_proxies(os.environ)))
            endpoint = Endpoint(started, choice.cloud_name)
            if choice.env:
                closing.enter_context(variables_set(endpoint.env))
            closing.callback(setattr, self, "_answer", None)
            self._answer = started.reply
            yield endpoint, files

    def _records(self, files: Sequence[Path]) -> bool:
        mode, first = self.options.mode, files[0]
        if not mode.records_new or len(files) > 1 or first.suffix == ".images":
            return False
        return mode.records_more or not (first.exists() and first.stat().st_size)

    def _check_recording(self, choice: Choice, files: Sequence[Path]) -> None:
        if self.recorders[files[0]] > 1:
            raise BadParameter(
                f"{self.recorders[files[0]]} tests record into {files[0].name}, and pytest-xdist "
                "runs them in several processes; record without -n, or give each test its cassette."
            )

    def _replaying(
        self, files: Sequence[Path], settings: dict[str, Any], closing: ExitStack
    ) -> Started:
        session = self._session(files, settings).rewound()

        def serve() -> str:
            served = self._server.serve(answering)
            closing.callback(served.close)
            return served.url

        def start_proxy() -> "Proxy":
            from glancetape.wire.mitmproxy_runner import Plan

            plan = Plan(settings=Settings(), listen=_FREE, opened=answering, confdir=self._confdir)
            return _enter(plan, closing)

        def reply(received: Received) -> Sent:
            sent = answering.reply(received, direct=not received.names_host)
            assert sent is not None  # it does not record
            return sent

        ways = Ways(serve=serve, start_proxy=start_proxy, folder=lambda: _own_folder(closing))
        started = Started(ways=ways, session=session, reply=reply)
        answering = Answering(session, noting(started.exchanges))
        return started

    def _recording(
        self, file: Path, choice: Choice, settings: dict[str, Any], closing: ExitStack
    ) -> Started:
        proxies: list[Proxy] = []
        exchanges: list[Exchange] = []
        values = {**settings, "record": str(file), "mode": self.options.mode.value}
        found = Settings.of(values, parameter)
        upstream = choice.upstream or self.options.upstream

        def start(upstream: str | None) -> "Proxy":
            from glancetape.wire.mitmproxy_runner import Plan

            if proxies:
                raise BadParameter("a test that records uses either url or proxies, not both.")
            file.parent.mkdir(parents=True, exist_ok=True)
            plan = Plan(
                settings=replace(found, upstream=tuple((upstream or "").split())),
                listen=_FREE,
                confdir=self._confdir,
                watch=noting(exchanges),
            )
            proxies.append(_enter(plan, closing))
            return proxies[0]

        @cache
        def serve() -> str:
            if upstream is None:
                raise BadParameter(_NO_UPSTREAM)
            return start(upstream).url

        def reply(received: Received) -> Sent:
            from glancetape.pytest_plugin.forwarding import NotForwarded, forward

            try:
                return forward(received, serve())
            except (GlancetapeError, NotForwarded) as error:
                noting(exchanges)(
                    Exchange(line=received.method, status=502, answered=FAILED, why=str(error))
                )
                return _failed(received, 502, str(error))

        ways = Ways(serve, lambda: start(None), lambda: _own_folder(closing))
        return Started(ways=ways, session=None, reply=reply, exchanges=exchanges)

    def _session(self, files: Sequence[Path], settings: dict[str, Any]) -> Session:
        """The open files; opened again when one has changed, or after many others."""
        stats = [(path, path.stat()) for path in files if path.exists()]
        identity = tuple((path, one.st_mtime_ns, one.st_size, one.st_ino) for path, one in stats)
        key = (identity, repr(sorted(settings.items())))
        session = self._sessions.pop(key, None)
        if session is None:
            self._close_sessions(leave=_MOST_OPEN - 1)  # no test uses them any more
            found = Settings.of({**settings, "replay": list(map(str, files))}, parameter)
            session = open_session(found, load_recording)
        self._sessions[key] = session
        return session


def _names_in(folders: Sequence[Path]) -> Iterator[str]:
    """The files of folders that can be replayed, where a name of the user may be one of them."""
    for folder in folders:
        with suppress(OSError):
            yield from (
                one.name
                for one in folder.iterdir()
                if one.suffix in ENDINGS and one.name.isprintable()
            )


def _check_sockets() -> None:
    """Fail a test that may open no socket, in a line, and before an event loop is half made.

    pytest-socket warns too, which would be raised in its place where warnings are errors.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            socket.socket(socket.AF_INET).close()
        except Exception as error:
            if type(error).__name__ != "SocketBlockedError":
                raise
        else:
            return
    pytest.fail(_NO_SOCKETS, pytrace=False)


def _enter(plan: "Plan", closing: ExitStack) -> "Proxy":
    from glancetape.wire.mitmproxy_runner import ProxyThread

    _check_sockets()
    return closing.enter_context(ProxyThread(plan))


def _failed(received: Received, status: int, why: str) -> Sent:
    return to_send(failure_response(why, FAILED, status), received.method, FAILED, why)


def _own_folder(closing: ExitStack) -> Path:
    return closing.enter_context(temporary_folder())
