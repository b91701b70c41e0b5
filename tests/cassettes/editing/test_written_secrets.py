"""What someone wrote into a cassette of ours is found before it is written again."""

from pathlib import Path

import pytest

from glancetape_cassettes.editing.written_secrets import (
    describe,
    find_written_secrets,
    refuse_secrets,
)
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.redaction.redactor import scrub_message
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.recorded import get, item, ok, write_cassette

PASSWORD = "Tr0ub4dor-And-3"
PLACES: dict[str, tuple[Request, Response]] = {
    "a member": (get("/v2/images"), ok(b'{"images": [], "os_password": "%b"}' % PASSWORD.encode())),
    "a header": (get("/v2/images", ("Cookie", f"session={PASSWORD}")), ok()),
    "a parameter": (get(f"/v2/images?os_password={PASSWORD}"), ok()),
    "text": (get("/v2/images"), ok(f"the password={PASSWORD} was wrong".encode())),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_and_not_shown(place: str, tmp_path: Path) -> None:
    """The sentence names file, line, interaction and position."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=1"), ok()), PLACES[place]])

    with pytest.raises(CassetteError) as refused:
        refuse_secrets([path])

    sentence = str(refused.value)
    assert f"{path}, line " in sentence
    assert "#2 re" in sentence
    assert sentence == scrub_message(sentence)  # so it is shown as it is
    assert f"glancetape scan {path}" in sentence
    assert PASSWORD not in sentence


def test_a_comment_is_searched_too(tmp_path: Path) -> None:
    """It is copied with the interaction that it precedes."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    path.write_text(path.read_text() + f"# password={PASSWORD}\n")

    assert 1 == len(find_written_secrets(path))


def test_what_the_user_kept_is_no_finding(tmp_path: Path) -> None:
    """A header that `--keep-header` names, ids of a recording that kept them."""
    kept = get("/v2/images", ("X-Trace", "abc"), ("X-Project-Id", "0a1b" * 8))

    assert () == find_written_secrets(write_cassette(tmp_path / "a.yaml", [(kept, ok())]))


def test_the_names_that_were_sensitive_count_here_too(tmp_path: Path) -> None:
    """The header of the cassette has them."""
    writer = CassetteWriter(
        tmp_path / "a.yaml", "t", Redaction("0123456789ab", True, ("licence_no",))
    )
    writer.append([item(get("/v2/images"), ok(b'{"images": [], "licence_no": "QWRT1-99"}'))])
    writer.close()

    assert 1 == len(find_written_secrets(tmp_path / "a.yaml"))


def test_of_many_the_first_are_named(tmp_path: Path) -> None:
    """And the number of the others."""
    path = write_cassette(tmp_path / "a.yaml", [PLACES["a member"]] * 9)

    assert "and 6 more" == describe(find_written_secrets(path))[-1]
