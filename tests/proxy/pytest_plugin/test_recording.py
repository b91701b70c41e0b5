"""Recording from tests: by mode, from a service, and never by accident."""

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.processes import glancetape, running
from support.running.upstream import Upstream
from support.running.user_project import Project
from support.sets.set_files import make_set, record

pytest_plugins = ["pytester"]

LIST = """
@pytest.mark.glancetape({})
def test_list(glancetape):
    assert ask(glancetape.url + "/v2/images?limit=1", **glancetape.headers)[0] == 200
"""


def test_what_is_recorded_once_is_replayed_from_then_on(
    project: Project, service: Upstream
) -> None:
    """Into the cassette that is named like the test."""
    project.test(LIST.format(""))
    path = project.cassettes / "test_it" / "test_list.yaml"
    once = ("--glancetape-mode", "once")

    first = project.passes(*once, "--glancetape-upstream", service.url, passed=1)
    asked = len(service.seen)
    project.passes(*once, passed=1)
    project.passes(passed=1)

    assert 1 == len(load_cassette(path))
    assert asked == len(service.seen)
    first.stdout.re_match_lines([r"file +exact .*recorded +missed", r"cassettes/test_it/\S+ .* 1 "])


def test_new_episodes_adds_what_is_missing(project: Project, service: Upstream) -> None:
    project.pytester.makeini(f"[pytest]\nglancetape_upstream = {service.url}")
    project.test(LIST.format('"a.yaml"'))
    project.passes("--glancetape-mode", "once", passed=1)
    project.test(LIST.format('"a.yaml"').replace("limit=1", "limit=2"))

    project.passes("--glancetape-mode", "once", failed=1)
    project.passes("--glancetape-mode", "new_episodes", passed=1)

    assert 2 == len(load_cassette(project.cassettes / "a.yaml"))


@pytest.mark.parametrize("where", ["nowhere", "option", "configuration", "marker"])
@pytest.mark.parametrize("cassette", ["there", "not there"])
def test_the_command_that_records_names_the_service_if_nothing_else_does(
    project: Project, service: Upstream, where: str, cassette: str
) -> None:
    """Of a cassette that is not there, and of a request that it does not have."""
    marker = f'"a.yaml", upstream="{service.url}"' if where == "marker" else '"a.yaml"'
    project.test(LIST.format(marker))
    named = ("--glancetape-upstream", service.url)
    if cassette == "there":
        project.passes("--glancetape-mode", "once", *named, passed=1)
        project.test(LIST.format(marker).replace("limit=1", "limit=2"))
    if where == "configuration":
        project.pytester.makeini(f"[pytest]\nglancetape_upstream = {service.url}")

    missed = project.run(*(named if where == "option" else ()))

    given = {"nowhere": "--glancetape-upstream URL ", "option": " ".join(named) + " "}
    mode = "new_episodes" if cassette == "there" else "once"
    missed.stdout.re_match_lines(
        rf"To record it( with this test)?: pytest --glancetape-mode {mode} {given.get(where, '')}"
        r"'test_it.py::test_list'$"
    )


def test_logins_that_ci_cannot_tell_apart_are_noted_at_the_end(project: Project) -> None:
    """There the key is absent, and the test would fail without a reason that one can see here."""
    project.test(
        """
LOG_IN = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
    "domain": {"id": "default"}, "password": "x"}}}}}

@pytest.mark.glancetape("logins.yaml")
@pytest.mark.parametrize("user", ["dana", "taro"])
def test_logs_in(glancetape, user):
    LOG_IN["auth"]["identity"]["password"]["user"]["name"] = user
    body = json.dumps(LOG_IN).encode()
    kind = {"Content-Type": "application/json"}
    assert ask(glancetape.url + "/v3/auth/tokens", "POST", body, **kind)[0] == 201
"""
    )
    images = project.path / "region.images"
    make_set(images, [record("a")])
    with running(glancetape("serve", "-q", "--listen", "127.0.0.1:0", images)) as cloud:
        upstream = ("--glancetape-upstream", cloud.url)
        recorded = project.passes("--glancetape-mode", "new_episodes", *upstream, passed=2)

    note = "cassettes/logins.yaml: 2 logins with password * differ in their names: *GLANCETAPE_KEY*"
    recorded.stdout.fnmatch_lines(note)
    project.passes(passed=2).stdout.no_fnmatch_line(note)


def test_through_the_proxies_any_host_is_recorded(project: Project, service: Upstream) -> None:
    """For programs whose endpoint cannot be changed; the network is open for it."""
    project.test(
        f"""
import requests

@pytest.mark.glancetape("new.yaml")
def test_proxies(glancetape):
    answer = requests.get("{service.url}/v2/images?limit=1", proxies=glancetape.proxies)
    assert answer.headers["X-Glancetape"]
"""
    )

    project.passes("--glancetape-mode", "once", passed=1)
    project.passes(passed=1)

    assert 1 == len(load_cassette(project.cassettes / "new.yaml"))


def test_a_run_that_records_needs_to_know_the_service(project: Project) -> None:
    project.test(LIST.format('"new.yaml"'))

    result = project.passes("--glancetape-mode", "once", failed=1)

    result.stdout.fnmatch_lines("*name it with --glancetape-upstream URL*")


def test_in_ci_nothing_is_recorded_unless_it_is_asked_for(
    project: Project, service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    project.test(LIST.format('"new.yaml"'))
    record = ("--glancetape-mode", "once", "--glancetape-upstream", service.url)

    refused = project.run(*record)
    told = project.passes(*record, "--glancetape-record-in-ci", passed=1)

    assert pytest.ExitCode.USAGE_ERROR == refused.ret
    refused.stderr.fnmatch_lines("*CI is set*--glancetape-record-in-ci*")
    assert pytest.ExitCode.OK == told.ret


def test_several_processes_do_not_record_into_one_cassette(
    project: Project, service: Upstream
) -> None:
    """With pytest-xdist, whose processes have a `workerinput`. Cassettes of their own are fine."""
    project.pytester.makeconftest("def pytest_configure(config): config.workerinput = {}")
    project.test(
        LIST.format('"one.yaml"')
        + LIST.format('"one.yaml"').replace("test_list", "test_again")
        + LIST.format("").replace("test_list", "test_own")
    )

    result = project.run("--glancetape-mode", "once", "--glancetape-upstream", service.url)

    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines("glancetape: 2 tests record into one.yaml*")
    assert 1 == len(load_cassette(project.cassettes / "test_it" / "test_own.yaml"))
