"""`glancetape prune`: what no test and no run used goes, and what stays answers as before."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.histories import History, write
from support.clouds.recorded import KEPT, get, ok, write_cassette
from support.clouds.walked_cassettes import MINE, cloud_of, recorded, walk
from support.running.in_process import run
from support.running.processes import glancetape, run_process, running
from support.sets.set_commands import call

TOKEN = {"X-Auth-Token": "any"}


def report(path: Path, cassette: Path, *unused: int, **more: Any) -> Path:
    """A report that says what was not used."""
    known = load_cassette(cassette)
    requests_of = [known.request(number - 1) for number in unused]
    about = {
        "file": str(cassette),
        "unused": [
            {"number": number, "request": f"{one.method} {one.uri}"}
            for number, one in zip(unused, requests_of, strict=True)
        ],
        **more,
    }
    path.write_text(json.dumps({"version": 1, "files": [about], "misses": []}))
    return path


@pytest.fixture(name="walked")
def _walked(tmp_path: Path) -> Path:
    """A walk of four pages, and three lists besides."""
    return recorded(tmp_path / "a.yaml", cloud_of(), "name=x", "limit=1", "tag=y&limit=1")


def uris(path: Path) -> list[str]:
    """The queries that a cassette holds."""
    cassette = load_cassette(path)
    return [cassette.request(index).uri.partition("?")[2] for index in range(len(cassette))]


def test_what_was_not_used_goes_and_the_rest_keeps_its_text(walked: Path, tmp_path: Path) -> None:
    """The installed program does it; the derived answer is still there."""
    texts = walked.read_text().split("- request:")
    before = call("query", walked, "tag=x&limit=2")
    done = run_process("prune", walked, "--unused", report(tmp_path / "r.json", walked, 5, 7))

    assert (0, "") == (done.returncode, done.stdout)
    assert f"{walked}: 2 of 7 interactions removed\n" == done.stderr
    kept = "- request:".join([*texts[:5], texts[6]])
    assert kept == walked.read_text()
    assert before.stdout == call("query", walked, "tag=x&limit=2").stdout


def test_who_may_replay_several_together_is_told_to_merge_them_first(
    walked: Path, tmp_path: Path
) -> None:
    """A run with two wrote the report; what goes of one may decide what the other answers."""
    other = recorded(tmp_path / "b.yaml", cloud_of())
    used = tmp_path / "r.json"
    run("run", "--replay", walked, "--replay", other, "--used", used, "-q", "--", "true")

    told = [
        call("prune", one, "--unused", used, "--keep", "~u name=x").stderr
        for one in (walked, other)
    ]

    said = f"if you replay it together with {other}, merge them first"
    assert [True, False] == [said in one for one in told]


def test_a_dry_run_prints_a_diff_and_changes_nothing(walked: Path, tmp_path: Path) -> None:
    """The lines of what would go."""
    text = walked.read_text()
    arguments = ("--unused", report(tmp_path / "r.json", walked, 6), "--dry-run")
    done = call("prune", walked, *arguments)

    gone = "- request:" + text.split("- request:")[6]
    lines = done.stdout.splitlines()
    assert [f"--- {walked}", f"+++ {walked}"] == lines[:2]
    assert gone.splitlines() == [line[1:] for line in lines[2:] if line.startswith("-")]
    assert "1 of 7 interactions would be removed" in done.stderr
    assert text == walked.read_text()


def test_only_what_no_report_has_used_goes(walked: Path, tmp_path: Path) -> None:
    """Two parts of a test suite, each with its report."""
    one = report(tmp_path / "1.json", walked, 5, 6)
    two = report(tmp_path / "2.json", walked, 6, 7)
    done = call("prune", walked, "--unused", one, "--unused", two)

    assert "1 of 7 interactions removed" in done.stderr
    assert "limit=1" not in uris(walked)


def test_a_compressed_cassette_is_not_changed(walked: Path, tmp_path: Path) -> None:
    """It is one of ours all the same; the error says what to do."""
    zipped = tmp_path / "walked.yaml.gz"
    zipped.write_bytes(gzip.compress(walked.read_bytes()))
    done = call("prune", zipped, "--keep", "~u tag=y")

    assert 1 == done.exit_code
    assert f"{zipped}: compressed with gzip, and only plain text is changed" in done.stderr
    assert f"gunzip {zipped}" in done.stderr
    assert walked.read_bytes() == gzip.decompress(zipped.read_bytes())


def test_a_filter_keeps_what_it_matches(walked: Path, tmp_path: Path) -> None:
    """Of what was not used, or of all."""
    unused = report(tmp_path / "r.json", walked, 5, 6, 7)
    call("prune", walked, "--unused", unused, "--keep", "~u tag=y")
    assert ["limit=2", "tag=y&limit=1"] == [uris(walked)[0], uris(walked)[-1]]
    assert 5 == len(uris(walked))

    done = call("prune", walked, "--keep", "~u tag=y & ~m GET & ~c 200")
    assert ["tag=y&limit=1"] == uris(walked)
    assert "4 of 5 interactions removed" in done.stderr


def test_what_other_answers_need_stays_and_is_named(tmp_path: Path) -> None:
    """With the reason."""
    history = History(cloud_of(), [MINE])
    walk(history)
    history.keep_change(cloud_of(), "x")
    history.ask(MINE, "limit=2")
    path = write(tmp_path / "a.yaml", history.interactions)
    done = call("prune", path, "--unused", report(tmp_path / "r.json", path, 5))

    assert "0 of 6 interactions removed" in done.stderr
    assert "  #5 stays: it may have changed what #6 shows\n" in done.stderr


REFUSED = {
    "neither option": ((), 2, "give --unused FILE, --keep FILTER, or both."),
    "no such report": (("--unused", "none.json"), 1, "none.json: no such report"),
    "not JSON": (("--unused", "junk.json"), 1, "junk.json: not JSON"),
    "another JSON": (("--unused", "other.json"), 1, "other.json: not a report"),
    "a list of something": (("--unused", "odd.json"), 1, "odd.json: not a report"),
    "a later version": (("--unused", "later.json"), 1, "later.json: version 2"),
    "another cassette": (("--unused", "of-b.json"), 1, "does not say what of a.yaml was used"),
    "an older cassette": (("--unused", "old.json"), 1, "a.yaml has changed since"),
    "another digest": (("--unused", "digest.json"), 1, "a.yaml has changed since"),
    "a bad filter": (("--keep", "~x y"), 2, "--keep: '~x y' is not a filter"),
    "everything": (("--keep", "~u nothing"), 1, "nothing would be left"),
}


@pytest.mark.parametrize(("arguments", "status", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_understood_removes_nothing(
    arguments: tuple[str, ...],
    status: int,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A report of another file or another state would remove the wrong interactions."""
    monkeypatch.chdir(tmp_path)
    path = recorded(Path("a.yaml"), cloud_of())
    other = recorded(Path("b.yaml"), cloud_of(), "name=x")
    Path("junk.json").write_text("{")
    Path("other.json").write_text('{"images": []}')
    Path("odd.json").write_text('{"version": 1, "files": [{"file": "a.yaml", "unused": [1]}]}')
    Path("later.json").write_text('{"version": 2, "files": []}')
    report(Path("of-b.json"), other, 1)
    report(Path("digest.json"), path, 1, digest="00" * 16)
    text = report(Path("old.json"), other, 5).read_text()
    Path("old.json").write_text(text.replace("b.yaml", "a.yaml"))
    before = path.read_bytes()

    done = call("prune", path, *arguments)

    assert status == done.exit_code
    assert why in done.stderr
    assert before == path.read_bytes()


def test_a_cassette_that_is_being_recorded_is_left_alone(walked: Path, tmp_path: Path) -> None:
    """The recorder has its lock."""
    unused = report(tmp_path / "r.json", walked, 5)
    before = walked.read_bytes()
    writer = CassetteWriter(walked, "glancetape tests", KEPT)
    try:
        done = call("prune", walked, "--unused", unused)
    finally:
        writer.close()

    assert 1 == done.exit_code
    assert "another recorder is writing it" in done.stderr
    assert before == walked.read_bytes()


def test_a_replay_reports_what_was_used(walked: Path, tmp_path: Path) -> None:
    """Exact answers and the pages of derived ones; `prune` takes the rest out."""
    made = tmp_path / "out" / "r.json"
    command = glancetape("replay", walked, "--listen", "127.0.0.1:0", "--used", made)
    with running(command) as player:
        for query in ("tag=x&limit=2", "limit=1", "limit=1", "visibility=community"):
            requests.get(f"{player.url}/v2/images?{query}", headers=TOKEN, timeout=10)
        player.stop()
    written = json.loads(made.read_text())
    (about,) = written["files"]

    assert (2, 1) == (about["exact"], about["derived"])
    assert [5, 7] == [one["number"] for one in about["unused"]]
    assert ["GET"] == [one["request"].split()[0] for one in written["misses"]]
    assert "2 of 7 interactions removed" in call("prune", walked, "--unused", made).stderr


def test_a_run_reports_too(walked: Path, tmp_path: Path) -> None:
    """In the format of a replay."""
    made = tmp_path / "r.json"
    done = run("run", "--replay", walked, "--used", made, "-q", "--", "true")
    (about,) = json.loads(made.read_text())["files"]

    assert 0 == done.returncode
    assert [*range(1, 8)] == [one["number"] for one in about["unused"]]
    refused = call("prune", walked, "--unused", made)
    assert "nothing would be left" in refused.stderr


def test_a_report_that_cannot_be_written_ends_a_replay_before_it_begins(
    walked: Path, tmp_path: Path
) -> None:
    """Not after an hour of tests."""
    for name in (tmp_path, tmp_path / "a.yaml" / "r.json"):
        done = run("run", "--replay", walked, "--used", name, "--", "touch", tmp_path / "ran")

        assert 1 == done.returncode
        assert f"{name}: cannot be written" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_report_goes_with_a_replay(tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    done = run("run", "--record", path, "--used", tmp_path / "r.json", "--", "true")

    assert 2 == done.returncode
    assert "--used goes with --replay" in done.stderr


def test_a_secret_that_someone_wrote_into_what_stays_is_reported(
    walked: Path, tmp_path: Path
) -> None:
    """It was in the file before, so the file is still pruned. One that goes is not mentioned."""
    text = walked.read_text()
    walked.write_text(text.replace('"images": [', '"os_password": "Tr0ub4dor-3", "images": [', 1))
    unused = report(tmp_path / "r.json", walked, 2)

    done = call("prune", walked, "--unused", unused)

    assert 0 == done.exit_code
    assert "warning: " in done.stderr
    assert "#1 response body .os_password (password of 11 characters)" in done.stderr
    assert "Tr0ub4dor" not in done.stderr
