"""`glancetape export` hands on no secret, whatever the file says about itself."""

import json
from pathlib import Path

import pytest

from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.recorded import get, item, ok
from support.sets.imagesets import OTHER, ims_image
from support.sets.set_commands import call

PASSWORD, LICENCE = "Tr0ub4dor-And-3", "QWRT1-99XZ2-77KLM"
WHEN = {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"}
TOKEN = ("X-Auth-Token", "standin-token-0123456789abcdef0123")
CLAIMS = {
    "stand-ins": Redaction("0123456789ab", keep_ids=False),
    "ids that were kept": Redaction("0123456789ab", keep_ids=True),
    "no redaction": Redaction(),
}
FORMS = ("har", "wiremock", "ndjson")


def page() -> bytes:
    """A list with a secret and an owner's id that nobody replaced."""
    one = ims_image(
        "00000000-0000-4000-8000-000000000001", owner=OTHER, os_password=PASSWORD, **WHEN
    )
    return json.dumps({"images": [one], "first": "/v2/images"}).encode()


def claiming(path: Path, redaction: Redaction) -> Path:
    """A cassette whose header says how it was redacted, which it was not."""
    writer = CassetteWriter(path, "glancetape tests", redaction)
    writer.append([item(get("/v2/images", TOKEN), ok(page()))])
    writer.close()
    return path


def all_text(path: Path) -> str:
    """Every file that an export made."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return "\n".join(one.read_text() for one in files if one.is_file())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_header_that_claims_a_redaction_is_not_trusted(
    claim: str, form: str, tmp_path: Path
) -> None:
    """Ids stay only where the header says that the recording kept them."""
    source = claiming(tmp_path / "a.yaml", CLAIMS[claim])

    done = call("export", source, "--to", form, "--out", tmp_path / "out", "--dialect", "ims")

    assert 0 == done.exit_code, done.stderr
    assert "redacted: 1 request with secrets or ids" in done.stderr
    text = all_text(tmp_path / "out")
    assert PASSWORD not in text
    assert (claim == "ids that were kept") == (OTHER in text)


@pytest.mark.parametrize("form", FORMS)
def test_a_set_of_a_stranger_is_redacted_too(form: str, tmp_path: Path) -> None:
    """Its images hold what `import` would have replaced. Its ids stay."""
    source = tmp_path / "a.ndjson"
    images = [
        ims_image(f"00000000-0000-4000-8000-00000000000{number}", owner=OTHER, **WHEN, **more)
        for number, more in enumerate(
            [{"os_password": PASSWORD}, {"licence_no": LICENCE}, {"__os_version": "CentOS 7.3"}]
        )
    ]
    source.write_text("".join(f"{json.dumps(one)}\n" for one in images))
    import_ndjson(source, tmp_path / "a.images", {"dialect": "ims", "home_project": OTHER})

    done = call(
        *("export", tmp_path / "a.images", "--to", form, "--out", tmp_path / "out"),
        *("--sensitive", "licence_no"),
    )

    assert 0 == done.exit_code, done.stderr
    assert "redacted: " in done.stderr
    text = all_text(tmp_path / "out")
    assert PASSWORD not in text
    assert LICENCE not in text
    assert OTHER in text
    assert "CentOS 7.3" in text


@pytest.mark.parametrize(("form", "expected"), [("har", 1), ("ndjson", 1), ("wiremock", 2)])
def test_only_exported_answers_are_counted_as_redacted(
    form: str, expected: int, tmp_path: Path
) -> None:
    """The link `first` of the only page leads to the same page; stubs also hold the image alone."""
    source = tmp_path / "a.ndjson"
    image = ims_image("00000000-0000-4000-8000-000000000001", owner=OTHER, **WHEN)
    source.write_text(json.dumps({**image, "os_password": PASSWORD}) + "\n")
    import_ndjson(source, tmp_path / "a.images", {"dialect": "glance", "home_project": OTHER})

    query = () if form == "ndjson" else ("--query", "limit=5")

    done = call("export", tmp_path / "a.images", "--to", form, *query, "--out", tmp_path / "out")

    noun = "image" if form == "ndjson" else "answer"
    assert f"redacted: {expected} {noun}{'s' * (expected > 1)} with secrets\n" in done.stderr


def test_a_set_without_secrets_is_exported_byte_for_byte(tmp_path: Path) -> None:
    """And nothing is said about it."""
    call("generate", "--count", "200", "--seed", "3", "--out", tmp_path / "a.images")

    done = call("export", tmp_path / "a.images", "--to", "ndjson", "--out", tmp_path / "a.ndjson")

    assert "redacted" not in done.stderr
    call("import", tmp_path / "a.ndjson", "--out", tmp_path / "b.images")
    call("export", tmp_path / "b.images", "--to", "ndjson", "--out", tmp_path / "b.ndjson")
    assert (tmp_path / "a.ndjson").read_bytes() == (tmp_path / "b.ndjson").read_bytes()
