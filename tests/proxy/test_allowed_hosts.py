"""Which hosts a request may name, where only this machine can reach the server."""

from ipaddress import ip_address
from random import Random

import pytest

from glancetape.allowed_hosts import AllowedHosts, is_loopback, read_host, why_not_allowed
from glancetape.options import Settings, flag
from glancetape_cassettes.errors import BadParameter

OF_THIS_MACHINE = [
    *("localhost", "LOCALHOST:8180", "localhost.", "localhost.:80", "app.localhost:1"),
    *("127.0.0.1", "127.0.0.1:8180", "127.9.9.9:1", "[::1]", "[::1]:8180"),
    *("10.1.2.3:8180", "203.0.113.9", "[2001:db8::7]:8180"),
    *("host.docker.internal:8180", "host.containers.internal"),
]
OF_STRANGERS = [
    *("stranger.example", "stranger.example:8180", "localhost.stranger.example"),
    *("127.0.0.1.stranger.example", "127.0.0.1.nip.io:8180", "notlocalhost", "localhost-x"),
    *("1270.0.0.1", "0x7f.1", "0177.0.0.1", "127.1", "2130706433", "[::1].stranger.example"),
    *("localhost@stranger.example", "stranger.example@localhost", "localhost:80@stranger.example"),
    *("stranger.example#localhost", "stranger.example/localhost", "stranger.example, localhost"),
    *(
        "localhost stranger.example",
        "localhost\tx",
        "loc\u0430lhost",
        "local\xadhost",
        "host.docker",
    ),
    *(".localhost.stranger.example", ":8180", "[::1", "[]", "x" * 300, "docker.internal", "h"),
]


@pytest.mark.parametrize("host", OF_THIS_MACHINE)
def test_names_of_this_machine_and_addresses_are_allowed(host: str) -> None:
    """Whatever the port and the case; no DNS can lead a page to an address."""
    assert AllowedHosts().allow(host)


@pytest.mark.parametrize("host", OF_STRANGERS)
def test_a_name_that_a_page_may_have_is_not(host: str) -> None:
    """Nor what looks like a name of this machine, or like an address."""
    assert not AllowedHosts().allow(host)


def test_every_address_is_allowed_as_browsers_write_it() -> None:
    """The oracle is the standard library's own text of 2,000 drawn addresses."""
    rng = Random(11)
    allowed = AllowedHosts()

    for _ in range(1000):
        four, six = ip_address(rng.getrandbits(32)), ip_address(rng.getrandbits(128))
        assert allowed.allow(f"{four}:{rng.randrange(65536)}")
        assert allowed.allow(f"[{six}]")
        assert not allowed.allow(f"{four}.example")


@pytest.mark.parametrize(
    ("named", "host", "is_allowed"),
    [
        ("tape.example", "Tape.Example:8180", True),
        ("tape.example", "a.tape.example", False),
        (".example", "a.b.example", True),
        (".example", "example", False),
        (".example", "stranger-example", False),
        ("h", "h:1", True),
        ("*", "anything at all", True),
    ],
)
def test_a_user_names_others(named: str, host: str, is_allowed: bool) -> None:
    """A name is that name only; with a dot in front, all names below it."""
    assert is_allowed == AllowedHosts([named]).allow(host)
    assert is_allowed == Settings(allow_host=(named,)).allowed_hosts.allow(host)


@pytest.mark.parametrize(
    "text", ["", "http://a.example", "a.example:80", "*.example", "a b", ".", "a..b"]
)
def test_what_is_no_name_is_refused_with_its_option(text: str) -> None:
    """A URL or a port would never match."""
    with pytest.raises(BadParameter):
        read_host(text)
    with pytest.raises(BadParameter, match="--allow-host"):
        Settings.of({"allow_host": [text]}, flag)


def test_the_number_of_hosts_that_are_remembered_is_bounded() -> None:
    """A stranger may send a new one each time; the answers stay right."""
    allowed = AllowedHosts()

    assert not any(allowed.allow(f"{number}.example") for number in range(3000))
    assert allowed.allow("localhost")
    assert len(allowed._known) <= 256


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((host, True) for host in ("127.0.0.1", "127.0.1.1", "::1", "[::1]", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "", "10.0.0.1", "tape.example")),
    ],
)
def test_only_a_loopback_address_is_for_this_machine_alone(host: str, expected: bool) -> None:
    """Others are reached by names that we cannot know: a container, a Service of Kubernetes."""
    assert expected == is_loopback(host)


@pytest.mark.parametrize("host", [*OF_STRANGERS, "\x1b[2Jx", "<script>alert(1)</script>"])
def test_the_sentence_shows_no_text_but_names(host: str) -> None:
    """A log and a terminal show it."""
    sentence = why_not_allowed(host)

    assert sentence.isprintable()
    assert sentence.isascii()
    assert "--allow-host" in sentence
    assert "<" not in sentence
