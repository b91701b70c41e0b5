"""Any file is read as a spec or refused with ImageSetError; no other error is raised."""

import errno
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Spec
from support.drawn.examples import examples
from support.sets.spec_files import Write, refusal


@pytest.mark.parametrize("text", ["", "\n# like: tenant\n", "---\n"])
def test_an_empty_file_is_refused(text: str, write: Write) -> None:
    """It is more likely a file that was not saved than a wish for the preset region."""
    path = write(text)

    assert "spec.yaml: the file is empty; write at least `like: region`." == refusal(path)


def test_a_missing_file_is_refused_with_the_names_of_the_presets() -> None:
    """The name may be a misspelt preset."""
    presets = "region, tenant, openstack, edge-cases"

    assert f"golden: neither a file nor a preset; the presets are {presets}." == refusal("golden")


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 5000])
def test_a_path_that_cannot_be_opened_is_refused(name: str) -> None:
    """Whatever the reason."""
    assert "region, tenant, openstack, edge-cases." in refusal(name)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """In the words of the system."""
    said = f"cannot be read: {os.strerror(errno.EISDIR)}; name another file or a preset: region,"

    assert said in refusal(tmp_path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("version: 1\ninteractions:\n- request: {}\n", "a cassette"),
        ("---\nhttp_interactions: []\n", "a cassette"),
        ("# recorded\nversion: 1\ninteractions:\n" + "- {}\n" * (1 << 19), "a cassette"),
        ("SQLite format 3\0 and more", "an image set"),
    ],
    ids=["ours", "Ruby's", "a large one", "a set"],
)
def test_a_recording_is_refused_with_the_command_that_learns_from_it(
    text: str, kind: str, write: Write
) -> None:
    """A cassette beside `count` in a marker, or after --spec."""
    path = write(text)

    said = refusal(path)

    assert f"{path.name}: {kind}, not a spec." in said
    assert f"glancetape learn {path} --out spec.yaml" in said


def test_a_large_file_is_refused_unread(write: Write) -> None:
    """It is probably the wrong file."""
    path = write(b"#" * (1 << 20) + b"\n")

    assert "spec.yaml: larger than 1 MiB, too large for a spec; name another file." == refusal(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('region: "\\ud800"', "it contains half of a surrogate pair."),
        ('region: "\\UFFFFFFFF"', "spec.yaml: not YAML: "),
        ("kinds: {private: 1", "spec.yaml, line 1: not YAML: "),
    ],
)
def test_without_libyaml_the_same_is_refused(
    text: str, said: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyYAML alone accepts some invalid characters and raises other errors."""
    monkeypatch.setattr("glancetape_generators.spec.yaml_values._Loader", yaml.SafeLoader)

    assert said in refusal(write(text))


WORDS = st.sampled_from(
    "like region tenant catalogue images every kinds private shared market made file iso platforms "
    "Ubuntu statuses active projects count evenness members most pending tags share old keys times "
    "first now growth names patterns nulls {app} {x} disks Linux data properties values gold 1 10 "
    '0 -1 99999999999 2018-01-01 2026-01-01T00:00:00Z null ~ true 1.5 \'\' "\\0" "\\ud800" '
    "<<".split()
)
GAPS = st.sampled_from([": ", ": ", ": ", "\n", "\n", "\n  ", ":\n  ", ", ", "{", "}", "[", "]",
                        "- ", "? ", " ", "&a ", "*a", "!!int ", "#", "---\n", "|\n  ", "\ufeff",
                        "\x85", "\u2028", "\x00", "'", '"', "%"])  # fmt: skip
TREES = st.recursive(
    WORDS,
    lambda inner: (
        st.dictionaries(WORDS, inner, max_size=4).map(
            lambda found: "{" + ", ".join(f"{key}: {value}" for key, value in found.items()) + "}"
        )
        | st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]")
    ),
    max_leaves=8,
)
TEXTS = (
    st.lists(WORDS | GAPS, max_size=30).map("".join).map(lambda text: text.encode())
    | st.dictionaries(WORDS, TREES, max_size=5).map(
        lambda found: "\n".join(f"{key}: {value}" for key, value in found.items()).encode()
    )
    | st.text(max_size=80).map(lambda text: text.encode())
    | st.binary(max_size=80)
)


@examples(400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
@example(text=b'region: "\\UFFFFFFFF"')
@example(text=b"times: {first: 0000-00-00}")
@example(text=b"times: {first: 9999-12-31, now: 9999-12-31T23:59:59Z}")
@example(text=b"? ? ? a")
@example(text=b"<<: *a")
@example(text=b"SQLite format 3\0")
def test_any_content_of_a_file_is_a_spec_or_an_error(text: bytes, write: Write) -> None:
    """ImageSetError only, with a message on one line."""
    path = write(text)
    refused = ""

    try:
        assert isinstance(read_spec(path), Spec)
    except ImageSetError as error:
        refused = str(error)

    # What has images itself is refused with the command that makes a spec of them.
    ends = (".", "glancetape learn spec.yaml --out spec.yaml")
    assert not refused or (refused.startswith("spec.yaml") and refused.endswith(ends))
    assert "\n" not in refused
