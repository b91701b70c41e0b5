"""What the options for faults are read as, and which requests they meet."""

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from glancetape.faults.broken import Broken
from glancetape.faults.draws import Draws
from glancetape.faults.failures import Error, Failure
from glancetape.faults.fates import NOTHING_HAPPENS, FaultPlan
from glancetape.faults.latency import MOST_SECONDS, Latency
from glancetape.faults.throttle import Throttle
from glancetape.options import Settings, flag
from glancetape.session.run_state import why_one_process
from glancetape.session.session import Session
from glancetape_cassettes.errors import BadParameter

LIST = "/v2/images?limit=7"


def _draws(count: int) -> list[float]:
    return [(place + 0.5) / count for place in range(count)]


UNREADABLE = {
    Latency.parse: "50 ms|fast|-1ms|p50=20ms|p50=20ms,p50=30ms|p99=1ms,p50=2ms|p50=0ms,p99=1ms|"
    "p0=1ms,p99=2ms|p50=1ms,p90=2ms,p99=3ms|61s|1h|",
    Failure.parse: "503|503:|503:1|503:101%|418:1%|429:1%|gateway-400:1%|reset:first-0|slow:1%|"
    "503:1%@v2|503:-1%|503:1%%|503:first-|gateway-:1%|:1%|503:٣%",
    Throttle.parse: "100|429:100|500:1rps|429:0rps|429:-1rps|rps",
}


@pytest.mark.parametrize(
    ("parse", "text"),
    [(parse, text) for parse, texts in UNREADABLE.items() for text in texts.split("|")],
)
def test_what_cannot_be_read_is_refused(parse: Callable[[str], object], text: str) -> None:
    """With the text as it was given."""
    with pytest.raises(BadParameter) as error:
        parse(text)

    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("2s", 2.0), ("250us", 0.00025), ("1.5s", 1.5)]
)
def test_a_latency_of_one_time_is_the_same_for_all(text: str, seconds: float) -> None:
    """Whatever is drawn."""
    assert {seconds} == {round(Latency.parse(text).at(draw), 9) for draw in _draws(10)}


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("p50=20ms,p99=400ms", {50: 0.02, 99: 0.4}),
        ("p99=400ms, p50=20ms", {50: 0.02, 99: 0.4}),
        ("p10=1ms,p99.9=1s", {10: 0.001, 99.9: 1.0}),
        ("p50=5ms,p99=5ms", {50: 0.005, 99: 0.005}),
    ],
)
def test_a_distribution_goes_through_both_points(text: str, points: dict[float, float]) -> None:
    """Counted in 10,000 draws that are evenly spread."""
    latency = Latency.parse(text)
    seconds = [latency.at(draw) for draw in _draws(10_000)]

    found = statistics.quantiles(seconds, n=1000)
    for percent, wanted in points.items():
        assert wanted == pytest.approx(found[round(percent * 10) - 1], rel=0.03)
    assert max(seconds) <= MOST_SECONDS


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("503:1%", Error(status=503)),
        ("400:100%", Error(status=400)),
        ("gateway-429:5%", Error(status=429, by_gateway=True)),
        ("gateway-504:first-1", Error(status=504, by_gateway=True)),
        ("reset:0.5%", Broken.RESET),
        ("truncate:first-3@/v2/images", Broken.TRUNCATE),
        ("dribble:2%@/v3", Broken.DRIBBLE),
    ],
)
def test_a_failure_names_what_happens(text: str, what: object) -> None:
    """An error of the service, of the gateway, or a broken connection."""
    assert what == Failure.parse(text).what


@pytest.mark.parametrize(
    ("path", "target", "is_met"),
    [
        ("", "/v3/auth/tokens", True),
        ("@/v2/images", "/v2/images", True),
        ("@/v2/images", "/v2/images?limit=2", True),
        ("@/v2/images", "/v2/images/0a1b/file", True),
        ("@/v2/images", "/v2/imagesx", False),
        ("@/v2/images", "/v2", False),
        ("@/v2/", "/v2/schemas/image", True),
    ],
)
def test_a_failure_meets_a_path_and_those_below(path: str, target: str, is_met: bool) -> None:
    """The query is no part of the path."""
    assert is_met == Failure.parse(f"503:100%{path}").meets("GET", target, Draws(0))


def test_the_first_times_of_each_request_fail() -> None:
    """So a client that tries again is answered."""
    failure, draws = Failure.parse("503:first-2"), Draws(0)
    asked = [LIST, LIST, "/v2/images", LIST, "/v2/images", LIST, "/v2/images"]

    met = [failure.meets("GET", target, draws) for target in asked]

    assert [True, True, True, False, True, False, False] == met


@pytest.mark.parametrize("percent", [0, 1, 25, 100])
def test_a_share_of_the_requests_fails(percent: int) -> None:
    """Of 20,000 requests, within four standard deviations."""
    failure, draws, count = Failure.parse(f"503:{percent}%"), Draws(5), 20_000
    share = percent / 100

    met = sum(failure.meets("GET", f"/v2/images?marker={n}", draws) for n in range(count))

    assert abs(met - share * count) <= 4 * (count * share * (1 - share)) ** 0.5


def test_the_same_seed_fails_the_same_requests_in_any_order() -> None:
    """Another seed fails others, and a rewound plan begins again."""
    targets = [f"/v2/images?marker={number % 300}" for number in range(900)]

    def failed(plan: FaultPlan, asked: list[str]) -> set[tuple[str, int]]:
        times = dict.fromkeys(asked, 0)
        met = set()
        for target in asked:
            times[target] += 1
            if plan.fate_of("GET", target) != NOTHING_HAPPENS:
                met.add((target, times[target]))
        return met

    plan = FaultPlan(failures=["503:10%"], seed=1)
    one = failed(plan, targets)

    assert one == failed(FaultPlan(failures=["503:10%"], seed=1), sorted(targets))
    assert one == failed(plan.again(), targets)
    assert one != failed(FaultPlan(failures=["503:10%"], seed=2), targets)


def test_a_throttle_lets_its_rate_pass_and_says_when_to_come_again() -> None:
    """The bucket holds one second; a clock is passed in."""
    now = 0.0
    throttle = Throttle.parse("429:10rps")
    throttle.clock = lambda: now

    assert [0] * 10 + [1] == [throttle.wait() for _ in range(11)]
    now = 0.25
    assert [0, 0, 1] == [throttle.wait() for _ in range(3)]
    now = 100.0
    assert [0] * 10 + [1] == [throttle.wait() for _ in range(11)]


def test_a_slow_throttle_names_whole_seconds() -> None:
    """One request in four seconds."""
    now = 0.0
    throttle = Throttle.parse("0.25rps")
    throttle.clock = lambda: now

    assert [0, 4] == [throttle.wait(), throttle.wait()]
    now = 3.0
    assert 1 == throttle.wait()


@pytest.mark.parametrize(
    ("option", "value"),
    [("latency", "soon"), ("fail", ("503",)), ("throttle", "429"), ("lab", ("chaos",))],
)
def test_settings_name_the_option_that_cannot_be_read(option: str, value: object) -> None:
    """As the command line spells it."""
    with pytest.raises(BadParameter) as error:
        Settings.of({"replay": ("a.yaml",), option: value}, flag)

    assert str(error.value).startswith(flag(option) + ": ")


@pytest.mark.parametrize(
    ("option", "value"),
    [("latency", "1ms"), ("fail", ("503:1%",)), ("throttle", "1rps"), ("lab", ("locations",))],
)
def test_nothing_is_recorded_with_faults(option: str, value: object) -> None:
    """The cassette would hold them as the service's answers."""
    with pytest.raises(BadParameter, match=flag(option)):
        Settings.of({"record": "a.yaml", option: value}, flag)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        ({"latency": "1ms", "fail": ("503:1%",)}, ""),
        ({"throttle": "1rps"}, "--throttle"),
        ({"lab": ("locations",)}, "--lab"),
        ({"fail": ("503:1%", "reset:first-1")}, "reset:first-1"),
    ],
)
def test_what_counts_requests_needs_one_process(settings: dict[str, Any], words: str) -> None:
    """Several would each count their own."""
    session = Session(settings=Settings(**settings), stand_ins=None)

    assert words in why_one_process(session)
    assert bool(words) == bool(why_one_process(session))
