"""Reading YAML of anybody: every way to be wrong is one sentence, and nothing takes for ever."""

import contextlib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import safe_yaml
from support.running.calls import at_most_calls


def _build(text: str) -> object:
    return safe_yaml.build(*safe_yaml.compose(text.encode(), "a.yaml"), "a.yaml")


@pytest.mark.parametrize(
    "value",
    [
        "!!int ''",
        "!!int zwei",
        "!!float ''",
        "!!bool foo",
        "!!timestamp foo",
        "!!timestamp 2026-99-99",
        "!!binary abc",
        "!!binary é",
        "!!set [a]",
        "!!omap {a: b}",
        "!!pairs [a]",
        "!!map [a]",
        "!!null [a]",
        "{[a]: b}",
        "{<<: a}",
        "!!str {=: {a: b}}",
    ],
)
def test_a_value_that_does_not_fit_its_tag_is_an_error_that_names_the_line(value: str) -> None:
    """PyYAML raises IndexError, KeyError, AttributeError and more."""
    with pytest.raises(CassetteError, match=r"^a\.yaml, line [12]\b.*: not a cassette"):
        _build(f"# head\na: {value}\n")


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "number", ["9" * 5000, "0x" + "f" * 5000, "0b" + "1" * 20000, "0" + "7" * 9000]
)
def test_a_number_that_python_cannot_print_is_an_error(number: str, sign: str) -> None:
    """It would fail in the middle of a message about it."""
    with pytest.raises(CassetteError, match=r"^a\.yaml, line 1: .*: a number with too many digits"):
        _build(f"a: {sign}{number}")


def test_times_stay_text() -> None:
    assert {"a": "2026-11-23"} == _build("a: 2026-11-23")


@pytest.mark.parametrize("text", ["1:30", "-1:30:59", "+190:20:30", "1:30.5", "-0:0.", "1:2_0"])
def test_numbers_to_the_base_60_stay_text(text: str) -> None:
    """A port or a time of day is none, and a long one would take minutes."""
    assert {"a": text} == _build(f"a: {text}")
    with pytest.raises(CassetteError, match="a value does not fit its tag"):
        _build(f"a: !!int '{text}'")


@settings(deadline=None)  # it counts its work
@given(
    number=st.sampled_from(["59", "0", "1", "1.5", "0x1F", "0b11", "017", "1_0"]),
    separator=st.sampled_from([":", "_", "", ".", "-"]),
    tag=st.sampled_from(["", "!!int ", "!!float ", "!!str "]),
)
def test_a_long_number_of_any_form_is_read_or_refused_at_once(
    number: str, separator: str, tag: str
) -> None:
    text = separator.join([number] * 100_000)
    _build("a: 1")

    with at_most_calls(500), contextlib.suppress(CassetteError):
        _build(f"a: {tag}{text}")


@given(st.one_of(st.integers(), st.floats(allow_nan=False)))
def test_other_numbers_are_read_as_yaml_reads_them(number: float) -> None:
    text = yaml.safe_dump({"a": number})

    assert yaml.safe_load(text) == _build(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &one {b: [1, null, ~, yes, 0x1f, .5, 'text', \"\\u5b9d\"]}\nc: *one\n? e\n: d\n",
        "a: &one {b: 1, c: 2}\nd: {<<: *one, c: 3}\n",
        "1: a\n~: b\nfalse: c\n",
        "a: !!set {b, c}\nd: !!omap [e: 1]\nf: !!str 7\n",
    ],
)
def test_values_are_those_of_pyyaml(text: str) -> None:
    assert repr(yaml.safe_load(text)) == repr(_build(text))


def test_too_many_values_are_refused_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten MB of them took twenty seconds and nearly two GB. Here all is a hundredth of that."""
    monkeypatch.setattr(safe_yaml, "MOST_NODES", safe_yaml.MOST_NODES // 100)
    text = "a: [" + ",".join(["b"] * 49_000) + "]"
    refusal = r"a\.yaml, line 1: more than 10,000 values; split"
    _build("a: 1")

    with at_most_calls(150_000), pytest.raises(CassetteError, match=refusal):
        _build(text)


def test_few_values_that_aliases_multiply_are_refused_as_such() -> None:
    """Merge keys copy as well."""
    lines = ["a0: &m0 {" + ",".join(f"k{n}: 1" for n in range(50)) + "}"]
    for n in range(1, 9):
        lines.append(f"a{n}: &m{n} {{<<: [{','.join([f'*m{n - 1}'] * 4)}]}}")

    with pytest.raises(CassetteError, match="its aliases expand to too many values"):
        _build("\n".join(lines))


@pytest.mark.parametrize("outer", [1, 24, 48])
def test_levels_count_where_an_alias_stands_for_them(outer: int) -> None:
    inner = 49 - outer
    lines = [
        "a: &one " + "[" * inner + "]" * inner,
        "b: [c]",
        "d: " + "[" * outer + "*one" + "]" * outer,
    ]

    assert yaml.safe_load("\n".join(lines)) == _build("\n".join(lines))
    lines[2] = f"d: [{lines[2][3:]}]"
    with pytest.raises(CassetteError, match=r"a\.yaml, line 3: nested too deep"):
        _build("\n".join(lines))


@pytest.mark.parametrize(
    "text", ["&a [*a]", "a: &a {b: *a}", "&a [{b: [c, *a]}]", "a: &a {? [*a] : b}", "&a {<<: *a}"]
)
def test_a_value_that_holds_itself_is_refused(text: str) -> None:
    """No walk through it would end."""
    with pytest.raises(CassetteError, match="nested too deep"):
        _build(text)


def test_fifty_levels_are_read_and_fifty_one_are_not() -> None:
    assert [] != _build("[" * 50 + "]" * 50)
    with pytest.raises(CassetteError, match="nested too deep"):
        _build("[" * 51 + "]" * 51)


_BEFORE = st.lists(st.sampled_from(["- a: b", "- 生产", "", "# é"]), max_size=5)
"""Lines of YAML that any other item may follow: a mistake before it would be found first."""


@given(
    before=_BEFORE,
    wrong=st.sampled_from([b"- caf\xe9", b"- \xff", b"# \xe7\x94", b"- a: \x80b"]),
    after=_BEFORE,
)
def test_a_file_in_another_encoding_is_an_error_with_the_line_and_the_remedy(
    before: list[str], wrong: bytes, after: list[str]
) -> None:
    """As Windows' editors write, and a copy that was cut within a letter."""
    text = b"\n".join([*map(str.encode, before), wrong, *map(str.encode, after)])

    with pytest.raises(CassetteError) as refused:
        safe_yaml.compose(text, "a.yaml")

    assert str(refused.value) == (
        f"a.yaml, line {len(before) + 1}: not a cassette that can be read: it is not UTF-8; save "
        "it as UTF-8."
    )


@pytest.mark.parametrize("wide", [False, True], ids=["UTF-8", "UTF-16"])
@given(
    before=_BEFORE,
    wrong=st.sampled_from(["- a: \x1b[31m", "- \x00", "# \x07", "- \x7f", "- \ufffe", "- \x9b"]),
    after=_BEFORE,
)
def test_a_control_character_is_an_error_with_the_line_and_the_remedy(
    *, wide: bool, before: list[str], wrong: str, after: list[str]
) -> None:
    """PyYAML names its number alone."""
    text = "\n".join([*before, wrong, *after]).encode("utf-16" if wide else "utf-8")

    with pytest.raises(CassetteError) as refused:
        safe_yaml.compose(text, "a.yaml")

    assert str(refused.value) == (
        f"a.yaml, line {len(before) + 1}: not a cassette that can be read: it contains a control "
        "character; remove it, or save the file as UTF-8."
    )


@pytest.mark.parametrize("blanks", ["\t", "  \t", "\t\t"])
def test_a_line_that_is_indented_with_a_tab_is_an_error_that_says_so(blanks: str) -> None:
    with pytest.raises(CassetteError, match=r"line 2: .*: it is indented with a tab; write spaces"):
        _build(f"a:\n{blanks}b: c")


@pytest.mark.parametrize("text", ["a: `b", "a: @b", "a: b\t: %c: d", "a:\n - b: [\t}"])
def test_a_mistake_elsewhere_is_not_called_a_tab(text: str) -> None:
    with pytest.raises(CassetteError, match="not a cassette that can be read") as refused:
        _build(text)

    assert "tab" not in str(refused.value)
