"""The addresses that options take."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape.addresses import Address, parse_address
from glancetape_cassettes.errors import BadParameter
from support.drawn.examples import examples

_PORTS = st.integers(0, 65535)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("8180", "127.0.0.1", 8180),
        (":0", "127.0.0.1", 0),
        ("localhost:80", "localhost", 80),
        ("0.0.0.0:65535", "0.0.0.0", 65535),
        ("[::]:80", "::", 80),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
    ],
)
def test_an_address_is_a_host_and_a_port_or_a_port(text: str, host: str, port: int) -> None:
    assert Address(host, port) == parse_address(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1:2:3", "IPv6 needs brackets: [::1]:8180."),
        ("::1", "IPv6 needs brackets: [::1]:8180."),
        ("[::1]", "IPv6 needs brackets: [::1]:8180."),
        ("::1:8180", "IPv6 needs brackets: [::1]:8180."),
        ("[127.0.0.1]:80", "Write it like 127.0.0.1:8180."),
        ("http://127.0.0.1:80", "Write it like 127.0.0.1:8180."),
        ("localhost", "Write it like 127.0.0.1:8180."),
        ("", "Write it like 127.0.0.1:8180."),
        ("a:b", "Write it like 127.0.0.1:8180."),
        ("\u0664\u0662", "Write it like 127.0.0.1:8180."),
        ("65536", "The last port is 65535."),
    ],
)
def test_what_is_no_address_is_refused_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(BadParameter) as refused:
        parse_address(text, "--metrics")

    assert f"--metrics: {text!r} is not HOST:PORT. {remedy}" == str(refused.value)


@examples(200)
@given(st.ip_addresses(), _PORTS)
def test_every_ip_address_is_read_as_a_url_has_it(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    """And printed so again."""
    text = f"[{ip}]:{port}" if ip.version == 6 else f"{ip}:{port}"

    found = parse_address(text)

    assert (str(ip), port, text) == (found.host, found.port, str(found))
