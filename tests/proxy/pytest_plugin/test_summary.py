"""What a run shows of the files it used: the table, the report, the unused interactions."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape.pytest_plugin.tally import count
from glancetape.wire.answering import Exchange
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.interaction import Source
from support.running.user_project import Project, report_of
from support.sets.set_commands import call

pytest_plugins = ["pytester"]

CODE = """
@pytest.mark.glancetape("a.yaml")
def test_two(glancetape):
    assert names(glancetape, "?limit=1") and names(glancetape, "?limit=2")

@pytest.mark.glancetape("a.yaml")
def test_one(glancetape):
    assert names(glancetape, "?limit=1")

@pytest.mark.glancetape("a.yaml")
def test_miss(glancetape):
    ask(glancetape.url + "/v2/none")

@pytest.mark.glancetape(images=[{}], allow_misses=True)
def test_write(glancetape):
    ask(glancetape.url + "/v2/images/1", "DELETE", **glancetape.headers)
    assert "With the marker's writable clients" in glancetape.misses[0].why

@pytest.mark.glancetape(images=[{}, {}])
@pytest.mark.parametrize("number", [0, 1])
def test_set(glancetape, number):
    assert names(glancetape)

@pytest.mark.glancetape(images=[{}])
def test_other_set(glancetape):
    assert names(glancetape)
"""
PAGES = ("/v2/images?limit=1", "/v2/images?limit=2", "/v2/images?limit=3")
OPTIONS = ("--glancetape-unused", "--glancetape-report", "out/report.json")
TABLE = [
    "file * exact  derived  synthetic  missed  unused",
    "cassettes/a.yaml * 3 * 0 * 0 * 1 * 1",
    "images of markers * 0 * 0 * 3 * 1 * -",
]


def _check(project: Project, result: pytest.RunResult) -> None:
    result.stdout.fnmatch_lines(TABLE, consecutive=True)
    result.stdout.fnmatch_lines(
        "unused: cassettes/a.yaml#3 GET http://glance:9292/v2/images?limit=3"
    )
    report = report_of(project.path / "out" / "report.json")
    files: dict[Any, Any] = {one["made"]: one for one in report["files"]}
    assert (1, 7) == (report["version"], report["tests"])
    assert (3, 1) == (files[None]["exact"], files[None]["missed"])
    assert [3] == [one["number"] for one in files[None]["unused"]]
    assert 3 == files["images of markers"]["synthetic"]
    cassette = project.cassettes / "a.yaml"
    pruned = call("prune", cassette, "--unused", project.path / "out" / "report.json", "--dry-run")
    assert "1 of 3 interactions would be removed" in pruned.stderr
    why = {one["test"]: one["why"] for one in report["misses"]}
    assert ["test_it.py::test_miss", "test_it.py::test_write"] == sorted(why)
    assert "Not recorded" in why["test_it.py::test_miss"]
    assert "With the marker's writable clients can" in why["test_it.py::test_write"]


# What pytest-xdist does with a report of another process.
PASSED_ON = """
import json, pytest
@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    hook = item.config.hook
    data = json.dumps(hook.pytest_report_to_serializable(config=item.config, report=report))
    return hook.pytest_report_from_serializable(config=item.config, data=json.loads(data))
"""


def test_the_run_ends_with_one_table_and_a_report(project: Project) -> None:
    project.pages("a.yaml", *PAGES)
    project.test(CODE)

    _check(project, project.passes(*OPTIONS, passed=6, failed=1))


def test_reports_of_other_processes_are_counted(project: Project) -> None:
    project.pages("a.yaml", *PAGES)
    project.pytester.makeconftest(PASSED_ON)
    project.test(CODE)

    _check(project, project.passes(*OPTIONS, passed=6, failed=1))


@pytest.mark.interop
def test_with_xdist_there_is_one_table_too(project: Project) -> None:
    project.pages("a.yaml", *PAGES)
    project.test(CODE)

    _check(project, project.passes("-n2", *OPTIONS, passed=6, failed=1))


def test_a_report_that_cannot_be_written_fails_the_run_in_one_line(project: Project) -> None:
    project.pages("a.yaml", *PAGES)
    project.test(CODE.split("\n\n", maxsplit=1)[0])

    result = project.pytester.runpytest_subprocess("--glancetape-report", "/dev/full")

    assert 1 == result.ret
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["glancetape: /dev/full cannot be written: No space left*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_run_without_us_shows_nothing(project: Project) -> None:
    project.test("def test_nothing(): pass")

    assert "glancetape =" not in project.passes(passed=1).stdout.str()


NUMBERS = st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=30)
FILES = st.sampled_from(["a.yaml", "b.yaml", "a; b.yaml", "a#1.yaml", "aa.yaml"])


@given(used=st.dictionaries(FILES, NUMBERS, min_size=1))
def test_the_sources_of_an_answer_are_what_it_used(used: dict[str, list[int]]) -> None:
    """In the words of the header; of what it leaves out nothing is said to be unused."""
    sources = [Source(file, number) for file, numbers in used.items() for number in numbers]
    exchange = Exchange(
        line="GET /", status=200, answered="derived", source=format_sources(sources)
    )

    counted = count("test", [Path("x") / file for file in used], [exchange])["files"]

    for file, numbers in used.items():
        found = counted[f"x/{file}"]
        assert set(numbers) == set(found["used"]) or (
            found["all_used"] and set(found["used"]) < set(numbers)
        )
    assert 1 == sum(one["counts"].get("derived", 0) for one in counted.values())
