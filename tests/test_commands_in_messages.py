"""Commands in messages are copied into a shell, so a file's name in one is a word of the shell."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.redaction.stand_ins import find_key

ROOT = Path(__file__).parents[1]
BEGINS = re.compile(
    r"\b(?:glancetape (?:import|export|record|replay|run|serve|lab|merge|prune|scan|verify|query"
    r"|learn|generate|inspect)|git show|chmod|gunzip|openssl rand)(?: [^.;`']*)?$"
)


def parts_of_commands(source: str) -> Iterator[str]:
    """What is put into a command in the f-strings of a module, as it is written there."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        before = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                before += str(part.value)
            elif isinstance(part, ast.FormattedValue):
                if BEGINS.search(before):
                    yield ast.unparse(part.value)
                before += "X"


MADE_OF_WORDS = {"ours", "theirs", "made"}
"""Variables with what `word_of` has returned."""
NO_FILES = {"how", "' --url URL' if found.needs_url else ''"}
"""Options."""


def test_what_is_put_into_a_command_is_a_word_of_the_shell() -> None:
    found = {
        part
        for room in ("cassettes", "generators", "proxy")
        for path in (ROOT / room).rglob("*.py")
        for part in parts_of_commands(path.read_text())
    }

    assert len(found) > 5
    assert {one for one in found if not one.startswith("word_of(")} == MADE_OF_WORDS | NO_FILES


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=9))
def test_a_name_of_a_file_is_one_word_and_no_option(name: str) -> None:
    [word] = shlex.split(word_of(name))

    assert Path(word) == Path(name)
    assert not word.startswith("-")


CONFLICT = b"<<<<<<< HEAD\n=======\n>>>>>>> b\n"


@pytest.mark.parametrize("name", ["a b.yaml", "a;b.yaml", "$HOME.yaml", "it's.yaml", "(ö).yaml"])
@pytest.mark.parametrize("content", [None, CONFLICT], ids=["absent", "in a conflict"])
def test_a_command_about_a_file_with_blanks_and_signs_can_be_copied(
    name: str, content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(GlancetapeError) as refused:
        load_cassette(path)

    said = str(refused.value)
    command = said[said.index("git show" if content else "glancetape record") :]
    words = shlex.split(command)
    assert {*words} & {str(path), name}


@pytest.mark.parametrize("read", [load_cassette, scan], ids=["read", "scan"])
def test_a_link_that_leads_nowhere_is_named_with_where_it_leads(
    read: object, tmp_path: Path
) -> None:
    """A file beside it that is not like it is not meant: `gone` is no `region`."""
    assert callable(read)
    (tmp_path / "region.images").touch()
    link = tmp_path / "gone.yaml"
    link.symlink_to("elsewhere.yaml")

    with pytest.raises(GlancetapeError, match=r"It is a link to elsewhere\.yaml, which is not the"):
        read(link)
    link.unlink()
    with pytest.raises(GlancetapeError) as refused:
        read(link)
    assert "region" not in str(refused.value)


def test_the_command_that_makes_a_key_can_be_copied(tmp_path: Path) -> None:
    path = tmp_path / "my key"

    with pytest.raises(GlancetapeError) as refused:
        find_key(path)

    assert str(path) in shlex.split(str(refused.value))
