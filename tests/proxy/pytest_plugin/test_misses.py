"""A request without an answer fails the test that caused it, whatever its client made of it."""

import os

import pytest

from support.running.user_project import Project, in_another_process

pytest_plugins = ["pytester"]

NONE = "/v2/images?visibility=community"


def test_a_miss_that_the_client_swallows_fails_the_test(project: Project) -> None:
    """With what was asked, why there is no answer, and how to record one."""
    project.test(
        f"""
@pytest.mark.glancetape("walk.yaml")
def test_swallows(glancetape):
    assert ask(glancetape.url + "{NONE}")[0] == 501

@pytest.mark.glancetape("walk.yaml")
def test_next_is_not_touched(glancetape):
    assert glancetape.requests == []
"""
    )

    result = project.passes(failed=1, passed=1)

    result.stdout.fnmatch_lines(
        [
            "glancetape: a request had no answer",
            f"Not recorded: GET http://127.0.0.1:*{NONE}",
            "*pytest --glancetape-mode new_episodes *'test_it.py::test_swallows'",
        ]
    )
    assert "Captured log" not in result.stdout.str()


@pytest.mark.parametrize(
    ("started_in", "test"), [(".", "deep/test_deep.py::test_it"), ("deep", "test_deep.py::test_it")]
)
@pytest.mark.parametrize("marker", ["walk.yaml", "none.yaml"])
def test_the_command_that_would_record_it_is_for_the_folder_of_the_run(
    project: Project, marker: str, started_in: str, test: str
) -> None:
    """pytest itself takes the paths of tests from there, and not from the root directory."""
    project.pytester.makepyprojecttoml("[tool.pytest.ini_options]")
    (project.path / "deep").mkdir()
    code = f"""
@pytest.mark.glancetape({marker!r})
def test_it(glancetape):
    ask(glancetape.url + "{NONE}")
"""
    project.test(code, "deep/test_deep")
    os.chdir(started_in)  # pytester goes back at the end

    result = project.run()

    result.stdout.fnmatch_lines(f"*pytest --glancetape-mode * '{test}'")


def test_a_miss_in_another_process_fails_the_test(project: Project) -> None:
    code = (
        "import os, urllib.request as u\n"
        "try: u.urlopen(os.environ['OS_IMAGE_URL'] + '/v2/none')\n"
        "except Exception: pass"
    )
    project.test(
        f"""
@pytest.mark.glancetape("walk.yaml", env=True)
def test_other_process(glancetape):
    {in_another_process(code)}
"""
    )

    project.passes(failed=1).stdout.fnmatch_lines("Not recorded: GET http://127.0.0.1:*/v2/none")


def test_a_miss_in_a_fixture_is_an_error_of_its_test(project: Project) -> None:
    """Before the test and after it."""
    project.test(
        """
@pytest.fixture
def before(glancetape):
    ask(glancetape.url + "/v2/before")

@pytest.fixture
def after(glancetape):
    yield
    ask(glancetape.url + "/v2/after")

@pytest.mark.glancetape("walk.yaml")
def test_before(before):
    raise AssertionError("is not run")

@pytest.mark.glancetape("walk.yaml")
def test_after(after):
    pass
"""
    )

    result = project.passes(passed=1, errors=2)

    result.stdout.fnmatch_lines(["Not recorded: *v2/before", "Not recorded: *v2/after"])


def test_beside_a_failure_the_miss_is_shown(project: Project) -> None:
    """It is often the cause, in functions and in methods of unittest."""
    project.test(
        """
@pytest.mark.glancetape("walk.yaml")
def test_function(glancetape):
    ask(glancetape.url + "/v2/function")
    assert 1 == 2

@pytest.mark.glancetape("walk.yaml")
class TestMethods(unittest.TestCase):
    def test_method(self):
        ask(self.glancetape.url + "/v2/method")
        self.assertEqual(3, 4)

    def test_miss(self):
        ask(self.glancetape.url + "/v2/miss")

    def test_fine(self):
        assert len(self.glancetape.images) == 7
"""
    )

    result = project.passes(failed=3, passed=1)

    result.stdout.fnmatch_lines(
        [
            "*assert 1 == 2*",
            "Not recorded: *v2/function",
            "*3 != 4*",
            "Not recorded: *v2/method",
            "Not recorded: *v2/miss",
        ]
    )


def test_an_expected_miss_is_no_failure(project: Project) -> None:
    """Where the test says so, or where it is expected to fail."""
    project.test(
        """
@pytest.mark.glancetape("walk.yaml", allow_misses=True)
def test_allowed(glancetape):
    assert ask(glancetape.url + "/v2/none")[0] == 501
    assert [one.answered for one in glancetape.misses] == ["miss"]

@pytest.mark.xfail(strict=True)
@pytest.mark.glancetape("walk.yaml")
def test_expected(glancetape):
    ask(glancetape.url + "/v2/none")

@pytest.mark.glancetape("walk.yaml")
def test_skipped(glancetape):
    ask(glancetape.url + "/v2/none")
    pytest.skip("why not")
"""
    )
    project.passes(passed=1, xfailed=1, skipped=1)


def test_a_request_that_is_refused_or_fails_counts_like_a_miss(project: Project) -> None:
    path = project.pages("damaged.yaml", "/v2/images/whole", "/v2/images/damaged")
    start, _, end = path.read_text().rpartition("code: 200")
    path.write_text(f"{start}code: @{end}")
    project.test(
        """
@pytest.mark.glancetape("walk.yaml")
def test_too_large(glancetape):
    assert ask(glancetape.url + "/v2/images?name=" + "a" * 70_000)[0] == 414

@pytest.mark.glancetape("damaged.yaml")
def test_damaged(glancetape):
    assert ask(glancetape.url + "/v2/images/damaged")[0] == 500
"""
    )

    result = project.passes(failed=2)

    result.stdout.fnmatch_lines(["The URL has 70,016 bytes*", "*damaged.yaml, *out of place*"])


def test_what_comes_after_the_test_reaches_no_other(project: Project) -> None:
    """A thread that was left behind would otherwise fail a test that it is not of."""
    project.test(
        """
kept = []

@pytest.mark.glancetape("walk.yaml")
def test_first(glancetape):
    kept.append(glancetape.url)

@pytest.mark.glancetape("walk.yaml")
def test_second(glancetape):
    with pytest.raises(urllib.error.URLError):
        ask(kept[0] + "/v2/none")
    assert glancetape.requests == []
"""
    )
    project.passes(passed=2)


def test_text_of_a_client_never_reaches_the_terminal_raw(project: Project) -> None:
    project.test(
        """
@pytest.mark.glancetape("walk.yaml")
def test_escape(glancetape):
    ask(glancetape.url + "/v2/images?name=%1b%5b31m&__x=\\x1b")
"""
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_COLOR", "1")
        result = project.run()

    assert "\x1b[31m" not in result.stdout.str()


def test_a_refused_host_names_the_parameter_that_allows_it(project: Project) -> None:
    """Recording would refuse it too, so there is no advice to record."""
    project.test(
        """
def list_as(endpoint, host):
    return ask(endpoint.url + "/v2/images", Host=host, **endpoint.headers)[0]

@pytest.mark.glancetape("walk.yaml")
def test_other_name(glancetape):
    assert list_as(glancetape, "tape.net") == 421

@pytest.mark.glancetape(images=[{}], server_name=["tape.net"])
def test_named(glancetape):
    assert list_as(glancetape, "tape.net") == 200
"""
    )

    result = project.passes(failed=1, passed=1)

    result.stdout.fnmatch_lines("*set the marker's server_name to tape.net.")
    assert "--glancetape-mode" not in result.stdout.str()


def test_a_miss_names_the_parameter_that_helps(project: Project) -> None:
    """The commands have options for it, which pytest does not have."""
    project.test(
        """
@pytest.mark.glancetape(images=[{"name": "one"}])
def test_read_only(glancetape):
    ask(glancetape.url + "/v2/images", "POST", b"{}", **glancetape.headers)
"""
    )

    result = project.passes(failed=1)

    result.stdout.fnmatch_lines("*With the marker's writable clients can change its images*")
    assert " --writable" not in result.stdout.str()
