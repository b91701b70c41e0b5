"""What is shown at the end of what passed through and of what was missed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from glancetape.session.counts import Tally, pattern_of
from glancetape.terminal.escaping import escape

HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
UUID = "a1b2c3d4-0000-4000-8000-000000000005"


def test_requests_are_counted_by_method_host_and_path() -> None:
    """The most frequent come first, in columns."""
    tally = Tally()
    for number in range(11):
        tally.add("GET", f"http://neutron:9696/v2.0/ports/{number}?fields=id")
    tally.add("POST", f"http://cinder:8776/v3/{HEX}/volumes/{UUID}/action")

    assert [
        "11  GET   neutron:9696/v2.0/ports/ID",
        " 1  POST  cinder:8776/v3/ID/volumes/ID/action",
    ] == tally.lines()


def test_only_names_of_parameters_are_shown() -> None:
    tally = Tally()
    for limit in range(3):
        tally.add("GET", f"http://h/v2/images?limit={limit}&name=x&tag=a&tag=b", names_query=True)

    assert ["3  GET  h/v2/images?limit&name&tag"] == tally.lines()


def test_the_lines_are_few_and_say_how_much_is_left_out() -> None:
    tally = Tally()
    for number in range(2000):
        tally.add("GET", f"http://h/{'ab' * (number % 19 + 1)}/x{number:04}")

    lines = tally.lines()

    assert 9 == len(lines)
    assert "and 1,992 other requests" == lines[-1]


def test_a_path_shows_no_id_and_no_token() -> None:
    for part in (HEX, UUID, "12", "gAAAAABk3bFx9Qw1", "x" * 41):
        assert "/v3/ID/x" == pattern_of(f"/v3/{part}/x")
    for part in ("v2.1", "ipsec-site-connections", "os-keypairs", ""):
        assert f"/{part}/x" == pattern_of(f"/{part}/x")


@settings(deadline=None)
@given(method=st.text(max_size=40), uri=st.text(max_size=400))
def test_whatever_was_asked_lines_are_short_and_without_control_characters(
    method: str, uri: str
) -> None:
    tally = Tally()
    tally.add(method, f"http://h/{uri}")

    (line,) = tally.lines()

    assert escape(line) == line
    assert len(line) < 1000
