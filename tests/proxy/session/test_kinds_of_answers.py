"""A session asks the recorded answers, the proofs and the image set in this order."""

import json
from pathlib import Path

import pytest

from glancetape.options import Settings
from glancetape.session.counts import Counts
from glancetape.session.miss_response import report_miss
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape.terminal.error_sentences import without_secrets
from glancetape_cassettes.interaction import Request, Response, Source
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.closest import Closest, Difference
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import glancetape, running
from support.sets.set_files import make_set, record

TOKEN = ("X-Auth-Token", "a-token")


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A set of three images."""
    path = tmp_path / "big.images"
    make_set(path, [record(name) for name in "abc"])
    return path


def _session(*files: Path) -> Session:
    session = open_session(Settings(replay=files))
    return session


def _cassette(folder: Path) -> Path:
    """Record a whole walk of two images, a page each."""
    page = '{{"images": [{}], "first": "/v2/images?limit=1", "schema": "/v2/schemas/images"{}}}'
    images = [json.dumps({**record(name), "os_hidden": False}) for name in "ba"]
    pages = [
        ("?limit=1", page.format(images[0], ', "next": "/v2/images?limit=1&marker=b"')),
        ("?limit=1&marker=b", page.format(images[1], ', "next": "/v2/images?limit=1&marker=a"')),
        ("?limit=1&marker=a", page.format("", "")),
    ]
    return write_cassette(
        folder / "a.yaml",
        [
            (get(f"/v2/images{query}", TOKEN), ok(body.encode(), ("X-Openstack-Request-Id", "r")))
            for query, body in pages
        ],
    )


def test_recorded_comes_before_derived_and_derived_before_synthetic(
    big: Path, tmp_path: Path
) -> None:
    """What the pages do not prove the set answers too."""
    session = _session(_cassette(tmp_path), big)
    targets = ("?limit=1", "?limit=1&status=active", "/a", "?visibility=community", "/c")

    found = [session.answer(get(f"/v2/images{target}", TOKEN), any_host=True) for target in targets]

    session.close()
    assert ["exact; a.yaml#1", *["derived; a.yaml#1-3"] * 2, *["synthetic; big.images"] * 2] == [
        one.described for one in found if isinstance(one, Answer)
    ]


def test_a_derived_answer_comes_before_one_that_was_recorded_in_another_state(
    tmp_path: Path,
) -> None:
    """Only the list after the new image is recorded with this limit; the whole one before it is."""
    old, new = ({**record(name), "os_hidden": False} for name in "ba")
    pages = [
        json.dumps(
            {"images": images, "first": f"/v2/images?limit={limit}", "schema": "/v2/schemas/images"}
        )
        for limit, images in ((100, [old]), (7, [new, old]))
    ]
    make = Request("POST", "http://glance:9292/v2/images", (TOKEN,), b'{"name": "a"}')
    seven = get("/v2/images?limit=7", TOKEN)
    given = ("X-Openstack-Request-Id", "r")
    made = Response(201, "Created", (given,), json.dumps(new).encode())
    recorded = [
        (get("/v2/images?limit=100", TOKEN), ok(pages[0].encode(), given)),
        (make, made),
        (seven, ok(pages[1].encode(), given)),
    ]
    session = _session(write_cassette(tmp_path / "a.yaml", recorded))

    found = [session.answer(one, any_host=True) for one in (seven, make, seven)]

    session.close()
    answers = [one for one in found if isinstance(one, Answer)]
    assert ["derived; a.yaml#1", "exact; a.yaml#2", "exact; a.yaml#3"] == [
        one.described for one in answers
    ]
    assert [["b"], ["a", "b"]] == [
        [image["id"] for image in json.loads(one.response.body)["images"]]
        for one in (answers[0], answers[2])
    ]


def test_what_is_not_proved_is_a_miss_with_the_reason_and_what_to_record(tmp_path: Path) -> None:
    """The reason is that of the proof; the closest recording is named too."""
    session = _session(_cassette(tmp_path))
    uri = "http://glance:9292/v2/images?visibility=community"

    found = session.answer(get("/v2/images?visibility=community", TOKEN), any_host=True)
    posted = session.answer(Request("POST", uri), any_host=True)

    session.close()
    assert isinstance(found, Miss)
    assert isinstance(posted, Miss)
    assert found.reason == (
        "No recorded walk covers it: the walk a.yaml#1-3 leaves out community images of others."
    )
    assert (f"GET {uri} and each next",) == found.answerable_with
    assert found.closest is not None
    assert "No recorded request asks the same." == posted.reason


OTHERS_ONLY = "It is recorded for another project only (see replay --own-project)."
WHY_NOT = {
    "no list": ("c", "glance", OTHERS_ONLY),
    "a void walk": (
        "a",
        "glance",
        "The walk that would prove it (a.yaml#1) no longer holds: a later request shows that image "
        "gone is there, and no answer shows it.",
    ),
    "the list itself": ("b", "glance", "exact"),
    "a list at another host": ("a", "image", "It is recorded from another host only."),
}


@pytest.mark.parametrize(("project", "host", "expected"), WHY_NOT.values(), ids=WHY_NOT)
def test_who_has_recorded_lists_is_told_what_keeps_them_from_proving_an_answer(
    project: str, host: str, expected: str, tmp_path: Path
) -> None:
    """Not that another caller recorded the very question, which is none of theirs."""
    page = json.dumps(
        {"images": [], "first": "/v2/images?limit=100", "schema": "/v2/schemas/images"}
    ).encode()
    given = ok(page, ("X-Openstack-Request-Id", "r"))
    a, b = (("X-Project-Id", one * 32) for one in "ab")
    recorded = [
        (get("/v2/images?limit=100", a), given),
        (get("/v2/images?name=x&limit=100&marker=gone", a), given),
        (get("/v2/images?limit=7", b), given),
    ]
    session = _session(write_cassette(tmp_path / "a.yaml", recorded))
    caller = ("X-Project-Id", project * 32)

    found = session.answer(
        get("/v2/images?limit=7", caller, host=f"http://{host}:9292"), any_host=False
    )

    session.close()
    assert found is not None
    told = found.reason if isinstance(found, Miss) else found.provenance.value
    assert expected == told


def test_a_miss_names_the_first_requests_that_would_answer_it() -> None:
    """All of them stand in the JSON."""
    requests = tuple(f"GET http://glance:9292/v2/images?limit={number}" for number in range(5))

    few = report_miss(
        Miss(reason="It is not proved.", answerable_with=requests[:2]), "GET /", "COMMAND"
    )
    many = report_miss(
        Miss(reason="It is not proved.", answerable_with=requests), "GET /", "COMMAND"
    )

    assert (
        "Not recorded: GET /",
        "It is not proved.",
        f"To answer it, record {requests[0]} or {requests[1]}: COMMAND",
    ) == few.lines
    assert f"{requests[2]} or one of 2 more: COMMAND" in many.message
    assert list(requests) == many.fields["answerable_with"]


def test_a_miss_is_three_lines_of_which_the_first_names_the_request() -> None:
    """A log that shows one line shows which request it was."""
    difference = Difference("parameter limit", "3", "2")
    closest = Closest(Source("a.yaml", 1), (difference,), "http://glance:9292")
    miss = Miss(reason="No recorded request asks the same.", closest=closest)

    report = report_miss(miss, "GET /v2/images?limit=3", "COMMAND")

    assert report.lines == (
        "Not recorded: GET /v2/images?limit=3",
        "No recorded request asks the same. "
        "Closest: a.yaml#1 (parameter limit: asked 3, recorded 2).",
        "To record it: COMMAND",
    )
    assert "\n".join(report.lines) == report.message
    assert {"request", "reason", "closest", "record_with"} == report.fields.keys()


def test_a_miss_for_lack_of_the_key_does_not_propose_to_record() -> None:
    """It is recorded, and without the key no recorder may add to the cassette."""
    why = "It names an id, and the recording has stand-ins, whose key 1234 is not here."
    closest = Closest(Source("a.yaml", 1), (Difference("body", "x", "y"),), "http://glance:9292")
    miss = Miss(reason=why, closest=closest, needs_key=True)

    report = report_miss(miss, "GET /v2/images?owner=a", "COMMAND")

    assert ("Not recorded: GET /v2/images?owner=a", why) == report.lines
    assert {"request", "reason", "closest"} == report.fields.keys()


def test_the_miss_of_a_login_names_both_services_to_record(tmp_path: Path) -> None:
    """In front of the image service alone, no client can log in through us."""
    page = get("/v2/images", ("X-Auth-Token", "t"))
    login = Request("POST", "http://127.0.0.1/v3/auth/tokens", (), b"{}")

    with _session(write_cassette(tmp_path / "a.yaml", [(page, ok(b'{"images": []}'))])) as session:
        missed = session.answer(login, any_host=True)
        assert isinstance(missed, Miss)
        report = session.explain(missed, login, any_host=True)
        of_a_page = session.explain(missed, page, any_host=True)

    assert (
        "glancetape record --upstream identity=URL --upstream image=http://glance:9292 "
        in report.message
    )
    assert "record --upstream http://glance:9292 " in of_a_page.message


_LIMIT = Difference("parameter limit", "(absent)", "7")
_CALLER = Difference("caller", "token", "token standin-token-95e7453837cbba17e8f3")
_FORM = Difference("form of errors", "HTML", "JSON")
_PATHS = ("/v2/images", "/v2/imges", "/v2/images/a", "/v2/images/b", "/v2/images/a/members", "/")


@pytest.mark.parametrize(
    ("differences", "shown"),
    [
        ([_LIMIT, _CALLER], f"({_LIMIT}; {_CALLER})"),
        ([_LIMIT, _FORM], f"({_LIMIT})"),
        ([], "(no difference in the request)"),
        ([_FORM], None),
        ([Difference("method", "POST", "GET"), _LIMIT], "(method: asked POST, recorded GET)"),
        ([Difference("path", "/v3/auth/tokens", "/"), _LIMIT], None),
        ([Difference("path", "/v3", "/v2")], None),
        *(
            (
                [Difference("path", asked, recorded), _LIMIT, _CALLER],
                f"(path: asked {asked}, recorded {recorded})"
                if {asked, recorded} in ({*_PATHS[:2]}, {*_PATHS[2:4]})
                else None,
            )
            for asked in _PATHS
            for recorded in _PATHS
            if asked != recorded
        ),
    ],
)
def test_a_miss_shows_what_is_closest_where_that_helps(
    differences: list[Difference], shown: str | None
) -> None:
    """Another path is another thing, unless one segment of it differs. The fields have it all."""
    closest = Closest(Source("a.yaml", 1), tuple(differences), "http://glance:9292")

    report = report_miss(Miss(reason="No.", closest=closest), "GET /x", None)

    assert report.lines[1] == (f"No. Closest: a.yaml#1 {shown}." if shown else "No.")
    assert len(differences) == len(report.fields["closest"]["differences"])


def test_the_summary_counts_each_kind() -> None:
    """In the order in which they are asked."""
    counts = Counts(missed=1)
    for provenance in (
        Provenance.EXACT,
        Provenance.DERIVED,
        Provenance.DERIVED,
        Provenance.SYNTHETIC,
    ):
        counts.count_answer(provenance)

    assert "1 replayed, 2 derived, 1 synthetic, 1 missed" == str(counts)
    assert 5 == counts.requests


def test_replay_plays_a_set_as_a_process(big: Path) -> None:
    """It logs where it listens, what it plays, and how many requests it answered."""
    with running(glancetape("replay", big, "--listen", "127.0.0.1:0")) as player:
        shown = run(
            "run", "--replay", big, "--", "curl", "-sS", "-H", "X-Auth-Token: t",
            "http://ims.example.com/v2/images/b", "http://ims.example.com/v2/images",
        )  # fmt: skip
        assert 0 == player.stop()

    one, many = (json.loads(line) for line in shown.stdout.replace("}{", "}\n{").splitlines())
    assert "b" == one["id"]
    assert ["c", "b", "a"] == [image["id"] for image in many["images"]]
    assert "glancetape: 2 synthetic" in shown.stderr
    assert f"{big}: 3 images, dialect glance, project " in player.said
    assert "glancetape: no requests" in player.said


def test_what_is_closest_to_a_miss_is_shown_without_secrets(tmp_path: Path) -> None:
    """Another recorder's cassette holds what it was sent, and a client may send a real one."""
    recorded = (
        "http://joe:RECORDED0@glance:9292/v2/images/x?password=RECORDED1&X-Amz-Signature=RECORDED2"
    )
    path = tmp_path / "foreign.yaml"
    request = {
        "method": "GET",
        "uri": recorded,
        "body": "",
        "headers": {"X-Subject-Token": ["RECORDED3"]},
    }
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}}
    path.write_text(
        json.dumps({"interactions": [{"request": request, "response": answer}], "version": 1})
    )
    asked = get("/v2/images/x?password=ASKED1&token=ASKED2", TOKEN, ("X-Subject-Token", "ASKED3"))

    with _session(path) as session:
        outcome = session.answer(asked, any_host=True)
        assert isinstance(outcome, Miss)
        shown = str(session.explain(outcome, asked, any_host=True))

    assert "parameter password: asked REDACTED, recorded REDACTED" in shown
    assert "RECORDED" not in shown
    assert "ASKED" not in shown


def test_the_miss_of_a_login_names_the_members_that_differ(tmp_path: Path) -> None:
    """A person looks for the one wrong line of a configuration; passwords are not compared."""
    user = {"name": "dana", "domain": {"id": "default"}, "password": "swordfish"}
    scope = {"project": {"name": "demo", "domain": {"id": "default"}}}
    identity = {"methods": ["password"], "password": {"user": user}}

    def login(scope: object, **members: str) -> Request:
        named = {**identity, "password": {"user": user | members}}
        body = json.dumps({"auth": {"identity": named, "scope": scope}}).encode()
        return Request("POST", "http://keystone/v3/auth/tokens", (), body)

    answer = Response(201, "Created", (("X-Subject-Token", "t"),), b'{"token": {}}')
    with _session(write_cassette(tmp_path / "a.yaml", [(login(scope), answer)])) as session:
        shown = [
            session.explain(outcome, asked, any_host=True).message
            for asked in (
                login(scope, name="remy", password="x"),
                login({"project": {**scope["project"], "domain": {"name": "Default"}}}),
                login({"project": {"id": "9" * 32}}),
            )
            if isinstance(outcome := session.answer(asked, any_host=True), Miss)
        ]

    scoped = "at auth.scope.project"
    assert (
        " Closest: a.yaml#1 (body: asked a text at auth.identity.password.user.name, recorded "
        "another text).\n"
    ) in shown[0]
    assert f"body: asked a text {scoped}.domain.name, recorded (absent)" in shown[1]
    assert f"body: asked a text {scoped}.id, recorded (absent)" in shown[2]
    assert f"body: asked (absent), recorded a text {scoped}.name" in shown[2]
    assert [*shown] == [*map(without_secrets, shown)]
    assert all(word not in str(shown) for word in ("swordfish", "remy", "dana", "default"))
