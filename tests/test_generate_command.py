"""`glancetape generate`, as its users run it: each test starts the program."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from glancetape import __version__
from glancetape_cassettes.imageset.reading import ImageSet
from glancetape_generators.explaining import explain
from glancetape_generators.generating import MOST
from glancetape_generators.spec_reading import PRESETS, read_spec
from processes import glancetape, run

ENDINGS = (".images", ".ndjson", ".yaml")
every_ending = pytest.mark.parametrize("ending", ENDINGS)
SHARED = 20_001  # so many are made by several processes
REFUSED = "Usage: glancetape generate [OPTIONS]\nTry 'glancetape generate --help' for help.\n\n"


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
    ("ending", "said"),
    [
        (".images", "10,000 images"),
        (".ndjson", "10,000 images"),
        (
            ".yaml",
            r"10,000 images, of which the home project sees [\d,]+ on [\d,]+ pages,",
        ),
    ],
)
def test_the_last_line_says_what_was_made_and_how_fast(
    tmp_path: Path, ending: str, said: str
) -> None:
    """On standard error; the rate from a second on. Nothing else is left beside."""
    out = tmp_path / f"a{ending}"

    done = run("generate", "--count", "10000", "--out", out)

    found = re.fullmatch(rf"{out}: {said} in (\d+\.\d) s(, [\d,]+ images/s)?\n", done.stderr)
    assert (0, "") == (done.returncode, done.stdout)
    assert found, done.stderr
    if found[1] != "1.0":
        assert (float(found[1]) > 1) == bool(found[2])
    assert [out.name] == os.listdir(tmp_path)


def test_one_image_is_enough(tmp_path: Path) -> None:
    """And it is said as one."""
    done = run("generate", "--count", "1", "--out", tmp_path / "a.ndjson")

    assert re.fullmatch(r".*: 1 image in \d\.\d s\n", done.stderr)
    assert 1 == (tmp_path / "a.ndjson").read_bytes().count(b"\n")


def test_a_set_says_how_it_was_made(tmp_path: Path) -> None:
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
    _made(tmp_path / "a.images", "--count", 9, "--project", "mine", "--dialect", "glance")

    about = _about(tmp_path / "a.images")
    assert ("mine", "glance") == (about["home_project"], about["dialect"])


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_named_or_a_file_given(tmp_path: Path, preset: str) -> None:
    """A set tells the file's name, not where it lay."""
    (tmp_path / "mine.yaml").write_text(f"like: {preset}\nregion: eu-test-1\n")
    _made(tmp_path / "a.images", "--count", 9, "--spec", preset)
    _made(tmp_path / "b.images", "--count", 9, "--spec", tmp_path / "mine.yaml")

    assert f"spec {preset}, seed 0, count 9" == _about(tmp_path / "a.images")["made_from"]
    assert "spec mine.yaml, seed 0, count 9" == _about(tmp_path / "b.images")["made_from"]
    assert preset in " ".join(run("generate", "--help").stdout.split())


# Always the same


@pytest.mark.parametrize("ending", [".images", ".ndjson"])
def test_any_number_of_workers_makes_the_same_bytes(tmp_path: Path, ending: str) -> None:
    """And so does the same command once more."""
    made = [
        _made(tmp_path / f"a{ending}", "--count", SHARED, "--seed", 3, "--workers", workers)
        for workers in (1, 2, 2)
    ]

    assert made[0] == made[1] == made[2]


def test_the_same_command_makes_the_same_cassette(tmp_path: Path) -> None:
    """Nothing in it comes from a clock."""
    arguments = ("--count", 500, "--spec", "tenant")
    first = _made(tmp_path / "a.yaml", *arguments)
    time.sleep(1.1)

    assert first == _made(tmp_path / "b.yaml", *arguments, "--workers", 2)


@pytest.mark.parametrize("seed", [-5, 10**40])
@every_ending
def test_a_seed_is_any_whole_number(tmp_path: Path, ending: str, seed: int) -> None:
    """Another seed makes other images; 0 is the one that is not said."""
    out = tmp_path / f"a{ending}"
    usual = _made(out, "--count", 50)

    assert usual == _made(out, "--count", 50, "--seed", 0)
    assert usual != _made(out, "--count", 50, "--seed", seed)


def test_a_longer_file_begins_with_the_shorter_one(tmp_path: Path) -> None:
    """Line by line, whoever made them."""
    shorter = _made(tmp_path / "a.ndjson", "--count", 1000)
    longer = _made(tmp_path / "b.ndjson", "--count", SHARED)

    assert shorter.splitlines() == longer.splitlines()[:1000]


# What is refused


@every_ending
def test_an_existing_file_is_only_written_over_with_force(tmp_path: Path, ending: str) -> None:
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

    sentence = f"Error: --out {out} does not end in .images, .ndjson or .yaml.\n"
    assert (2, REFUSED + sentence) == (done.returncode, done.stderr)
    assert [] == os.listdir(tmp_path)


USAGE = {
    "no count": (("--out", "a.images"), "Missing option '--count'."),
    "no out": (("--count", "9"), "Missing option '--out'."),
    "no images": (("--count", "0", "--out", "a.images"), "0 is not in the range"),
    "too many images": (
        ("--count", str(MOST + 1), "--out", "a.images"),
        f"{MOST + 1} is not in the range 1<=x<={MOST}.",
    ),
    "no whole number": (("--count", "1e6", "--out", "a.images"), "not a valid integer"),
    "a seed that is no number": (
        ("--count", "9", "--seed", "x", "--out", "a.images"),
        "'x' is not a valid integer.",
    ),
    "no workers": (("--count", "9", "--workers", "0", "--out", "a.images"), "0 is not in the"),
    "an unknown dialect": (
        ("--count", "9", "--dialect", "swift", "--out", "a.images"),
        "'swift' is not one of 'ims', 'glance'.",
    ),
    "a project that is no text": (
        ("--count", "9", "--project", "\udcff", "--out", "a.images"),
        "--project is no text.",
    ),
    "a dialect of lines": (
        ("--count", "9", "--dialect", "ims", "--out", "a.ndjson"),
        "--project and --dialect say how a set answers; NDJSON does not.",
    ),
    "a project of lines": (
        ("--count", "9", "--project", "mine", "--out", "a.ndjson"),
        "--project and --dialect say how a set answers; NDJSON does not.",
    ),
    "too large a cassette": (
        ("--count", "10001", "--out", "a.yaml"),
        "a cassette is made of 10,000 images at most; for more use .images.",
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
    assert done.stderr.startswith(f"{REFUSED}Error: ")
    assert why in done.stderr
    assert [] == os.listdir(tmp_path)


@every_ending
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, ending: str) -> None:
    """Before any image is made."""
    out = tmp_path / "missing" / f"a{ending}"

    done = run("generate", "--count", "10000", "--out", out)

    sentence = f"Error: {out} cannot be written: No such file or directory.\n"
    assert (1, sentence) == (done.returncode, done.stderr)


@pytest.mark.parametrize("explains", [(), ("--explain",)], ids=["made", "explained"])
def test_an_error_of_a_spec_is_told_with_file_line_and_key(
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


def test_a_spec_that_is_not_there_is_told_with_the_presets(tmp_path: Path) -> None:
    """Perhaps one of them was meant."""
    done = run("generate", "--count", "9", "--spec", "regoin", "--out", tmp_path / "a.images")

    assert 1 == done.returncode
    assert done.stderr.startswith("Error: regoin: no such file")
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


# Explaining


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ("region", 10_000)),
        (("--spec", "tenant"), ("tenant", 10_000)),
        (("--spec", "edge-cases", "--count", "77"), ("edge-cases", 77)),
        (("--count", str(MOST)), ("region", MOST)),
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

    spec, count = expected
    assert (0, f"{explain(read_spec(spec), count)}\n", "") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    assert [] == os.listdir(tmp_path)


# Being ended


def _begun(
    out: Path, *arguments: str, under: Sequence[str] = (), **environment: str
) -> "subprocess.Popen[str]":
    """Start the program and wait until it writes."""
    process = subprocess.Popen(
        [*under, *glancetape("generate", "--out", out, *arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | environment,
    )  # fmt: skip
    folder = environment.get("TMPDIR")
    until = time.monotonic() + 30
    while not _writes(out, Path(folder) if folder else None):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.002)
    return process


def _writes(out: Path, temporary: Path | None) -> bool:
    if temporary is not None:
        return any(temporary.glob("glancetape-*/.*.partial"))
    return any(path.stat().st_size > 1 << 20 for path in out.parent.glob(f".{out.name}.*.partial"))


def _workers(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [
            int(one)
            for one in children
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]
    except OSError:  # not on Linux
        return []


def _wait_for_the_end_of(workers: list[int]) -> None:
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < until
        time.sleep(0.05)


ENDS = {
    signal.SIGINT: (130, "Error: ended by Ctrl-C; nothing was written.\n"),
    signal.SIGTERM: (143, "Error: ended by SIGTERM; nothing was written.\n"),
    signal.SIGHUP: (129, "Error: ended by SIGHUP; nothing was written.\n"),
}


@pytest.mark.parametrize("sent", ENDS)
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("ending", [".images", ".ndjson"])
def test_who_ends_it_finds_everything_as_it_was(
    tmp_path: Path, ending: str, workers: str, sent: signal.Signals
) -> None:
    """Also when the signal comes twice, as from an impatient Ctrl-C."""
    out = tmp_path / f"a{ending}"
    out.write_bytes(b"as before")
    process = _begun(out, "--count", "1000000", "--workers", workers, "--force")
    its_workers = _workers(process.pid)

    process.send_signal(sent)
    time.sleep(0.01)
    process.send_signal(sent)
    said = process.communicate(timeout=30)

    assert (*ENDS[sent], "") == (process.returncode, said[1], said[0])
    assert b"as before" == out.read_bytes()
    assert [out.name] == os.listdir(tmp_path)
    _wait_for_the_end_of(its_workers)


@pytest.mark.parametrize("sent", ENDS)
def test_a_cassette_that_is_not_finished_leaves_nothing_behind(
    tmp_path: Path, sent: signal.Signals
) -> None:
    """Neither beside nor where temporary files are."""
    out, temporary = tmp_path / "a.yaml", tmp_path / "temporary"
    temporary.mkdir()
    process = _begun(out, "--count", "10000", TMPDIR=str(temporary))

    process.send_signal(sent)
    said = process.communicate(timeout=30)

    assert (*ENDS[sent], "") == (process.returncode, said[1], said[0])
    assert ["temporary"] == os.listdir(tmp_path)
    assert [] == os.listdir(temporary)


@pytest.mark.parametrize("ending", [".images", ".ndjson"])
def test_a_kill_leaves_at_most_a_hidden_file_that_says_what_it_is(
    tmp_path: Path, ending: str
) -> None:
    """No process can clear away then; the workers end by themselves."""
    out = tmp_path / f"a{ending}"
    process = _begun(out, "--count", "1000000", "--workers", "2")
    its_workers = _workers(process.pid)

    process.kill()
    process.communicate(timeout=30)

    left = os.listdir(tmp_path)
    assert all(re.fullmatch(rf"\.a{re.escape(ending)}\..*\.partial", name) for name in left)
    _wait_for_the_end_of(its_workers)


@pytest.mark.parametrize("ending", [".images", ".ndjson"])
def test_a_worker_that_is_killed_ends_it_with_a_sentence(tmp_path: Path, ending: str) -> None:
    """As the system does when memory is short."""
    out = tmp_path / f"a{ending}"
    process = _begun(out, "--count", "1000000", "--workers", "2")
    its_workers = _workers(process.pid)
    if not its_workers:
        process.kill()
        process.communicate()
        pytest.skip("the workers cannot be found here")

    os.kill(its_workers[0], signal.SIGKILL)
    said = process.communicate(timeout=30)

    sentence = (
        "Error: a worker process was ended, perhaps for want of memory; try again with "
        "--workers 1.\n"
    )
    assert (1, "", sentence) == (process.returncode, *said)
    assert [] == os.listdir(tmp_path)
    _wait_for_the_end_of(its_workers)


def test_what_its_starter_ignores_does_not_end_it(tmp_path: Path) -> None:
    """As under nohup."""
    out = tmp_path / "a.ndjson"
    process = _begun(out, "--count", "60000", "--workers", "1", under=["nohup"])

    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)

    assert 0 == process.returncode
    assert 60_000 == out.read_bytes().count(b"\n")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    ("ending", "full"),
    [
        *((ending, "out") for ending in ENDINGS),
        (".images", "temporary"),
        (".yaml", "temporary"),
    ],
)
def test_a_full_disk_ends_it_with_a_clear_error(
    tmp_path: Path, small_disk: Path, ending: str, full: str
) -> None:
    """Whether it is the file's or that of temporary files; the space is free again."""
    folder = small_disk if full == "out" else tmp_path
    temporary = {"TMPDIR": str(small_disk)} if full == "temporary" else {}
    before = set(os.listdir(folder))
    out = folder / f"a{ending}"

    done = run("generate", "--count", "10000", "--out", out, **temporary)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"Error: {out} cannot be written: ")
    assert "full" in done.stderr or "No space left" in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert before == set(os.listdir(folder))
    assert [] == os.listdir(small_disk)


@pytest.mark.skipif(sys.platform != "linux", reason="memory cannot be limited so")
def test_too_many_images_for_the_memory_end_in_a_sentence(tmp_path: Path) -> None:
    """A set's order takes some bytes for each of them."""
    out = tmp_path / "a.images"
    command = glancetape("generate", "--count", str(MOST), "--workers", "1", "--out", out)
    within = ["sh", "-c", 'ulimit -v 8388608 && exec "$@"', "sh"]  # 8 GiB

    done = subprocess.run(
        [*within, *command], capture_output=True, text=True, timeout=60, check=False
    )

    sentence = (
        f"Error: {out}: there is not enough memory for 2,147,483,648 images; make fewer, or use "
        "--workers 1.\n"
    )
    assert (1, "", sentence) == (done.returncode, done.stdout, done.stderr)
    assert [] == os.listdir(tmp_path)


# How much it takes, and what it shows


def test_memory_does_not_grow_with_the_lines(tmp_path: Path) -> None:
    """Six times the images take no more than chance does."""
    peaks = []
    for count in (20_000, 120_000):
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
    ours, theirs = pty.openpty()
    out = tmp_path / "a.images"
    process = subprocess.Popen(
        glancetape("generate", "--count", "60000", "--workers", "1", "--out", out),
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(ours)

    assert 0 == process.wait(30)
    lines = shown.decode().split("\r\033[K")
    assert any(re.fullmatch(r"images +\d+%, [\d,]+ images/s, \d+ s left", line) for line in lines)
    assert re.fullmatch(r".*/a\.images: 60,000 images in .*\r\n", lines[-1])


@pytest.mark.parametrize("arguments", [("generate", "--help"), ("--help",)])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """NumPy alone takes a tenth of a second."""
    code = (
        "import sys\nfrom glancetape.cli import main\n"
        f"main({list(arguments)!r}, standalone_mode=False)\n"
        "heavy = 'mitmproxy faker yaml numpy pyroaring orjson sqlite3 hypothesis'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert " [OPTIONS]" in shown.stdout
    assert "generate" in shown.stdout
    assert "[]" == shown.stdout.splitlines()[-1]
