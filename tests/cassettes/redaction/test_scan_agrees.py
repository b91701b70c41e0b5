"""`scan` reports an interaction exactly when the recorder would not write it as it is.

Names, values and texts are harmless as often as secret: a report of what the recorder keeps would
be a false alarm, and no report of what it drops a promise that does not hold.
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import HOP_BY_HOP, Headers, Interaction
from glancetape_cassettes.redaction.names.name_table import SECRET_NAMES
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import scan_interaction
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import examples
from support.secrets.positions import OF_A_FORM, SECRET, UNDER_A_NAME

KEY = StandIns(b"a key for these tests")
REAL_IDS = RedactionOptions(keep_ids=True)
"""Stand-ins for ids are counted by `scan`, and no findings."""
_WORDS = st.sampled_from(
    [name for row in SECRET_NAMES for name in (row.example, row.counterexample)]
)
_BESIDE = st.sampled_from(["", "x", "my", "os", "glance", "1", "id", "size", "Name"])
_SIGN = st.sampled_from(["", "_", "-", ".", ":", "::", "/", " ", "["])
NAMES = st.tuples(_BESIDE, _SIGN, _WORDS, _SIGN, _BESIDE).map("".join)
VALUES = st.sampled_from(
    [SECRET, "swordfish", "Winter2025!", "true", "null", "4711", "0123456789abcdef" * 2, "a b"]
)
TEXTS = st.sampled_from(
    [text for form in ALL_FORMS for text in (*form.examples, *form.counterexamples)]
)


def _with_value(interaction: Interaction, value: str) -> Interaction:
    """Return an interaction with another value in the place of the secret."""

    def headers(of: Headers) -> Headers:
        return tuple((name, said.replace(SECRET, value)) for name, said in of)

    request, response, raw = interaction.request, interaction.response, value.encode()
    return replace(
        interaction,
        request=replace(
            request,
            uri=request.uri.replace(SECRET, value.replace(" ", "%20")),
            headers=headers(request.headers),
            body=request.body.replace(SECRET.encode(), raw),
        ),
        response=replace(
            response,
            headers=headers(response.headers),
            body=response.body.replace(SECRET.encode(), raw),
        ),
    )


def _is_written_as_it_is(interaction: Interaction) -> bool:
    found = Redactor(KEY, REAL_IDS).interaction(interaction)
    bodies = [
        from_readable(one.readable(), "b") for one in (found.request_body, found.response_body)
    ]
    return [*_parts(found.interaction), *bodies] == [
        *_parts(interaction),
        interaction.request.body,
        interaction.response.body,
    ]


def _parts(of: Interaction) -> list[object]:
    """Return what is stored beside the bodies; headers between two machines are not a part."""
    both = (of.request.headers, of.response.headers)
    kept = [[one for one in headers if one[0].lower() not in HOP_BY_HOP] for headers in both]
    return [of.request.method, of.request.uri, of.response.status, of.response.reason, *kept]


@given(st.sampled_from(sorted(UNDER_A_NAME)), NAMES, VALUES)
@examples(2000)
def test_scan_and_the_recorder_agree_about_a_value_under_a_name(
    position: str, name: str, value: str
) -> None:
    interaction = _with_value(UNDER_A_NAME[position](name), value)

    assert _is_written_as_it_is(interaction) is (not scan_interaction(interaction))


@given(st.sampled_from(sorted(OF_A_FORM)), TEXTS, TEXTS)
@examples(1000)
def test_scan_and_the_recorder_agree_about_a_text(position: str, text: str, other: str) -> None:
    interaction = OF_A_FORM[position](f"{text} {other}")

    assert _is_written_as_it_is(interaction) is (not scan_interaction(interaction))
