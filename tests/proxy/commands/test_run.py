"""`glancetape run`: any command, its HTTP and HTTPS through the proxy."""

import errno
import json
import os
import signal
import ssl
import sys
from pathlib import Path

import certifi
import pytest

from glancetape.commands.run import split_files
from glancetape.commands.starting.child_process import CA_FILES, ca_folder
from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import glancetape, run_process, running
from support.running.upstream import PAGE, Upstream

CURL = ("curl", "-sS")
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """A cassette with one page."""
    return write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])


def test_a_command_is_recorded_and_replayed(service: Upstream, tmp_path: Path) -> None:
    """It names the real service both times; the second time nobody is asked."""
    cassette, url = tmp_path / "a.yaml", f"{service.url}/v2/images?limit=2"

    recorded = run_process("run", "--record", cassette, "--", *CURL, url, NO_PROXY="127.0.0.1")
    replayed = run("run", "--replay", cassette, "--", *CURL, url, no_proxy="127.0.0.1")

    assert PAGE.decode() == recorded.stdout == replayed.stdout
    assert 1 == len(service.seen)
    assert "1 recorded" in recorded.stderr
    assert "1 replayed" in replayed.stderr


def test_https_is_replayed_under_our_own_certificate(tmp_path: Path) -> None:
    """curl trusts the bundle that it is given."""
    cassette = write_cassette(
        tmp_path / "a.yaml", [(get("/v2/images", host="https://ims.example.com"), ok())]
    )

    replayed = run("run", "--replay", cassette, "--", *CURL, "https://ims.example.com/v2/images")

    assert (ok().body.decode(), 0) == (replayed.stdout, replayed.returncode), replayed.stderr


@pytest.mark.parametrize("quiet", [["-q"], []], ids=["quiet", ""])
def test_a_proxy_that_is_not_used_is_named_with_what_to_do(
    quiet: list[str], service: Upstream, tmp_path: Path
) -> None:
    """A recorder goes past it, a replay connects to nothing. The URL may hold a password."""
    url, cassette = f"{service.url}/v2/images?limit=2", tmp_path / "a.yaml"
    through = {"HTTPS_PROXY": "http://joe:s3cret@proxy.example:3128"}

    recorded = run("run", *quiet, "--record", cassette, "--", *CURL, url, **through)
    replayed = run("run", *quiet, "--replay", cassette, "--", *CURL, url, **through)

    assert PAGE.decode() == recorded.stdout == replayed.stdout
    assert "warning: HTTPS_PROXY is set" in recorded.stderr
    assert f"--set glancetape_record={cassette} --mode upstream:PROXY" in recorded.stderr
    assert "s3cret" not in recorded.stderr
    assert "PROXY" not in replayed.stderr


def test_where_no_home_can_be_written_the_proxy_has_a_ca_for_this_run(tmp_path: Path) -> None:
    """As in a container. The command gets the CA anyway; a folder that is named has to be there."""
    home = tmp_path / "home"
    home.write_text("no folder")
    cassette = write_cassette(
        tmp_path / "a.yaml", [(get("/v2/images", host="https://ims.example.com"), ok())]
    )
    curl = [*CURL, "https://ims.example.com/v2/images"]

    replayed = run("run", "--replay", cassette, "--", *curl, HOME=str(home))
    named = run("run", "--replay", cassette, "--confdir", home / "ca", "--", *curl)

    assert (ok().body.decode(), 0) == (replayed.stdout, replayed.returncode), replayed.stderr
    assert 1 == named.returncode
    assert "Name another folder with --confdir." in named.stderr


@pytest.mark.parametrize("has_ca", [True, False])
def test_a_ca_that_is_there_is_used_though_its_folder_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_ca: bool
) -> None:
    """mitmproxy writes only what is missing. A folder of ours is gone at the end."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".mitmproxy"
    folder.mkdir()
    for name in CA_FILES[not has_ca :]:
        (folder / name).write_text("")
    real = os.access  # root may write everywhere
    monkeypatch.setattr(os, "access", lambda path, how: not how & os.W_OK and real(path, how))

    with ca_folder() as found:
        assert found.is_dir()
        assert has_ca == (found == folder)

    assert has_ca == found.exists()


def test_the_command_gets_the_variables_that_clients_read(cassette: Path) -> None:
    """Proxy in both cases, nothing bypassed, and a bundle."""
    shown = run(
        "run", "--replay", cassette, "--", sys.executable, "-c", SHOW, NO_PROXY="*", no_proxy="*"
    )

    seen = json.loads(shown.stdout)
    proxies = {seen[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    assert 1 == len(proxies)
    assert proxies.pop().startswith("http://127.0.0.1:")
    assert ("", "") == (seen["NO_PROXY"], seen["no_proxy"])
    bundles = {
        seen[name]
        for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    }
    assert 1 == len(bundles)
    assert "1" == seen["NODE_USE_ENV_PROXY"]


_COUNT = """
import os, ssl
context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
for ca in context.get_ca_certs():
    print(dict(pair for part in ca["subject"] for pair in part).get("commonName"))
"""


def _names(file: str) -> set[str]:
    found = ssl.create_default_context(cafile=file).get_ca_certs()
    return {
        str(dict(pair for part in ca["subject"] for pair in part).get("commonName"))  # type: ignore[misc]
        for ca in found
    }


def test_the_bundle_has_our_ca_and_the_public_roots(cassette: Path) -> None:
    """A bundle with ours alone would break everything else that the command does."""
    shown = run("run", "--replay", cassette, "--", sys.executable, "-c", _COUNT)

    names = set(shown.stdout.splitlines())
    assert "mitmproxy" in names
    assert _names(certifi.where()) <= names


def test_the_bundle_keeps_what_the_environment_trusts(cassette: Path, tmp_path: Path) -> None:
    """A company's own CA, named by the user before."""
    own = tmp_path / "own.pem"
    ca = Path("~/.mitmproxy").expanduser()
    run("run", "--replay", cassette, "--confdir", tmp_path / "other", "--", "true")
    own.write_text((tmp_path / "other" / "mitmproxy-ca-cert.pem").read_text())

    shown = run(
        "run", "--replay", cassette, "--", "sh", "-c", "cat $SSL_CERT_FILE", SSL_CERT_FILE=str(own)
    )

    assert own.read_text().strip() in shown.stdout
    assert (ca / "mitmproxy-ca-cert.pem").read_text().strip() in shown.stdout


@pytest.mark.parametrize(("command", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_exit_status_is_that_of_the_command(cassette: Path, command: str, status: int) -> None:
    """A test runner's failure stays a failure."""
    assert status == run("run", "--replay", cassette, "--", "sh", "-c", command).returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["TERM", "HUP"])
def test_a_signal_is_passed_on_and_the_cassette_is_finished(
    service: Upstream, tmp_path: Path, number: int
) -> None:
    """A test runner that is asked to stop does not leave its command behind."""
    cassette = tmp_path / "a.yaml"
    script = (
        f"trap 'exit 3' TERM HUP; curl -s {service.url}/v2/images; echo listening on http://x; "
        "while true; do sleep 0.1; done"
    )

    with running(glancetape("run", "--record", cassette, "--", "sh", "-c", script)) as it:
        status = it.stop(number)

    assert 3 == status
    assert 1 == len(load_cassette(cassette))
    assert "1 recorded" in it.said


def test_a_command_that_asks_nothing_is_warned_of(cassette: Path) -> None:
    """It most likely bypasses the proxy."""
    assert "no request came through" in run("run", "--replay", cassette, "--", "true").stderr


def test_a_command_that_does_not_exist_ends_with_127(cassette: Path) -> None:
    """As a shell ends; the message names the command."""
    refused = run("run", "--replay", cassette, "--", "no-such-command")

    assert 127 == refused.returncode
    why = os.strerror(errno.ENOENT)
    assert f"Error: no-such-command: cannot be run: {why}.\n" == refused.stderr


def test_a_command_that_is_not_executable_ends_with_126(cassette: Path) -> None:
    """As a shell ends."""
    refused = run("run", "--replay", cassette, "--", cassette)

    assert 126 == refused.returncode
    assert f"Error: {cassette}: cannot be run: {os.strerror(errno.EACCES)}.\n" == refused.stderr


def test_a_text_that_is_marked_executable_ends_with_126(cassette: Path) -> None:
    """Before the proxy starts: its log would hide the message."""
    text = cassette.with_name("text")
    text.write_text("127.0.0.1 localhost\n")
    text.chmod(0o755)

    refused = run("run", "--replay", cassette, "--", text)

    assert 126 == refused.returncode
    assert f"Error: {text}: cannot be run: {os.strerror(errno.ENOEXEC)}.\n" == refused.stderr


def test_a_miss_in_a_run_reaches_the_command(cassette: Path) -> None:
    """curl --fail ends with its own status."""
    missed = run("run", "--replay", cassette, "--", *CURL, "-f", "http://glance:9292/v2/none")

    assert 22 == missed.returncode
    assert "1 missed" in missed.stderr


@pytest.mark.parametrize(
    ("words", "files", "command"),
    [
        ("pytest -q", "", "pytest -q"),
        ("b.yaml -- pytest b.yaml", "b.yaml", "pytest b.yaml"),
        ("b.yml c.images pytest -- x", "b.yml c.images", "pytest -- x"),
        ("sh -- b.yaml", "", "sh -- b.yaml"),
        ("b.yaml", "", "b.yaml"),
        ("b.yaml --", "", "b.yaml --"),
        ("@b.json -- sh x", "@b.json", "sh x"),
        ("b.yaml @b @c.ndjson -- sh -- x", "b.yaml @b @c.ndjson", "sh -- x"),
        ("none -q", "", "none -q"),
    ],
)
def test_files_may_follow_the_first_one(
    tmp_path: Path, words: str, files: str, command: str
) -> None:
    """As a shell expands `*.yaml`; what is left is the command. `@` is a folder."""
    for name in ("b", "b.json", "c.ndjson"):
        (tmp_path / name).touch()
    words, files = (text.replace("@", f"{tmp_path}/") for text in (words, files))

    found = split_files(tuple(words.split()), lambda word: word in ("sh", "pytest"))

    assert (tuple(map(Path, files.split())), tuple(command.split())) == found


def test_a_word_before_the_dashes_is_a_file_or_a_command(cassette: Path) -> None:
    """A misspelt file was run as a command."""
    refused = run("run", "--replay", cassette, "b.jsn", "--", "true")

    assert 2 == refused.returncode
    assert "\nError: b.jsn: there is no such file and no such command." in refused.stderr


def test_both_files_after_replay_are_replayed(cassette: Path) -> None:
    """The second needs no option of its own."""
    other = write_cassette(cassette.with_name("b.yaml"), [(get("/v2/images/b"), ok(b"{}"))])

    replayed = run(
        "run", "--replay", cassette, other, "--", *CURL, "http://glance:9292/v2/images/b"
    )

    assert ("{}", 0) == (replayed.stdout, replayed.returncode), replayed.stderr
    assert "\n200 exact; b.yaml#1  no credentials  GET http://glance:9292/v2/images/b\n" in (
        f"\n{replayed.stderr}"
    )


HIDDEN = {
    "version documents": "http://glance:9292/",
    "versions below a path": "http://cloud/image/v2/",
    "a login": "http://keystone:5000/v3/auth/tokens",
}


@pytest.mark.parametrize("url", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_miss_that_clients_hide_is_shown_though_quiet(cassette: Path, url: str) -> None:
    """openstacksdk says that there is no image service, and not which request was missed."""
    options = ("-X", "POST") if "tokens" in url else ()

    missed = run("run", "-q", "--replay", cassette, "--", *CURL, *options, url)

    *_, last = missed.stderr.splitlines()
    shown = f"{'POST' if options else 'GET'} {url.partition('://')[2]} was missed: "
    assert last.startswith(f"warning: {shown}")
    assert 1 == missed.stderr.count("was missed")


def test_another_miss_is_counted_only(cassette: Path) -> None:
    """The client gets its text and shows it."""
    missed = run("run", "-q", "--replay", cassette, "--", *CURL, "http://glance:9292/v2/tasks")

    assert "1 missed" in missed.stderr
    assert "was missed" not in missed.stderr


def test_the_two_dashes_may_be_left_out(cassette: Path) -> None:
    """What follows the first word that is no option of ours is the command's."""
    shown = run("run", "--replay", cassette, *CURL, "http://glance:9292/v2/images")

    assert ok().body.decode() == shown.stdout


def test_a_record_mode_is_refused_in_replay(cassette: Path) -> None:
    """It would do nothing."""
    refused = run("run", "--replay", cassette, "--mode", "all", "--", "true")

    assert 2 == refused.returncode
    assert "--mode goes with --record" in refused.stderr


@pytest.mark.parametrize("options", [(), ("--record", "a.yaml", "--replay", "a.yaml")])
def test_either_record_or_replay_is_required(options: tuple[str, ...]) -> None:
    """Not both, not neither."""
    refused = run("run", *options, "--", "true")

    assert 2 == refused.returncode
    assert "either --record FILE or --replay FILE" in refused.stderr


def test_the_recorded_cassette_is_complete_when_the_command_has_ended(
    service: Upstream, tmp_path: Path
) -> None:
    """The next command may read it at once."""
    cassette = tmp_path / "a.yaml"

    run("run", "--record", cassette, "--", *CURL, f"{service.url}/v2/images")

    assert 1 == len(load_cassette(cassette))
    assert [cassette] == [path for path in tmp_path.iterdir() if path.is_file()]
    assert os.path.getsize(cassette) > len(PAGE)
