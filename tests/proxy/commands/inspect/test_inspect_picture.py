"""`glancetape inspect --html`: the command, and the page in a real browser."""

import os
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glancetape.cli import main
from glancetape_cassettes.imageset.picture.style import DARK, LIGHT
from support.pages.browser import CHROMIUM, Screen, chromium, pixel_of, screenshot
from support.running.in_process import run
from support.sets.set_files import make_set, record

KINDS = ("private", "shared", "gold", "market")
LONG = "<script>document.title='caught'</script> & \u202e镜像 " + "w" * 10_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set with every sort of card on its page, and names that no page should trust."""
    path = tmp_path_factory.mktemp("made") / "a.images"
    chance = random.Random(1)
    make_set(
        path,
        (
            record(
                str(number),
                owner=f"{min(int(chance.paretovariate(0.6)), 300):032}",
                visibility="shared",
                created_at=f"20{chance.randrange(18, 22)}-0{chance.randrange(1, 10)}-01T00:00:00Z",
                __imagetype=KINDS[number % 4],
                __platform=chance.choice(["CentOS", "Windows", LONG]),
                __os_type=chance.choice(["Linux", "Windows", LONG]),
                virtual_env_type=LONG,
                disk_format=LONG,
                tags=[LONG, "b"],
                members=[{"member_id": "x", "status": "pending"}],
            )
            for number in range(400)
        ),
    )
    return path


@pytest.fixture
def images(made: Path, tmp_path: Path) -> Path:
    """A copy of that set, alone in its folder."""
    return Path(shutil.copy(made, tmp_path))


def _call(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_page_is_written_and_its_name_printed(tmp_path: Path, images: Path) -> None:
    """On standard error; standard output stays empty, and nothing else is left beside."""
    out = tmp_path / "a.html"

    done = run("inspect", images, "--html", out)

    assert (0, "", f"{out}: what {images} looks like\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>\n")
    assert ["a.html", "a.images"] == sorted(os.listdir(tmp_path))


def test_a_page_may_come_with_json(tmp_path: Path, images: Path) -> None:
    """Which is the same as without a page."""
    both = _call("inspect", images, "--html", tmp_path / "a.html", "--json")

    assert _call("inspect", images, "--json").stdout == both.stdout
    assert (tmp_path / "a.html").exists()


def test_an_existing_file_is_only_written_over_with_force(tmp_path: Path, images: Path) -> None:
    """In the words of an import."""
    out = tmp_path / "a.html"
    out.write_text("before")

    refused = _call("inspect", images, "--html", out)
    assert (1, f"Error: {out} exists; --force writes over it.\n") == (
        refused.exit_code,
        refused.stderr,
    )
    assert "before" == out.read_text()

    assert 0 == _call("inspect", images, "--html", out, "--force").exit_code
    assert "before" != out.read_text()


def test_a_page_is_not_written_over_its_set(tmp_path: Path, images: Path) -> None:
    """Not even with --force, nor by another name of the file."""
    before = images.read_bytes()
    os.link(images, tmp_path / "b.images")

    for out in (images, tmp_path / "b.images"):
        refused = _call("inspect", images, "--html", out, "--force")
        assert 1 == refused.exit_code
        assert f"Error: {out} is the image set itself; name another file with --html.\n" == (
            refused.stderr
        )

    assert before == images.read_bytes()


WRONG = {
    "no set": ("inspect", "missing.images", "--html", "b.html"),
    "no folder": ("inspect", "a.images", "--html", "missing/b.html"),
    "a folder": ("inspect", "a.images", "--html", "."),
    "a device": ("inspect", "a.images", "--html", "/dev/null", "--force"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_ends_with_1(
    images: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """In one sentence; no page is begun."""
    monkeypatch.chdir(images.parent)

    done = _call(*arguments)

    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith("Error: ")
    assert ["a.images"] == os.listdir(images.parent)


def test_force_without_a_page_is_wrong_usage(images: Path) -> None:
    """There is nothing that it could write over."""
    done = _call("inspect", images, "--force")

    assert 2 == done.exit_code
    assert "--force goes with --html." in done.stderr


def test_damage_ends_in_a_sentence_or_goes_unnoticed(tmp_path: Path, images: Path) -> None:
    """Never in a traceback: `_call` would raise it."""
    small = tmp_path / "small.images"
    make_set(small, [record(str(number), __imagetype="gold") for number in range(40)])
    whole = small.read_bytes()
    out, reported = tmp_path / "a.html", 0
    for seed in range(100):
        chance = random.Random(seed)
        data = bytearray(whole)
        page = chance.randrange(len(data) // 8192) * 8192
        for _ in range(6):
            data[page + chance.randrange(8192 if seed % 2 else 128)] = chance.randrange(256)
        small.write_bytes(data)
        done = _call("inspect", small, "--html", out, "--force")
        assert done.exit_code in (0, 1)
        reported += done.stderr.startswith(f"Error: {small}")

    assert reported > 10


# In a browser

in_browser = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")


@pytest.fixture
def page(images: Path) -> Path:
    """The page of the set."""
    out = images.with_suffix(".html")
    assert 0 == _call("inspect", images, "--html", out).exit_code
    return out


@in_browser
@pytest.mark.interop
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_browser_paints_it_in_the_colours_that_its_user_likes(
    page: Path, colours: dict[str, str]
) -> None:
    """Every colour is there, the others' scheme is not, and the console has nothing to say."""
    scheme = "--blink-settings=preferredColorScheme=" + ("0" if colours is DARK else "1")

    screen, console = screenshot(page, 1000, 2000, scheme)

    assert [] == console
    assert pixel_of(colours["page"]) == screen.at(0, 0) == screen.at(5, -1)
    assert screen.has(colours["card"]) > 400_000
    for name in ("c0", "c1", "c2", "c3", "plain"):
        assert screen.has(colours[name]) > 300, name
    other = LIGHT if colours is DARK else DARK
    assert 0 == screen.has(other["page"]) == screen.has(other["c2"])


@in_browser
@pytest.mark.interop
def test_on_a_phone_nothing_sticks_out(page: Path) -> None:
    """Names of 10,000 letters and pictures all end within 400 pixels."""
    screen, console = screenshot(page, 400, 4000, "--blink-settings=preferredColorScheme=1")

    assert [] == console
    assert screen.has(LIGHT["c0"]) > 500
    assert (screen.pixels[:, -8:] == pixel_of(LIGHT["page"])).all()
    assert _edges(screen) == 400 - 14 - 1


def _edges(screen: Screen) -> int:
    """Return the rightmost place where the edge of a card is."""
    return max(column for _, column in screen.places_of(LIGHT["edge"]))


@in_browser
def test_names_in_a_page_are_only_text_to_a_browser(page: Path) -> None:
    """No element is made of them, and no script runs."""
    shown, console = chromium(page, "--dump-dom")

    assert [] == console
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "<title>a.images</title>" in shown
    assert "w" * 300 not in shown
