"""Running the proxy for a command or a test: mitmproxy's master with our addon."""

import asyncio
import logging
import signal
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from glancetape.addresses import Address, parse_upstreams
from glancetape.home_folder import NoHome, in_home
from glancetape.options import Settings, flag
from glancetape.session.counts import Counts
from glancetape.terminal.ending import wake_no_more
from glancetape.wire.in_mitmproxy.addon_options import for_mitmproxy
from glancetape_cassettes.errors import BadParameter, GlancetapeError

if TYPE_CHECKING:
    from glancetape.wire.answering import Answering, Exchange

STREAMED_FROM = "64m"
"""Larger bodies (image files) pass through without being held in memory or recorded."""

IDLE_ADDONS = frozenset(
    "AntiCache AntiComp BlockList Browser ClientPlayback CommandHistory Comment Cut Export "
    "MapLocal MapRemote ModifyBody ModifyHeaders ProxyAuth Save SaveHar ScriptLoader "
    "ServerPlayback StickyAuth StickyCookie UpstreamAuth".split()
)
"""mitmproxy's own addons that do nothing without an option or a command that none of ours sets.

mitmproxy asks every addon eight times for each request. To ask these takes a fifth of the time of a
request that is recorded, so they are left out.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run: a session, where it listens, and mitmproxy's own options."""

    settings: Settings
    listen: Address
    opened: "Answering | None" = None
    """A session to answer from, instead of one that the settings describe."""
    watch: "Callable[[Exchange], None] | None" = None
    """Called for each request that is answered or recorded."""
    confdir: str | None = None
    upstream_ca: str | None = None
    insecure: bool = False


@dataclass(slots=True)
class Proxy:
    """A proxy that runs until `stop`; `url` is known once it is ready."""

    plan: Plan
    url: str = ""
    counts: Counts = field(default_factory=Counts)
    storing_failed: int = 0
    _master: Any = None

    async def run(self, on_ready: Callable[["Proxy"], None], *, signals: bool) -> None:
        """Run until stopped. Raises GlancetapeError when it cannot start."""
        _check_free(self.plan.listen)
        _check_folder(self.plan.confdir)
        _check_certificates(self.plan.upstream_ca)
        # Loading mitmproxy takes a second: what cannot be used is reported before. What it loads
        # uses deprecated names, and a program around us may make warnings errors.
        with warnings.catch_warnings(action="ignore"):
            from mitmproxy import addons, exceptions, master, options

            from glancetape.wire.addon_hooks import Glancetape
            from glancetape.wire.flow_filter import read_filter

        if self.plan.settings.only:
            read_filter(self.plan.settings.only, flag("only"))
        logging.getLogger("mitmproxy").setLevel(logging.WARNING)
        hooks = Glancetape(self.plan.opened, self.plan.watch, self.plan.settings.spell)
        self._master = master.Master(options.Options())
        default_addons: Any = addons.default_addons
        needed = [one for one in default_addons() if type(one).__name__ not in IDLE_ADDONS]
        self._master.addons.add(*needed, hooks)
        try:
            self._master.options.update(**self._options())
        except exceptions.OptionsError as error:
            raise BadParameter(str(error)) from error
        if hooks.failure is not None:
            raise hooks.failure
        session = hooks.session
        if session is None:
            raise BadParameter("nothing to record or replay: name a cassette or an image set.")
        self.counts = session.counts
        if signals:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.stop)
        self._master.addons.add(_WhenRunning(lambda: self._ready(on_ready)))
        await self._master.run()
        if signals:
            wake_no_more()
        self.storing_failed = session.recorder.failed if session.recorder else 0
        if not self.url:
            raise GlancetapeError(f"cannot listen on {self.plan.listen}.")

    def _ready(self, on_ready: Callable[["Proxy"], None]) -> None:
        addresses = self._master.addons.get("proxyserver").listen_addrs()
        if not addresses:
            self.stop()
            return
        self.url = f"http://{Address(self.plan.listen.host, addresses[0][1])}"
        on_ready(self)

    def stop(self) -> None:
        """End the proxy. Any thread may call this."""
        if self._master is not None:
            self._master.shutdown()

    def _options(self) -> dict[str, Any]:
        plan = self.plan
        where = (
            f"@{plan.listen.host}:{plan.listen.port}"  # mitmproxy takes IPv6 without brackets here
        )
        behind = _first_origin(plan.settings.upstream)
        found: dict[str, Any] = {
            "mode": [f"reverse:{behind}{where}" if behind else f"regular{where}"],
            "stream_large_bodies": STREAMED_FROM,
            "ssl_insecure": plan.insecure,
        }
        if plan.confdir:
            found["confdir"] = plan.confdir
        if plan.upstream_ca:
            found["ssl_verify_upstream_trusted_ca"] = plan.upstream_ca
        return found | for_mitmproxy(plan.settings)


def _first_origin(texts: Sequence[str]) -> str | None:
    """Where mitmproxy would send what we do not route: a URL without a name comes first."""
    upstreams = sorted(parse_upstreams(texts), key=lambda one: bool(one.service))
    return "://".join(urlsplit(upstreams[0].root)[:2]) if upstreams else None


class _WhenRunning:
    """An addon that calls back once the servers listen."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback

    def running(self) -> None:
        self._callback()


def _check_free(address: Address) -> None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except (OSError, OverflowError) as error:
            raise GlancetapeError(
                f"cannot listen on {address}: {getattr(error, 'strerror', None) or error}. "
                "Choose another with --listen; port 0 takes any free one."
            ) from error


def _check_folder(confdir: str | None) -> None:
    folder = in_home(confdir or "~/.mitmproxy")
    if folder.parts[0] == "~":
        raise NoHome(
            "no home folder is known, and mitmproxy keeps its CA there. Set HOME, or name another "
            "folder with --confdir."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GlancetapeError(
            f"{folder}: mitmproxy cannot keep its CA there: {error.strerror}. "
            "Name another folder with --confdir."
        ) from error


def _check_certificates(file: str | None) -> None:
    if file is None:
        return
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        raise BadParameter(f"--upstream-ca: {file} holds no certificates (PEM).") from error
    except OSError as error:
        raise BadParameter(f"--upstream-ca: {file} cannot be read: {error.strerror}.") from error


_GLANCE_AT_SIGNALS = 0.2  # seconds


class ProxyThread:
    """A proxy in its own thread, for as long as a `with` block lasts."""

    def __init__(self, plan: Plan) -> None:
        """Prepare a proxy, which starts when the block is entered."""
        self.proxy = Proxy(plan)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="glancetape-proxy", daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        await self.proxy.run(lambda _: self._ready.set(), signals=False)
        # Clients that are still connected are cancelled now, which nobody needs to read about.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)

    def __enter__(self) -> Proxy:
        """Start the proxy and wait until it listens. Raises what kept it from starting."""
        self._thread.start()
        # A signal that comes just before a lock blocks is seen when the lock is released.
        while not self._ready.wait(_GLANCE_AT_SIGNALS):
            pass
        if self._failure is not None:
            raise self._failure
        return self.proxy

    def __exit__(self, *_: object) -> None:
        """Stop the proxy and wait until the cassette is finished."""
        self.proxy.stop()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
