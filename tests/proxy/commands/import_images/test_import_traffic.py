"""Making a cassette from what another tool saved: choice, redaction, report, all or nothing."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from glancetape.importing.writing_cassette import ranges
from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.walked_cassettes import cloud_of, recorded
from support.foreign.har_files import entry, entry_of, write_har
from support.running.in_process import run

LIST = "http://glance:9292/v2/images"
SERVERS = entry("http://nova:8774/v2.1/servers", '{"servers": []}')
DROPPED = entry(text=None, content={"size": 9})
BAD = entry(request={"url": "?"})


def uris(path: Path) -> list[str]:
    """What was asked in a cassette."""
    cassette = load_cassette(path)
    return [cassette.request(index).uri for index in range(len(cassette))]


def test_only_the_image_service_is_kept(tmp_path: Path) -> None:
    """The report has each reason, with the numbers of the entries, and each date is kept."""
    source = write_har(tmp_path / "a.har", [SERVERS, entry(), SERVERS, SERVERS, DROPPED])
    out = tmp_path / "a.yaml"

    done = run("import", source, "--out", out)

    assert (0, "") == (done.returncode, done.stdout), done
    assert (
        f"{out}: 1 interaction from {source}, a HAR file\n"
        "left out:\n"
        "  3 entries (1, 3-4): of another service\n"
        "  1 entry (5): the body of the answer is not in the file\n"
    ) == done.stderr
    assert [LIST] == uris(out)
    assert "2026-03-01T10:00:00Z" == load_cassette(out).recorded_at(0)


def test_a_body_of_which_nothing_would_be_left_is_no_answer(tmp_path: Path) -> None:
    """It would be a list that says REDACTED."""
    packed = {"encoding": "base64", "text": base64.b64encode(bytes(range(256))).decode()}
    source = write_har(tmp_path / "a.har", [entry(), entry(content=packed)])

    done = run("import", source, "--out", tmp_path / "a.yaml")

    assert "1 entry (2): the data of the response has a secret, or is binary" in done.stderr
    assert [LIST] == uris(tmp_path / "a.yaml")


def test_a_304_without_a_condition_is_left_out(tmp_path: Path) -> None:
    """Its body is in the cache of the browser."""
    source = write_har(tmp_path / "a.har", [entry(), entry(response={"status": 304})])

    done = run("import", source, "--out", tmp_path / "a.yaml")

    assert "1 entry (2): a 304: its body is in the cache of the client" in done.stderr
    assert [LIST] == uris(tmp_path / "a.yaml")


def test_the_report_is_json_for_programs(tmp_path: Path) -> None:
    """On standard output."""
    source = write_har(tmp_path / "a.har", [SERVERS, entry()])

    done = run("import", source, "--out", tmp_path / "a.yaml", "--json")

    assert {
        "out": str(tmp_path / "a.yaml"),
        "from": str(source),
        "format": "a HAR file",
        "interactions": 1,
        "left_out": [{"reason": "of another service", "entries": [1]}],
        "marked": [],
    } == json.loads(done.stdout)


def test_nothing_is_written_when_an_entry_is_bad(tmp_path: Path) -> None:
    """Unless bad entries may be skipped."""
    source = write_har(tmp_path / "a.har", [entry(), BAD])
    out = tmp_path / "a.yaml"

    done = run("import", source, "--out", out)

    assert 1 == done.returncode
    assert "a.har, entry 2: 'request.url' is missing" in done.stderr
    assert "--skip-bad" in done.stderr
    assert {source} == set(tmp_path.iterdir())

    skipped = run("import", source, "--out", out, "--skip-bad")

    assert 0 == skipped.returncode, skipped
    assert "1 entry (2): 'request.url' is missing or not an absolute URL" in skipped.stderr
    assert [LIST] == uris(out)


@pytest.mark.parametrize(
    ("only", "error", "reason"),
    [
        (SERVERS, "no request to the image service is in it", "of another service"),
        (DROPPED, "no entry can be kept", "the body of the answer is not in the file"),
    ],
)
def test_a_file_without_an_answer_of_the_image_service_makes_no_cassette(
    only: dict[str, object], error: str, reason: str, tmp_path: Path
) -> None:
    """The error says what is in it."""
    source = write_har(tmp_path / "a.har", [only])

    done = run("import", source, "--out", tmp_path / "a.yaml")

    assert 1 == done.returncode
    assert f"a.har: {error}, so there is nothing to import." in done.stderr
    assert f"1 entry (1): {reason}" in done.stderr
    assert {source} == set(tmp_path.iterdir())


def test_a_write_without_answer_leaves_a_mark(tmp_path: Path) -> None:
    """It may have changed images, whether its answer is missing or it went to another service."""
    upload = {"method": "PUT", "url": f"{LIST}/1/file"}
    lost = entry(text=None, request=upload, response={"status": 0})
    snapshot = entry(request={"method": "POST", "url": "http://nova:8774/v2.1/servers/1/action"})
    refused = entry(text="{}", request=snapshot["request"], response={"status": 409})
    source = write_har(tmp_path / "a.har", [entry(), lost, snapshot, refused])

    done = run("import", source, "--out", tmp_path / "a.yaml")

    assert "marked, as it may have changed images: entries 2-3" in done.stderr
    cassette = load_cassette(tmp_path / "a.yaml")
    assert [False, True, True] == [cassette.is_mark(index) for index in range(3)]


def test_what_a_replay_answered_is_no_recording(tmp_path: Path) -> None:
    """Neither in a cassette nor when it is read directly, and no mark of a change."""
    by = {
        word: [{"name": "X-Glancetape", "value": word}] for word in ("miss", "recorded; a.yaml#1")
    }
    write = {"method": "DELETE", "url": f"{LIST}/1"}
    missed = entry(response={"status": 501, "headers": by["miss"]})
    changed = entry(request=write, response={"headers": by["miss"]})
    passed_on = entry(response={"headers": by["recorded; a.yaml#1"]})
    source = write_har(tmp_path / "a.har", [missed, changed, passed_on])

    done = run("import", source, "--out", tmp_path / "a.yaml")

    assert "2 entries (1-2): glancetape answered it, and no service" in done.stderr
    assert "marked" not in done.stderr
    assert [LIST] == uris(tmp_path / "a.yaml") == uris(source)


def test_what_a_recorder_could_not_store_reached_the_service_all_the_same(tmp_path: Path) -> None:
    """Its 500 is no answer of the service; what passed with fail_open is one."""
    unstored = {"headers": [{"name": "X-Glancetape", "value": "not-recorded"}]}
    write = {"method": "DELETE", "url": f"{LIST}/1"}
    refused = entry(request=write, response={**unstored, "status": 500})
    source = write_har(tmp_path / "a.har", [refused, entry(response=unstored)])

    done = run("import", source, "--out", tmp_path / "a.yaml")

    assert "1 entry (1): glancetape could not record it, and answered in place" in done.stderr
    assert "marked, as it may have changed images: entry 1" in done.stderr
    assert [f"{LIST}/1", LIST] == uris(tmp_path / "a.yaml") == uris(source)
    assert "Glancetape" not in (tmp_path / "a.yaml").read_text()


def test_a_filter_chooses_instead(tmp_path: Path) -> None:
    """As in record; what it does not match is reported so."""
    source = write_har(tmp_path / "a.har", [SERVERS, entry(), entry(f"{LIST}?limit=1")])

    done = run("import", source, "--out", tmp_path / "a.yaml", "--only", "~u limit= | ~d nova")

    assert 0 == done.returncode, done
    assert "1 entry (2): --only does not match it" in done.stderr
    assert [SERVERS["request"]["url"], f"{LIST}?limit=1"] == uris(tmp_path / "a.yaml")


def test_an_existing_cassette_stays_without_force(tmp_path: Path) -> None:
    """With it, it is replaced."""
    source = write_har(tmp_path / "a.har", [entry()])
    out = tmp_path / "a.yaml"
    out.write_text("mine")

    done = run("import", source, "--out", out)

    assert (1, "mine") == (done.returncode, out.read_text()), done
    assert 0 == run("import", source, "--out", out, "--force").returncode
    assert [LIST] == uris(out)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--out", "a.yaml", "--stand-ins"), "--stand-ins"),
        (("--out", "a.yaml", "--workers", "2"), "--workers"),
        (("--out", "a.images", "--only", "~d x"), "--only"),
        (("--out", "a.images", "--json"), "--json"),
        (("--out", "a.yaml.gz"), ".gz"),
        (("--out", "a.yaml", "--url", LIST), "--url"),
    ],
)
def test_options_of_the_other_kind_of_file_are_refused(
    tmp_path: Path, options: tuple[str, ...], word: str
) -> None:
    """A usage error."""
    done = run("import", write_har(tmp_path / "a.har", [entry()]), *options)

    assert 2 == done.returncode
    assert word in done.stderr


def test_a_har_file_becomes_an_image_set_too(tmp_path: Path) -> None:
    """Of the images that it shows, like a cassette."""
    page = (
        '{"images": [{"id": "1", "name": "a", "status": "active", "visibility": "public", '
        '"owner": "o", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",'
        ' "tags": [], "protected": false, "size": 1, "min_ram": 0, "min_disk": 0, '
        '"os_hidden": false}], "first": "/v2/images", "schema": "/v2/schemas/images"}'
    )
    source = write_har(tmp_path / "a.har", [entry(text=page), SERVERS, BAD])

    refused = run("import", source, "--out", tmp_path / "a.images")
    done = run("import", source, "--out", tmp_path / "a.images", "--skip-bad")

    assert 1 == refused.returncode
    assert "a.har, entry 3: 'request.url' is missing" in refused.stderr
    assert 0 == done.returncode, done
    assert "1 image;" in done.stderr


def test_a_cassette_of_another_recorder_is_redacted_by_an_import(tmp_path: Path) -> None:
    """Its bad interactions end the import, or are skipped; one of ours is not imported."""
    source = tmp_path / "vcr.yaml"
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}}
    asked = {"method": "GET", "uri": LIST, "body": None, "headers": {"X-Auth-Token": ["hunter22"]}}
    items = [
        {"request": asked, "response": answer, "recorded_at": "Tue, 01 Nov 2011 04:58:44 GMT"},
        {"request": asked, "response": answer | {"status": {"code": 0}}},
    ]
    source.write_text(json.dumps({"interactions": items, "version": 1}))
    out = tmp_path / "a.yaml"

    refused = run("import", source, "--out", out)
    done = run("import", source, "--out", out, "--skip-bad")

    assert 1 == refused.returncode
    assert "vcr.yaml, entry 2: 'response.status.code' must be" in refused.stderr
    assert 0 == done.returncode, done
    assert "1 interaction from" in done.stderr
    assert "hunter22" not in out.read_text()
    assert "2011-11-01T04:58:44Z" == load_cassette(out).recorded_at(0)

    ours = run("import", out, "--out", tmp_path / "b.yaml")

    assert "a cassette of glancetape already" in ours.stderr


@pytest.mark.parametrize("as_base64", [False, True])
def test_a_walk_that_is_imported_proves_what_a_recorded_one_does(
    tmp_path: Path, as_base64: bool
) -> None:
    """The same answers, byte for byte, though the file lists its entries backwards."""
    seen = load_cassette(recorded(tmp_path / "seen.yaml", cloud_of()))
    walk = [seen.interaction(index) for index in range(len(seen))]
    dated = [
        replace(one, recorded_at=f"2026-03-01T10:00:{number:02}.5Z")
        for number, one in enumerate(walk)
    ]
    entries = [entry_of(one, as_base64=as_base64) for one in reversed(dated)]
    source = write_har(tmp_path / "a.har", entries)

    done = run("import", source, "--out", tmp_path / "a.yaml", "--keep-ids")

    assert 0 == done.returncode, done
    for query in ("limit=2", "sort_key=name&sort_dir=asc&limit=2", "visibility=public&limit=1"):
        answers = [
            run("query", path, query).stdout
            for path in (tmp_path / "seen.yaml", tmp_path / "a.yaml", source)
        ]
        assert answers[0]
        assert [answers[0]] * 3 == answers, query


def test_no_message_shows_a_secret_in_a_name(tmp_path: Path) -> None:
    """Neither of the reader nor of the writer."""
    secret = "password=hunter22hunter22"
    odd = entry(response={"headers": [{"name": f"{secret}\n", "value": "1"}]})
    reason = entry(response={"statusText": f"OK {secret}\r\n"})
    vcr = tmp_path / "a.yaml"
    answer = {"status": {"code": secret}, "headers": {}, "body": {"string": "{}"}}
    asked = {"method": "GET", "uri": LIST}
    vcr.write_text(json.dumps({"interactions": [{"request": asked, "response": answer}]}))
    hars = [write_har(tmp_path / f"{n}.har", [entry(), one]) for n, one in enumerate([odd, reason])]

    for source in (*hars, vcr):
        for option in ((), ("--skip-bad",)):
            done = run("import", source, "--out", tmp_path / "out.yaml", "--force", *option)

            assert "hunter22" not in done.stdout + done.stderr, done
            assert source is vcr or done.returncode == (0 if option else 1), done


def test_a_report_is_short_whatever_is_left_out(tmp_path: Path) -> None:
    """A long list of numbers ends, and so does one of reasons; JSON has them all."""
    answer = {"status": {"code": 200}, "headers": {}, "body": {"string": "{}"}}
    asked = {"method": "GET", "uri": LIST}
    items = [{"request": asked, "response": answer}]
    items += [{"request": asked, "response": {"status": {"code": code}}} for code in range(1, 26)]
    items += [{"request": asked, "response": answer}, {"request": {}}] * 9
    source, out = tmp_path / "a.json", tmp_path / "out.yaml"
    source.write_text(json.dumps({"interactions": items}))

    done = run("import", source, "--out", out, "--skip-bad")
    as_json = run("import", source, "--out", out, "--skip-bad", "--force", "--json")

    lines = done.stderr.splitlines()
    assert 23 == len(lines)
    assert "  14 entries for 6 other reasons" == lines[-1]
    assert 26 == len(json.loads(as_json.stdout)["left_out"])
    assert "1, 3, 5, 7, 9, 11, 13, 15, ..." == ranges([*range(1, 99, 2)])
    assert "1-3, 7" == ranges([7, 3, 2, 1])
