"""`glancetape merge`: one file of several, and a diff of what it would be."""

import gzip
import os
from pathlib import Path

import pytest

from support.clouds.histories import History, write
from support.clouds.walked_cassettes import MINE, cloud_of, walk
from support.running.processes import run_process
from support.sets.set_commands import call


@pytest.fixture(name="halves")
def _halves(tmp_path: Path) -> tuple[Path, Path, bytes]:
    """A recorded walk in two files, and its text in one."""
    history = History(cloud_of(), [MINE])
    walk(history)
    some = history.interactions
    whole = write(tmp_path / "whole.yaml", some).read_bytes()
    (tmp_path / "whole.yaml").unlink()
    return write(tmp_path / "a.yaml", some[::2]), write(tmp_path / "b.yaml", some[1::2]), whole


def test_two_halves_are_the_whole(halves: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    """The installed program writes it."""
    done = run_process("merge", halves[0], halves[1], "--out", tmp_path / "c.yaml")

    assert (0, "") == (done.returncode, done.stdout)
    assert f"{tmp_path / 'c.yaml'}: 4 interactions of 2 cassettes\n" == done.stderr
    assert halves[2] == (tmp_path / "c.yaml").read_bytes()
    derived = call("query", tmp_path / "c.yaml", "tag=x&limit=2")
    assert "X-Glancetape: derived; c.yaml#1-4\n" == derived.stderr


def test_a_compressed_half_is_read_and_none_is_made(
    halves: tuple[Path, Path, bytes], tmp_path: Path
) -> None:
    """What is merged is text, whatever a half is."""
    zipped = tmp_path / "b.yaml.gz"
    zipped.write_bytes(gzip.compress(halves[1].read_bytes()))
    refused = call("merge", halves[0], zipped, "--out", tmp_path / "c.yaml.gz")
    call("merge", halves[0], zipped, "--out", tmp_path / "c.yaml")

    assert "c.yaml.gz: what is made is not compressed; leave out .gz." in refused.stderr
    assert halves[2] == (tmp_path / "c.yaml").read_bytes()


def test_what_is_in_both_is_counted(halves: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    """It is there once."""
    again = tmp_path / "again.yaml"
    again.write_bytes(halves[0].read_bytes())
    done = call("merge", halves[0], again, "--out", tmp_path / "c.yaml")

    assert "c.yaml: 2 interactions of 2 cassettes; 2 were in more than one\n" in done.stderr
    assert halves[0].read_bytes() == (tmp_path / "c.yaml").read_bytes()


def test_a_dry_run_prints_a_diff_and_writes_nothing(
    halves: tuple[Path, Path, bytes], tmp_path: Path
) -> None:
    """From the first file to the merged one."""
    done = call("merge", *halves[:2], "--out", tmp_path / "c.yaml", "--dry-run")
    lines = done.stdout.splitlines()

    assert [f"--- {halves[0]}", f"+++ {tmp_path / 'c.yaml'}"] == lines[:2]
    added = [line[1:] for line in lines[2:] if line.startswith("+")]
    assert not [line for line in lines[2:] if line.startswith("-")]
    assert load_text(halves[1]) == added
    assert "would have 4 interactions" in done.stderr
    assert ["a.yaml", "b.yaml"] == sorted(os.listdir(tmp_path))


def load_text(path: Path) -> list[str]:
    """The lines of the interactions in a file."""
    return path.read_text().split("interactions:\n")[1].splitlines()


def test_an_existing_file_is_replaced_only_by_force(
    halves: tuple[Path, Path, bytes], tmp_path: Path
) -> None:
    """It may be one of those that are merged; a link stays one, and so do its permissions."""
    real = tmp_path / "real.yaml"
    halves[0].rename(real)
    halves[0].symlink_to("real.yaml")
    real.chmod(0o640)
    refused = call("merge", *halves[:2], "--out", halves[0])
    done = call("merge", *halves[:2], "--out", halves[0], "--force")

    assert 1 == refused.exit_code
    assert "a.yaml exists; --force writes over it." in refused.stderr
    assert 0 == done.exit_code
    assert halves[0].is_symlink()
    assert (halves[2], 0o640) == (real.read_bytes(), real.stat().st_mode & 0o777)
    assert ["a.yaml", "b.yaml", "real.yaml"] == sorted(os.listdir(tmp_path))


@pytest.mark.parametrize(("count", "named"), [(1, "only one"), (2, "the same one twice")])
def test_one_file_is_wrong_usage(
    halves: tuple[Path, Path, bytes], tmp_path: Path, count: int, named: str
) -> None:
    done = call("merge", *halves[:1] * count, "--out", tmp_path / "c.yaml")

    assert 2 == done.exit_code
    assert f"name at least two different CASSETTEs; this is {named}." in done.stderr


def test_a_diff_controls_no_terminal(tmp_path: Path) -> None:
    """What an attacker writes into a cassette is shown escaped."""
    one = write(tmp_path / "a.yaml", History(cloud_of(), [MINE]).interactions)
    history = History(cloud_of(), [MINE])
    history.ask(MINE, "limit=1")
    two = write(tmp_path / "b.yaml", history.interactions)
    two.write_text(two.read_text() + "# \u2066 and \u202e\n")
    one.write_text(two.read_text().replace("limit=1", "limit=2").replace("10:00:00", "11:00:00"))
    done = call("merge", one, two, "--out", tmp_path / "c.yaml", "--dry-run")

    assert 0 == done.exit_code
    assert r"\u2066 and \u202e" in done.stdout
    assert not {"\u2066", "\u202e"} & set(done.stdout)


def test_a_secret_that_someone_wrote_into_a_file_is_not_merged(
    halves: tuple[Path, Path, bytes], tmp_path: Path
) -> None:
    """The refusal names the file and the interaction, and nothing is written."""
    text = halves[1].read_text()
    halves[1].write_text(
        text.replace('"images": [', '"os_password": "Tr0ub4dor-3", "images": [', 1)
    )

    done = call("merge", *halves[:2], "--out", tmp_path / "c.yaml")

    assert 1 == done.exit_code
    assert f"{halves[1]}, line " in done.stderr
    assert "#1 response body .os_password (password of 11 characters)" in done.stderr
    assert "Tr0ub4dor" not in done.stderr
    assert not (tmp_path / "c.yaml").exists()
