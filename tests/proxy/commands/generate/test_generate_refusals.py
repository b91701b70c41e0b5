"""What `glancetape generate` refuses, in a sentence: its arguments, its spec, its place."""

import os
from pathlib import Path

import pytest

from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.world.fixed import MOST_IMAGES
from support.running.in_process import run
from support.sets.endings import every_ending


def is_usage_error(stderr: str) -> bool:
    """Whether the usage of the command is shown, and below it, after an empty line, the error."""
    usage, _, error = stderr.partition("\n\n")
    return "glancetape generate" in usage and error.startswith("Error: ")


@every_ending
def test_an_existing_file_is_only_replaced_with_force(tmp_path: Path, ending: str) -> None:
    """Without it nothing is done."""
    out = tmp_path / f"a{ending}"
    out.write_bytes(b"as before")

    refused = run("generate", "--count", "9", "--out", out)
    assert (1, f"Error: {out} exists; --force writes over it.\n") == (
        refused.returncode,
        refused.stderr,
    )
    assert b"as before" == out.read_bytes()

    assert 0 == run("generate", "--count", "9", "--out", out, "--force").returncode
    assert b"as before" != out.read_bytes()


@pytest.mark.parametrize("name", ["a", "a.json", "a.yml", "images", ".yaml", "a.images.gz"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    """In one sentence with those that there are."""
    out = tmp_path / name

    done = run("generate", "--count", "9", "--out", out)

    sentence = f"\n\nError: --out {out} does not end in .images, .ndjson or .yaml.\n"
    assert 2 == done.returncode
    assert is_usage_error(done.stderr)
    assert done.stderr.endswith(sentence)
    assert [] == os.listdir(tmp_path)


USAGE = {
    "no count": (("--out", "a.images"), "--count"),
    "no out": (("--count", "9"), "--out"),
    "no images": (("--count", "0", "--out", "a.images"), "--count"),
    "too many images": (
        ("--count", str(MOST_IMAGES + 1), "--out", "a.images"),
        str(MOST_IMAGES),
    ),
    "no whole number": (("--count", "1e6", "--out", "a.images"), "--count"),
    "a seed that is no number": (
        ("--count", "9", "--seed", "x", "--out", "a.images"),
        "--seed",
    ),
    "no workers": (("--count", "9", "--workers", "0", "--out", "a.images"), "--workers"),
    "an unknown dialect": (
        ("--count", "9", "--dialect", "swift", "--out", "a.images"),
        "--dialect",
    ),
    "a project that is not printable": (
        ("--count", "9", "--home-project", "\udcff", "--out", "a.images"),
        "--home-project must be printable text.",
    ),
    "a dialect of lines": (
        ("--count", "9", "--dialect", "ims", "--out", "a.ndjson"),
        "--home-project and --dialect go with image sets; NDJSON has neither.",
    ),
    "a project of lines": (
        ("--count", "9", "--home-project", "mine", "--out", "a.ndjson"),
        "--home-project and --dialect go with image sets; NDJSON has neither.",
    ),
    "too large a cassette": (
        ("--count", "10001", "--out", "a.yaml"),
        "a cassette holds 10,000 images at most; for more use .images.",
    ),
}


@pytest.mark.parametrize(("arguments", "why"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], why: str
) -> None:
    """Before anything is made."""
    monkeypatch.chdir(tmp_path)

    done = run("generate", *arguments)

    assert (2, "") == (done.returncode, done.stdout)
    assert is_usage_error(done.stderr)
    assert why in done.stderr
    assert [] == os.listdir(tmp_path)


@every_ending
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, ending: str) -> None:
    """Before any image is made."""
    out = tmp_path / "missing" / f"a{ending}"

    done = run("generate", "--count", "10000", "--out", out)

    why = f"the folder {out.parent} does not exist; make it first"
    sentence = f"Error: {out} cannot be written: {why}.\n"
    assert (1, sentence) == (done.returncode, done.stderr)


@pytest.mark.parametrize("explains", [(), ("--explain",)], ids=["made", "explained"])
def test_an_error_in_a_spec_is_shown_with_file_line_and_key(
    tmp_path: Path, explains: tuple[str, ...]
) -> None:
    """In one sentence; nothing is made."""
    spec = tmp_path / "spec.yaml"
    spec.write_text("like: region\ntags:\n  share: 200\n")

    done = run(
        "generate", "--count", "9", "--spec", spec, "--out", tmp_path / "a.images", *explains
    )

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"Error: {spec}, line 3: ")
    assert "tags.share" in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert ["spec.yaml"] == os.listdir(tmp_path)


def test_a_missing_spec_is_shown_with_the_presets(tmp_path: Path) -> None:
    """Perhaps one of them was meant."""
    done = run("generate", "--count", "9", "--spec", "regoin", "--out", tmp_path / "a.images")

    assert 1 == done.returncode
    assert done.stderr.startswith("Error: regoin: neither a file nor a preset")
    assert all(preset in done.stderr for preset in PRESETS)


def test_a_spec_is_not_written_over_with_what_it_describes(tmp_path: Path) -> None:
    """Not even with --force."""
    spec = tmp_path / "spec.yaml"
    spec.write_text("like: region\n")

    done = run("generate", "--count", "9", "--spec", spec, "--out", spec, "--force")

    assert (1, f"Error: {spec} is the spec; name another file with --out.\n") == (
        done.returncode,
        done.stderr,
    )
    assert "like: region\n" == spec.read_text()
