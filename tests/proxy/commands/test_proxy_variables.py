"""Which proxy of the environment a recorder passes by, and which hosts need none."""

from ipaddress import IPv4Address
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.utils import should_bypass_proxies

from glancetape.commands.starting.proxy_variables import unused_proxy


@pytest.mark.parametrize(
    ("environment", "roots", "name"),
    [
        ({"HTTPS_PROXY": "p"}, [], "HTTPS_PROXY"),
        ({"all_proxy": "p"}, ["http://a.example"], "all_proxy"),
        ({"HTTP_PROXY": "p"}, ["http://127.0.0.1:9292", "http://localhost", "https://[::1]:1"], ""),
        ({"HTTP_PROXY": "p"}, ["http://127.0.0.1", "http://a.example"], "HTTP_PROXY"),
        ({"HTTP_PROXY": "p"}, ["https://a.example", "http://localhost"], ""),
        ({"HTTP_PROXY": "p"}, ["https://a.example", "http://a.example"], "HTTP_PROXY"),
        ({"https_proxy": "p"}, ["http://a.example"], ""),
        ({"HTTP_PROXY": "p", "ALL_PROXY": "q"}, ["https://a.example"], "ALL_PROXY"),
        ({"HTTP_PROXY": ""}, ["http://a.example"], ""),
        ({"NO_PROXY": ""}, [], ""),
    ],
)
def test_which_proxy_a_recorder_passes_by(
    environment: dict[str, str], roots: list[str], name: str
) -> None:
    """In forward mode no service is known."""
    assert name == unused_proxy(environment, roots)


EXCEPTED = [
    # NO_PROXY, a URL of a service, whether it is excepted
    ("*", "https://a.example", True),
    ("b.example,*", "https://a.example", True),
    ("a.example", "https://a.example", True),
    ("A.Example", "https://a.EXAMPLE", True),
    ("a.example", "https://a.example.", True),
    ("a.example.", "https://a.example", True),
    ("example", "https://a.example", True),
    ("example", "https://anexample", False),
    (".a.example", "https://x.a.example", True),
    (".a.example", "https://a.example", True),  # curl and Python; Go excepts the names below only
    ("*.a.example", "https://x.a.example", True),
    ("*.a.example", "https://a.example", True),
    ("x.a.example", "https://a.example", False),
    ("b.example", "https://a.example", False),
    ("b.example, .a.example", "https://x.a.example", True),
    ("b.example .a.example", "https://x.a.example", True),
    ("", "https://a.example", False),
    (",", "https://a.example", False),
    (".", "https://a.example", False),
    ("a.example:443", "https://a.example", True),
    ("a.example:443", "https://a.example:443/image", True),
    ("a.example:443", "http://a.example", False),
    ("a.example:80", "http://a.example", True),
    ("a.example:8443", "https://a.example", False),
    (".example:8443", "https://a.example:8443", True),
    ("a.example:x", "https://a.example", False),
    pytest.param(f"a.example:{'4' * 5000}", "https://a.example", False, id="5000 digits"),
    ("10.0.0.7", "https://10.0.0.7", True),
    ("10.0.0.7:9292", "http://10.0.0.7:9292", True),
    ("10.0.0.7:9292", "http://10.0.0.7", False),
    ("10.0.0.0/8", "https://10.9.8.7", True),
    ("10.1.2.3/8", "https://10.9.8.7", True),
    ("10.0.0.0/8", "https://11.0.0.1", False),
    ("10.0.0.0/8", "https://a.example", False),
    ("10.0.0.0/99", "https://10.0.0.1", False),
    ("0.0.0.0/0", "https://a.example", False),
    ("2001:db8::/32", "https://[2001:db8::7]", True),
    ("2001:db8::/32", "https://[2001:db9::7]", False),
    ("2001:db8:0::7", "https://[2001:db8::7]", True),
    ("[2001:db8::7]", "https://[2001:db8::7]", True),
    ("[2001:db8::7]:9292", "https://[2001:db8::7]:9292", True),
    ("[2001:db8::7]:9292", "https://[2001:db8::7]", False),
    ("2001:db8::/32", "https://10.0.0.1", False),
]


@pytest.mark.parametrize(("excepted", "root", "is_excepted"), EXCEPTED)
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_what_needs_no_proxy(variable: str, excepted: str, root: str, is_excepted: bool) -> None:
    """Names, addresses and networks, with a port or without."""
    environment = {"ALL_PROXY": "p", variable: excepted}

    assert is_excepted == (not unused_proxy(environment, [root]))


NAMES = st.sampled_from(["a.example", "x.a.example", "b.example", "example", "an.example"])
ADDRESSES = st.integers(0x0A000000, 0x0A0000FF).map(IPv4Address).map(str)
HOSTS = st.one_of(NAMES, ADDRESSES)
ENTRIES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "."]),
    HOSTS,
    st.sampled_from(["", "", ":80", ":443", ":8443"]),
) | st.builds("{}/{}".format, ADDRESSES, st.integers(24, 32))


@given(
    entries=st.lists(ENTRIES, max_size=4).map(",".join),
    root=st.builds("https://{}{}".format, HOSTS, st.sampled_from(["", ":8443"])),
)
def test_what_python_and_requests_ask_directly_needs_no_proxy(entries: str, root: str) -> None:
    """They read names and ports, and networks of IPv4; requests takes `an.example` for `n.example`
    too, so for names only Python's own answer counts."""
    host = urlsplit(root).netloc
    is_address = host[0].isdigit()
    asked_directly = (
        should_bypass_proxies(root, entries) if is_address else proxy_bypass(host, {"no": entries})
    )

    if asked_directly:
        assert not unused_proxy({"HTTPS_PROXY": "p", "NO_PROXY": entries}, [root])
