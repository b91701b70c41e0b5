"""Which hosts a request may name, where only this machine can reach the server."""

from collections.abc import Callable
from ipaddress import ip_address
from random import Random

import pytest

from glancetape.options import Settings, addon_name, flag, plain
from glancetape.pytest_plugin.choosing import parameter
from glancetape.server_names import ServerNames, is_loopback, read_host, why_refused
from glancetape_cassettes.errors import BadParameter

OF_THIS_MACHINE = [
    *("localhost", "LOCALHOST:8180", "localhost.", "localhost.:80", "app.localhost:1"),
    *("127.0.0.1", "127.0.0.1:8180", "127.9.9.9:1", "[::1]", "[::1]:8180"),
    *("127.1:8180", "0x7f.1", "0177.0.0.1", "1270.0.0.1"),  # browsers read them as addresses
    *("10.1.2.3:8180", "203.0.113.9", "[2001:db8::7]:8180"),
    *("host.docker.internal:8180", "host.containers.internal"),
]
OF_NO_STRANGER = [
    *("glancetape", "glancetape:8180", "images_1", "1270", "localhost-x"),
    *("tape.example:8180", "a.b.test", "x.invalid", "example.com", "www.example.org:80"),
    *("glance.internal", "nas.home.arpa"),
]
OF_STRANGERS = [
    *(
        "stranger.net",
        "stranger.net:8180",
        "localhost.stranger.net",
        "nas.local",
        "example.com.net",
    ),
    *("127.0.0.1.stranger.net", "127.0.0.1.nip.io:8180", "notexample.com", "test.net"),
    *("1.a.stranger.net", "0x7f.net", "127.1.net", "[::1].stranger.net"),
    *("localhost@stranger.net", "stranger.net@localhost", "localhost:80@stranger.net"),
    *("stranger.net#localhost", "stranger.net/localhost", "stranger.net, localhost"),
    *("localhost stranger.net", "localhost\tx", "loc\u0430lhost", "local\xadhost", "host.docker"),
    *(".localhost.stranger.net", ":8180", "[::1", "[]", "x" * 300, "docker.internal.net"),
]


@pytest.mark.parametrize("host", OF_THIS_MACHINE)
def test_names_of_this_machine_and_addresses_are_allowed(host: str) -> None:
    """Whatever the port and the case; no DNS can lead a page to an address."""
    assert ServerNames().allow(host)


@pytest.mark.parametrize("host", OF_NO_STRANGER)
def test_a_name_that_nobody_can_register_is_allowed(host: str) -> None:
    """Those of nginx's `upstream`, of containers, of tests and of private networks."""
    assert ServerNames().allow(host)


@pytest.mark.parametrize("host", OF_STRANGERS)
def test_a_name_that_a_page_may_have_is_not(host: str) -> None:
    """Nor what looks like a name of this machine, or like an address."""
    assert not ServerNames().allow(host)


def test_every_address_is_allowed_as_browsers_write_it() -> None:
    """The oracle is the standard library's own text of 2,000 drawn addresses."""
    rng = Random(11)
    allowed = ServerNames()

    for _ in range(1000):
        four, six = ip_address(rng.getrandbits(32)), ip_address(rng.getrandbits(128))
        assert allowed.allow(f"{four}:{rng.randrange(65536)}")
        assert allowed.allow(f"[{six}]")
        assert not allowed.allow(f"{four}.stranger.net")


@pytest.mark.parametrize(
    ("named", "host", "is_allowed"),
    [
        ("tape.net", "Tape.Net:8180", True),
        ("tape.net", "a.tape.net", False),
        (".tape.net", "a.b.tape.net", True),
        (".tape.net", "tape.net", False),
        (".tape.net", "stranger-tape.net", False),
        ("*", "any.thing at all", True),
    ],
)
def test_a_user_names_others(named: str, host: str, is_allowed: bool) -> None:
    """A name is that name only; with a dot in front, all names below it."""
    assert is_allowed == ServerNames([named]).allow(host)


@pytest.mark.parametrize(
    ("service", "host", "is_allowed"),
    [
        ("https://IMS.cloud.net/v2", "ims.cloud.net", True),
        ("http://glance.cloud.net:9292/image", "glance.cloud.net:8180", True),
        ("https://ims.cloud.net", "iam.cloud.net", False),
        ("https://[2001:db8::7]:1", "cloud.net", False),
        ("http://*", "cloud.net", False),
        ("", "cloud.net", False),
    ],
)
def test_the_name_of_a_service_is_allowed(service: str, host: str, is_allowed: bool) -> None:
    """`/etc/hosts` may lead it to us; its port is the service's, not ours."""
    assert is_allowed == ServerNames(services=[service]).allow(host)


@pytest.mark.parametrize(
    "text", ["", "http://a.example", "a.example:80", "*.example", "a b", ".", "a..b"]
)
def test_what_is_no_name_is_refused_with_its_option(text: str) -> None:
    """A URL or a port would never match."""
    with pytest.raises(BadParameter):
        read_host(text)
    with pytest.raises(BadParameter, match="--server-name"):
        Settings.of({"server_name": [text]}, flag)


def test_the_number_of_hosts_that_are_remembered_is_bounded() -> None:
    """A stranger may send a new one each time; the answers stay right."""
    allowed = ServerNames()

    assert not any(allowed.allow(f"{number}.stranger.net") for number in range(3000))
    assert allowed.allow("localhost")
    assert len(allowed._known) <= 256


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(
            (host, True)
            for host in ("127.0.0.1", "127.0.1.1", "::1", "[::1]", "::ffff:127.0.0.1", "localhost")
        ),
        *((host, False) for host in ("0.0.0.0", "::", "", "10.0.0.1", "tape.example")),
    ],
)
def test_only_a_loopback_address_is_for_this_machine_alone(host: str, expected: bool) -> None:
    """Others are reached by names that we cannot know: a container, a Service of Kubernetes."""
    assert expected == is_loopback(host)


@pytest.mark.parametrize("host", [*OF_STRANGERS, "\x1b[2Jx", "<script>alert(1)</script>"])
def test_the_sentence_shows_no_text_but_names(host: str) -> None:
    """A log and a terminal show it."""
    sentence = why_refused(host, flag)

    assert sentence.isprintable()
    assert sentence.isascii()
    assert "--server-name" in sentence
    assert "<" not in sentence


@pytest.mark.parametrize(
    ("spell", "advice"),
    [
        (flag, "set --server-name to tape.net."),
        (addon_name, "set glancetape_server_name to tape.net."),
        (parameter, "set the marker's server_name to tape.net."),
        (str, "set server_name to tape.net."),
    ],
)
def test_the_sentence_names_the_option_as_its_user_writes_it(
    spell: Callable[[str], str], advice: str
) -> None:
    """On the command line, in mitmproxy, in pytest, and in Python."""
    settings = Settings.of({"server_name": ["other.net"]}, spell)

    assert why_refused("Tape.net:8180", settings.spell).endswith(f"If the name is yours, {advice}")


def test_settings_are_equal_however_their_options_are_written() -> None:
    """A worker of `serve` gets its settings as plain values."""
    settings = Settings.of({"server_name": ["tape.net"]}, flag)

    assert settings == Settings.of(plain(settings))
