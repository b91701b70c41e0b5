"""`glancetape generate`, as its users run it: what is made, always the same, and what is shown."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from glancetape import __version__
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators import generating
from glancetape_generators.realised import realised
from glancetape_generators.spec.explaining import explain
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.world.fixed import MOST_IMAGES
from support.running.in_process import run
from support.running.processes import glancetape, run_process
from support.running.pty_screen import run_in_terminal
from support.sets.endings import every_ending

SHARED = 20_001  # so many are made by several processes


def _made(out: Path, *arguments: str | int | Path) -> bytes:
    """Generate a file; gives what is in it."""
    done = run("generate", *map(str, arguments), "--out", out, "--force")
    assert (0, "") == (done.returncode, done.stdout), done.stderr
    return out.read_bytes()


def _about(out: Path) -> dict[str, str]:
    with ImageSet(out) as images:
        return images.about


# What is made


@pytest.mark.parametrize(
    ("ending", "made"),
    [
        (".images", "10,000 images"),
        (".ndjson", "10,000 images"),
        (
            ".yaml",
            r"10,000 images, of which the home project sees [\d,]+ on [\d,]+ pages,",
        ),
    ],
)
def test_the_last_line_shows_what_was_made_and_how_fast(
    tmp_path: Path, ending: str, made: str
) -> None:
    """On standard error; the rate from a second on. Nothing else is left beside."""
    out = tmp_path / f"a{ending}"

    done = run("generate", "--count", "10000", "--out", out)

    found = re.fullmatch(rf"{out}: {made} in (\d+\.\d) s(, [\d,]+ images/s)?\n", done.stderr)
    assert (0, "") == (done.returncode, done.stdout)
    assert found, done.stderr
    if found[1] != "1.0":
        assert (float(found[1]) > 1) == bool(found[2])
    assert [out.name] == os.listdir(tmp_path)


def test_one_image_is_enough(tmp_path: Path) -> None:
    """The message has the singular."""
    done = run_process("generate", "--count", "1", "--out", tmp_path / "a.ndjson")

    assert re.fullmatch(r".*: 1 image in \d+\.\d s(, [\d.]+ images/s)?\n", done.stderr)
    assert 1 == (tmp_path / "a.ndjson").read_bytes().count(b"\n")


def test_a_set_holds_how_it_was_made(tmp_path: Path) -> None:
    """Its home project is found by who owns most, its dialect is that of IMS."""
    _made(tmp_path / "a.images", "--count", 500, "--seed", 7)

    about = _about(tmp_path / "a.images")
    home = about.pop("home_project")
    assert re.fullmatch("[0-9a-f]{32}", home)
    assert {
        "dialect": "ims",
        "images": "500",
        "made_by": f"glancetape {__version__} generate",
        "made_from": "spec region, seed 7, count 500",
    } == about


def test_a_set_and_its_ndjson_hold_the_same_images(tmp_path: Path) -> None:
    """The set newest first, the lines in the order in which they are made."""
    _made(tmp_path / "a.images", "--count", 500)
    lines = _made(tmp_path / "a.ndjson", "--count", 500).splitlines()

    with ImageSet(tmp_path / "a.images") as images:
        listed = [images.id_at(position) for position in range(len(images))]
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(listed)


def test_home_project_and_dialect_can_be_chosen(tmp_path: Path) -> None:
    """As for an import."""
    _made(tmp_path / "a.images", "--count", 9, "--home-project", "mine", "--dialect", "glance")

    about = _about(tmp_path / "a.images")
    assert ("mine", "glance") == (about["home_project"], about["dialect"])


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_named_or_a_file_given(tmp_path: Path, preset: str) -> None:
    """A set holds the file's name, not its folder."""
    (tmp_path / "mine.yaml").write_text(f"like: {preset}\nregion: eu-test-1\n")
    _made(tmp_path / "a.images", "--count", 9, "--spec", preset)
    _made(tmp_path / "b.images", "--count", 9, "--spec", tmp_path / "mine.yaml")

    assert f"spec {preset}, seed 0, count 9" == _about(tmp_path / "a.images")["made_from"]
    assert "spec mine.yaml, seed 0, count 9" == _about(tmp_path / "b.images")["made_from"]
    assert preset in " ".join(run("generate", "--help").stdout.split())


def test_a_set_is_made_as_it_was_on_a_day(tmp_path: Path) -> None:
    """It says so, and has the images that were made by then."""
    arguments = ("--count", 60, "--spec", "tenant")
    _made(tmp_path / "a.images", *arguments)
    _made(tmp_path / "b.images", *arguments, "--at", "2024-06-01")

    made_from = _about(tmp_path / "b.images")["made_from"]
    assert "spec tenant, seed 0, count 60, at 2024-06-01" == made_from
    with ImageSet(tmp_path / "a.images") as now, ImageSet(tmp_path / "b.images") as then:
        earlier = [
            one["id"] for one in now.images_at(range(60)) if one["created_at"] < "2024-05-31"
        ]
        assert 0 < len(then) < 60
        assert {one["id"] for one in then.images_at(range(len(then)))} >= {*earlier}


# Always the same


@pytest.mark.interop  # by default test_generating has it
@pytest.mark.parametrize("ending", [".images", ".ndjson"])
def test_any_number_of_workers_makes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """And so does the same command once more; so few images are shared in this test only."""
    monkeypatch.setattr(generating, "_WORTH_SHARING", 1)
    monkeypatch.setattr(generating, "BLOCK", 1000)
    made = [
        _made(tmp_path / f"a{ending}", "--count", 3500, "--seed", 3, "--workers", workers)
        for workers in (1, 2, 2)
    ]

    assert made[0] == made[1] == made[2]


def test_the_same_command_makes_the_same_cassette(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it comes from a clock, be it another day or this one."""
    arguments = ("--count", 500, "--spec", "tenant")
    first = _made(tmp_path / "a.yaml", *arguments)
    tomorrow = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)

    assert first == _made(tmp_path / "b.yaml", *arguments, "--workers", 2)
    assert f"{datetime.now(UTC):%Y-%m-%d}".encode() not in first


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", [-5, 10**40])
@every_ending
def test_a_seed_is_any_whole_number(tmp_path: Path, ending: str, seed: int) -> None:
    """Another seed makes other images; 0 is the default."""
    out = tmp_path / f"a{ending}"
    usual = _made(out, "--count", 50)

    assert usual == _made(out, "--count", 50, "--seed", 0)
    assert usual != _made(out, "--count", 50, "--seed", seed)


def test_a_longer_file_begins_with_the_shorter_one(tmp_path: Path) -> None:
    """Line by line, whoever made them."""
    shorter = _made(tmp_path / "a.ndjson", "--count", 1000)
    longer = _made(tmp_path / "b.ndjson", "--count", SHARED)

    assert shorter.splitlines() == longer.splitlines()[:1000]


# Explaining


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ("region", 10_000)),
        (("--spec", "tenant"), ("tenant", 10_000)),
        (("--spec", "edge-cases", "--count", "77"), ("edge-cases", 77)),
        (("--count", str(MOST_IMAGES)), ("region", MOST_IMAGES)),
        (("--out", "a.images", "--count", "9"), ("region", 9)),
    ],
)
def test_what_would_be_made_is_explained_and_nothing_is_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    expected: tuple[str, int],
) -> None:
    """On standard output."""
    monkeypatch.chdir(tmp_path)

    done = run("generate", "--explain", *arguments)

    name, count = expected
    spec = read_spec(name)
    assert (0, f"{explain(spec, count)}\n{realised(spec, count, 0)}\n", "") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    assert [] == os.listdir(tmp_path)


# How much it takes, and what it shows


def test_memory_does_not_grow_with_the_lines(tmp_path: Path) -> None:
    """Three times the images take no more than chance does; the fewest are more than one part."""
    peaks = []
    for count in (40_000, 120_000):
        process = subprocess.Popen(
            glancetape(
                "generate", "--count", str(count), "--workers", "1",
                "--out", tmp_path / f"{count}.ndjson",
            ),
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert 0 == process.returncode
        peaks.append(usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))

    assert peaks[1] - peaks[0] < 10  # MiB


def test_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    """Share, rate and time left, on a line that is gone in the end."""
    out = tmp_path / "a.images"
    command = glancetape("generate", "--count", "60000", "--workers", "1", "--out", out)

    status, shown = run_in_terminal(command)

    assert 0 == status
    *lines, last = re.split(r"\r(?:\033\[2K)?", shown.decode().removesuffix("\r\n"))
    bars = [re.sub(r"\033\[[\d;?]*[a-z]", "", line) for line in lines]
    assert any(
        re.fullmatch(r"images ━*╸?╺?━* +\d+% [\d,]+ images/s \d:\d\d:\d\d", line) for line in bars
    )
    assert re.fullmatch(r"(\033\[\?25h)?.*/a\.images: 60,000 images in .*", last)
