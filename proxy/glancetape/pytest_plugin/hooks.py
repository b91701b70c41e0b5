"""The hooks that pytest calls: options, the marker, the fixture, and what a miss does to a test.

This module is loaded in every run of pytest. Whatever takes time is imported by the first test
that uses the plugin.
"""

import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from glancetape.pytest_plugin.choosing import Choice
    from glancetape.pytest_plugin.endpoint import Endpoint, ServiceAddress
    from glancetape.pytest_plugin.running import Options, Place, Run
    from glancetape.pytest_plugin.tally import Tally

NAME = "glancetape"
SERVER = "glancetape_server"
_WRONG_SCOPE = f"function scoped fixture {NAME} with a "
"""Of pytest's error."""
_TAKE_SERVER = (
    f"{NAME} is another one for each test. A fixture of a wider scope takes {SERVER}: its address "
    "stays, and each test answers there while it runs."
)
MODES = ("none", "once", "new_episodes", "all")

_PACKAGES = ("glancetape", "glancetape_generators", "glancetape_cassettes")
# Their own use of what is deprecated is nothing that a user's `filterwarnings = error` is about.
_OF_MITMPROXY = ("mitmproxy", "ldap3", "passlib")


class _InUse:
    """The endpoint of a test, and the misses that were reported already."""

    def __init__(
        self,
        endpoint: "Endpoint",
        choice: "Choice",
        to_record: str,
        files: Sequence[Path],
        closing: ExitStack,
    ) -> None:
        self.endpoint = endpoint
        self.choice = choice
        self.files = files
        self.closing = closing
        self.reported = 0
        self.advice = [] if choice.label else [f"To record it with this test: {to_record}"]


_TALLY = pytest.StashKey["Tally"]()
_NOT_WRITTEN = pytest.StashKey[str]()
_RUN = pytest.StashKey["Run"]()
_IN_USE = pytest.StashKey[_InUse]()
_LAST = pytest.StashKey[_InUse]()
"""Of the last test that used the server of the whole run."""
_COUNTED = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, all with our prefix."""
    group = parser.getgroup(NAME, "recorded and simulated image services")
    group.addoption(
        "--glancetape-mode",
        choices=MODES,
        default="none",
        help="none: replay only [default]. once: record cassettes that do not exist. "
        "new_episodes: also record what they do not answer. all: record everything again.",
    )
    group.addoption(
        "--glancetape-upstream",
        metavar="URL",
        help="The image service that glancetape.url records; 'image=URL identity=URL' to log in "
        "too. Also in the configuration.",
    )
    group.addoption(
        "--glancetape-record-in-ci",
        action="store_true",
        help="Record although the environment variable CI is set.",
    )
    group.addoption(
        "--glancetape-unused",
        action="store_true",
        help="List the interactions that no test of this run used.",
    )
    group.addoption(
        "--glancetape-report", metavar="FILE.json", help="Write what the tests used as JSON."
    )
    parser.addini("glancetape_default", "what tests without a marker replay", type="args")
    parser.addini("glancetape_folder", "folder of the cassettes, from the root directory")
    parser.addini("glancetape_upstream", "the image service that is recorded")
    parser.addini("glancetape_allowed_hosts", "other hosts that tests may connect to", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; refuse to record by accident."""
    config.addinivalue_line(
        "markers",
        "glancetape(*files, count=N, seed=N, images=[...], **options): replay cassettes, an image "
        "set, a generated set or a few images; the fixture glancetape has the address.",
    )
    config.pluginmanager.register(_AroundFixtures())
    _leave_as_installed(getattr(config.pluginmanager, "rewrite_hook", None))
    for module in _OF_MITMPROXY:
        config.addinivalue_line("filterwarnings", f"ignore::DeprecationWarning:{module}")
    mode = config.getoption("glancetape_mode")
    is_allowed = config.getoption("glancetape_record_in_ci")
    if mode != "none" and os.environ.get("CI") and not is_allowed:
        raise pytest.UsageError(
            f"--glancetape-mode {mode} records, and CI is set: tests there should only replay. "
            "--glancetape-record-in-ci records all the same."
        )


def _leave_as_installed(rewriting: object) -> None:
    """Let pytest load our modules as they were installed.

    It rewrites the asserts of everything that was installed with a plugin, to explain them when
    they fail. Ours are no tests, and to compile a hundred modules again takes as long as some
    hundred tests; in a fresh environment, as in CI, that is in each run.
    """
    marked = getattr(rewriting, "_must_rewrite", None)
    known = getattr(rewriting, "_marked_for_rewrite_cache", None)
    if isinstance(marked, set) and isinstance(known, dict):  # otherwise it only takes longer
        marked.difference_update(_PACKAGES)
        known.clear()


@contextmanager
def _loading(config: pytest.Config) -> Iterator[None]:
    """Load many modules at once, without what slows that down.

    Garbage is collected later, and pytest is not asked of each module whether it rewrites it, which
    takes a tenth of the time.
    """
    from glancetape_cassettes.lean_process import without_garbage_collection

    rewriting: Any = getattr(config.pluginmanager, "rewrite_hook", None)
    places = [place for place, finder in enumerate(sys.meta_path) if finder is rewriting]
    for place in places:
        del sys.meta_path[place]
    try:
        with without_garbage_collection():
            yield
    finally:
        for place in places:
            sys.meta_path.insert(place, rewriting)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a test with the marker or the server use the fixture, though it does not name it."""
    names = getattr(item, "fixturenames", None)
    if names is None or NAME in names:
        return
    if SERVER in names or item.get_closest_marker(NAME):
        names.append(NAME)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the tests that record into each cassette, where several processes run them."""
    config = session.config
    if config.getoption("glancetape_mode") == "none" or not hasattr(config, "workerinput"):
        return
    from glancetape.pytest_plugin.choosing import BadMarker
    from glancetape_cassettes.errors import GlancetapeError

    run = _run_of(config)
    for item in session.items:
        if NAME in getattr(item, "fixturenames", ()):
            try:
                run.recorders.update(run.files(_choice_of(item), _place_of(item)))
            except (BadMarker, GlancetapeError):  # the test itself will fail with it
                continue


@pytest.fixture
def glancetape(request: pytest.FixtureRequest) -> "Iterator[Endpoint]":
    """The endpoint of what the marker `glancetape` chooses: `.url`, `.connect()`, `.images`."""
    item: pytest.Item = request.node
    is_begun = _asks_server(item)
    in_use = item.stash[_IN_USE] if is_begun else _begin(item)
    if _is_unittest(request.instance):
        vars(request.instance).setdefault(NAME, in_use.endpoint)  # its methods take no fixtures
    try:
        yield in_use.endpoint
    finally:
        if not is_begun:
            _end(item, in_use)
    if not is_begun and (late := _unreported(in_use)):
        pytest.fail(late, pytrace=False)


@pytest.fixture(scope="session")
def glancetape_server(pytestconfig: pytest.Config) -> "ServiceAddress":
    """An address that stays for the whole run: each test answers there while it runs."""
    return _run_of(pytestconfig).server


def _asks_server(item: pytest.Item) -> bool:
    """Whether a test, or a fixture of it, uses the server of the whole run."""
    return SERVER in getattr(item, "fixturenames", ())


class _AroundFixtures:
    """Lets fixtures of a wider scope ask the server before a test begins, and when they end."""

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin. Called after those who skip a test, as it is registered after pytest's own."""
        if _asks_server(item):
            item.config.stash[_LAST] = _begin(item)
            _run_of(item.config).remember()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """End. Fixtures of the whole run end after their last test, which may be another one."""
        last = item.config.stash.get(_LAST, None)
        if last is None:
            return (yield)
        try:
            with _run_of(item.config).lets_last_answer():
                result = yield
        except BaseException:
            _end_last(item, last)
            _add_section(item, last)
            raise
        _end_last(item, last)
        if late := _unreported(last):
            pytest.fail(late, pytrace=False)
        return result


def _end_last(item: pytest.Item, last: _InUse) -> None:
    if item.stash.get(_IN_USE, None) is last:
        _end(item, last)


def _is_unittest(instance: object) -> bool:
    """Whether a test is a method of unittest, which is loaded by those who use it."""
    unittest = sys.modules.get("unittest")
    return unittest is not None and isinstance(instance, unittest.TestCase)


def _begin(item: pytest.Item) -> _InUse:
    """Open what a test chooses; fail the test where that cannot be done."""
    from glancetape.modes import RecordMode
    from glancetape.pytest_plugin.choosing import BadMarker, for_markers
    from glancetape_cassettes.errors import GlancetapeError

    closing = ExitStack()
    try:
        choice = _choice_of(item)
        with _loading(item.config) if _RUN not in item.config.stash else nullcontext():
            opened = _run_of(item.config).endpoint(choice, _place_of(item))
            endpoint, files = closing.enter_context(opened)
    except (BadMarker, GlancetapeError) as error:
        why = f"glancetape: {for_markers(str(error))}"
    else:
        run, more = _run_of(item.config), RecordMode.NEW_EPISODES
        to_record = run.command_to_record(more, choice, _place_of(item))
        in_use = item.stash[_IN_USE] = _InUse(endpoint, choice, to_record, files, closing)
        return in_use
    pytest.fail(why, pytrace=False)


def _end(item: pytest.Item, in_use: _InUse) -> None:
    """Close what a test has opened, and count what it used."""
    from glancetape.pytest_plugin.tally import count

    in_use.closing.close()
    requests = in_use.endpoint.requests
    item.stash[_COUNTED] = count(item.nodeid, in_use.files, requests, in_use.choice.label)


def _choice_of(item: pytest.Item) -> "Choice":
    """What the markers around a test choose. Raises BadMarker."""
    from glancetape.pytest_plugin.choosing import choose, read_default

    markers = [(one.args, one.kwargs) for one in item.iter_markers(NAME)]
    return choose(reversed(markers), read_default(item.config.getini("glancetape_default")))


def _place_of(item: pytest.Item) -> "Place":
    from glancetape.pytest_plugin.running import Place

    parents = [one.name for one in item.listchain() if isinstance(one, pytest.Class)]
    return Place(node=_as_typed(item), file=item.path, test=".".join([*parents, item.name]))


def _as_typed(item: pytest.Item) -> str:
    """The id of a test as it can be given to pytest where this run was started."""
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    return file + "".join(item.nodeid.partition("::")[1:])


def _run_of(config: pytest.Config) -> "Run":
    if _RUN not in config.stash:
        from glancetape.pytest_plugin.running import Run

        run = config.stash[_RUN] = Run(_options_of(config))
        config.add_cleanup(run.close)
    return config.stash[_RUN]


def _options_of(config: pytest.Config) -> "Options":
    from glancetape.modes import RecordMode
    from glancetape.pytest_plugin.running import Options

    configured = config.getini("glancetape_upstream")
    upstream = config.getoption("glancetape_upstream") or configured
    return Options(
        mode=RecordMode(config.getoption("glancetape_mode")),
        upstream=upstream or None,
        is_configured=bool(configured),
        root=config.rootpath,
        folder=config.getini("glancetape_folder"),
        allowed_hosts=tuple(config.getini("glancetape_allowed_hosts")),
    )


# -- misses -------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail the setup of a test in which a request had no answer."""
    result = yield
    _fail_for_misses(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test in which a request had no answer, though its client went on."""
    try:
        result = yield
    except BaseException:
        if in_use := item.stash.get(_IN_USE, None):
            _add_section(item, in_use)
        raise
    _fail_for_misses(item)
    return result


def _fail_for_misses(item: pytest.Item) -> None:
    in_use = item.stash.get(_IN_USE, None)
    if in_use is None:
        return
    if getattr(item, "_excinfo", None):  # unittest keeps a failure for later; ours would be lost
        _add_section(item, in_use)
    elif text := _unreported(in_use):
        pytest.fail(text, pytrace=False)


def _add_section(item: pytest.Item, in_use: _InUse) -> None:
    """Show misses beside the test's own failure, which is often their effect."""
    if text := _unreported(in_use):
        item.add_report_section("call", NAME, text)


def _unreported(in_use: _InUse) -> str:
    """The misses since the last call, in words; "" for none."""
    misses = in_use.endpoint.misses
    new, in_use.reported = misses[in_use.reported :], len(misses)
    if not new or in_use.choice.allow_misses:
        return ""
    head = "a request had no answer" if len(new) == 1 else f"{len(new)} requests had no answer"
    from glancetape.terminal.escaping import escape_lines

    texts = dict.fromkeys(one.why or one.request for one in new)
    # What is refused for another reason, such as its host, would be refused while recording too.
    advice = in_use.advice if any(one.answered == "miss" for one in new) else []
    return "\n".join([f"glancetape: {head}", *map(escape_lines, texts), *advice])


# -- counting -----------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send what a test used with its report, which pytest-xdist passes to the main process.

    The error of a fixture of too wide a scope gets a line on what to take instead.
    """
    report = yield
    if report.when == "setup" and report.failed and _WRONG_SCOPE in report.longreprtext:
        report.sections.append((NAME, _TAKE_SERVER))
    if report.when == "teardown" and _COUNTED in item.stash:
        vars(report)[NAME] = item.stash[_COUNTED]
    return report


class _Collecting:
    """Adds up what the reports bring."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if counted := vars(report).get(NAME):
            _tally_of(self._config).add(counted)


def _tally_of(config: pytest.Config) -> "Tally":
    from glancetape.pytest_plugin.tally import Tally

    return config.stash.setdefault(_TALLY, Tally())


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collect in the process that prints."""
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(_Collecting(session.config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report; a run that cannot write it has failed, and says why at its end."""
    path = session.config.getoption("glancetape_report")
    if path and not hasattr(session.config, "workerinput"):
        from glancetape.pytest_plugin.summary import write_report
        from glancetape_cassettes.errors import GlancetapeError

        try:
            write_report(Path(path), _tally_of(session.config))
        except GlancetapeError as error:
            session.config.stash[_NOT_WRITTEN] = str(error)
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print one table of the files and how they were used."""
    if why := config.stash.get(_NOT_WRITTEN, ""):
        from glancetape.terminal.escaping import escape

        terminalreporter.write_line(f"{NAME}: {escape(why)}", red=True)
    tally = config.stash.get(_TALLY, None)
    unused = bool(config.getoption("glancetape_unused"))
    if tally is None or not tally.tests or (config.get_verbosity() < 0 and not unused):
        return
    from glancetape.pytest_plugin.summary import lines, notes

    terminalreporter.section(NAME)
    for line in lines(tally, config.rootpath, list_unused=unused):
        terminalreporter.write_line(line)
    for note in notes(tally, config.rootpath):
        terminalreporter.write_line(note)
