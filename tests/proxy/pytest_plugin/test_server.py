"""One address for a whole run: what a client asks there is the business of the running test."""

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.upstream import Upstream
from support.running.user_project import Project

pytest_plugins = ["pytester"]

CLIENT = """
@pytest.fixture(scope="session")
def client(glancetape_server):
    class Client:
        url, headers = glancetape_server.url, glancetape_server.headers
    assert ask(Client.url + "/v2/images", **Client.headers)[0] == 200
    yield Client
    ask(Client.url + "/v2/AT-THE-END", **Client.headers)

def only(client):
    [name] = names(client)
    return name
"""


def test_a_client_of_the_whole_run_is_answered_by_each_test_in_turn(project: Project) -> None:
    """Set up before the first test begins; without a fixture of ours in the tests themselves."""
    project.test(
        CLIENT
        + """
@pytest.mark.glancetape(images=[{"name": "a"}])
def test_a(client):
    assert only(client) == "a"

@pytest.mark.glancetape(images=[{"name": "b"}])
class TestB:
    @pytest.fixture(scope="class")
    def of_class(self, client):
        return only(client)

    def test_b(self, of_class, client, glancetape):
        assert (of_class, only(client), only(glancetape)) == ("b", "b", "b")
        assert glancetape.url != client.url
        assert [one.answered for one in glancetape.requests] == ["synthetic"] * 3

@pytest.mark.glancetape(images=[{"name": "c"}], writable=True)
@pytest.mark.parametrize("number", range(2))
def test_changes_are_unknown_to_the_next(client, number):
    assert only(client) == "c"
    body = b'{"name": "new", "container_format": "bare", "disk_format": "raw"}'
    assert ask(client.url + "/v2/images", "POST", body, **client.headers)[0] == 201
    assert names(client) == ["new", "c"]
"""
    )
    project.passes(passed=4)


def test_a_miss_fails_the_test_that_is_running(project: Project) -> None:
    """Also one of a session's fixture: it begins with its first test, and ends with the last."""
    project.test(
        """
pytestmark = pytest.mark.glancetape("walk.yaml", own_project=None)

@pytest.fixture(scope="session")
def client(glancetape_server):
    yield lambda path: ask(glancetape_server.url + path, **{"X-Project-Id": "a" * 32})[0]
    ask(glancetape_server.url + "/v2/images/END/members")

@pytest.fixture(scope="session")
def greedy(client):
    return client("/v2/images/BEGIN/members")

def test_1(client):
    assert client("/v2/images?limit=2") == 200

def test_2(client):
    assert client("/v2/images/SWALLOWED/members") == 501

def test_3(greedy):
    pass

def test_4_is_not_ours():
    pass
"""
    )
    result = project.passes("-rA", passed=2, failed=1, errors=2)
    text = result.stdout.str()
    assert "FAILED test_it.py::test_2" in text
    assert "ERROR test_it.py::test_3" in text
    assert "ERROR test_it.py::test_4_is_not_ours" in text
    for place in ("SWALLOWED", "BEGIN", "END"):
        assert f"/v2/images/{place}/members" in text


def test_between_the_tests_nothing_answers(project: Project) -> None:
    """A test that does not use us gets a 503 that says what it lacks; with us, an answer."""
    project.test(
        CLIENT.replace("def client(glancetape_server)", "def hidden(glancetape_server)").replace(
            "    assert ask(Client.url", "    ask(Client.url"
        )
        + """
@pytest.mark.glancetape(images=[{"name": "a"}])
def test_1(hidden):
    assert only(hidden) == "a"

def test_2(request):
    client = request.getfixturevalue("hidden")
    status, text = ask(client.url + "/v2/images", **client.headers)
    assert status == 503
    assert "needs the fixture glancetape too" in text

@pytest.mark.glancetape(images=[{"name": "c"}])
def test_3(request, glancetape):
    assert only(request.getfixturevalue("hidden")) == "c"
"""
    )
    project.passes(passed=3)


@pytest.mark.parametrize("mark", ["glancetape('none.yaml')", "glancetape(imges=[])", "skip()"])
def test_what_cannot_begin_is_one_error_and_no_test_after_it_suffers(
    project: Project, mark: str
) -> None:
    """A test that is skipped opens nothing, so a missing file does not matter."""
    project.test(
        CLIENT
        + f"""
@pytest.mark.glancetape("none.yaml")
@pytest.mark.{mark}
def test_1(client):
    pass

@pytest.mark.glancetape(images=[{{"name": "b"}}])
def test_2(client):
    assert only(client) == "b"
"""
    )
    skipped = int(mark == "skip()")
    result = project.passes(passed=1, skipped=skipped, errors=1 - skipped)
    if not skipped:
        result.stdout.fnmatch_lines(["*glancetape: *no such*"])


def test_a_fixture_of_too_wide_a_scope_is_told_what_to_take(project: Project) -> None:
    project.test(
        """
@pytest.fixture(scope="session")
def client(glancetape):
    return glancetape.url

def test_it(client):
    pass
"""
    )
    result = project.passes(errors=1)
    result.stdout.fnmatch_lines(["*ScopeMismatch*", "*A fixture of a wider scope takes*_server*"])


def test_clients_find_it_by_a_file_or_by_variables(project: Project) -> None:
    """The same ways as for one test."""
    project.test(
        """
@pytest.fixture(scope="module")
def server(glancetape_server):
    return glancetape_server

@pytest.mark.glancetape(images=[{"name": "a"}])
def test_ways(server, glancetape):
    assert server.url in server.clouds_yaml.read_text()
    assert server.env["OS_IMAGE_URL"] == server.url
    assert server.auth_url == f"{server.url}/v3"
    assert server.token == glancetape.token
"""
    )
    project.passes(passed=1)


def test_each_test_records_into_its_cassette(project: Project, service: Upstream) -> None:
    """Through the same address; the client gets what it would get from the test's own."""
    project.test(
        """
@pytest.fixture(scope="session")
def client(glancetape_server):
    return glancetape_server

@pytest.mark.parametrize("name", ["a", "b"])
def test_list(client, name):
    target = f"/v2/images?name={name}"
    for method, body in (("GET", None), ("HEAD", None), ("POST", b'{"name": "x"}')):
        status, text = ask(client.url + target, method, body, **client.headers)
        assert (status, bool(text)) == (200, method != "HEAD"), text
"""
    )
    once = ("--glancetape-mode", "once", "--glancetape-upstream", service.url)

    project.passes(*once, passed=2)
    service.seen.clear()
    project.passes(passed=2)

    assert [] == service.seen
    recorded = load_cassette(project.cassettes / "test_it" / "test_list[a].yaml")
    assert ["GET", "HEAD", "POST"] == [
        recorded.request(index).method for index in range(len(recorded))
    ]


def test_without_a_service_to_record_the_test_fails_with_the_reason(project: Project) -> None:
    project.test(
        """
@pytest.fixture(scope="session")
def client(glancetape_server):
    return glancetape_server

@pytest.mark.glancetape("new.yaml")
def test_it(client):
    ask(client.url + "/v2/images")
"""
    )
    result = project.passes("--glancetape-mode", "once", failed=1)
    result.stdout.fnmatch_lines(["*--glancetape-upstream URL*"])
