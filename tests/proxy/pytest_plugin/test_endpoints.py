"""What a test gets from the fixture, and that each begins as if no other had run."""

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from mitmproxy.io import FlowWriter

from glancetape.options import Settings
from glancetape.pytest_plugin import made_sets, running
from glancetape.session.session import Session
from glancetape.wire.flows import flow_of
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Interaction, Request
from support.clouds.recorded import RECORDED_AT, get, ok, write_cassette
from support.running.user_project import Project
from support.running.without_home import without_home

pytest_plugins = ["pytester"]


def test_a_cassette_answers_what_it_holds_and_what_it_proves(project: Project) -> None:
    project.test(
        """
@pytest.mark.glancetape("walk.yaml", own_project=None)
def test_walk(glancetape):
    mine = {"X-Project-Id": "a" * 32}
    assert ask(glancetape.url + "/v2/images?limit=2", **mine)[0] == 200
    assert ask(glancetape.url + "/v2/images?limit=3&sort_key=name", **mine)[0] == 200
    assert [one.answered for one in glancetape.requests] == ["exact", "derived"]
    assert [one.source for one in glancetape.requests] == ["walk.yaml#1", "walk.yaml#1-4"]
    assert [one.status for one in glancetape.requests] == [200, 200]
    assert "limit=2" in glancetape.requests[0].request
    assert len(glancetape.images) == 7
    assert glancetape.images[0]["created_at"] > glancetape.images[-1]["created_at"]
"""
    )
    project.passes(passed=1)


def test_a_cloud_that_misbehaves_fails_no_test_by_itself(project: Project) -> None:
    """Each test meets the same faults; the client has to bear them."""
    project.test(
        """
@pytest.mark.glancetape(images=[{"name": "a"}], fail=["503:first-1"], lab=["locations"])
@pytest.mark.parametrize("number", range(2))
def test_retry(glancetape, number):
    url = glancetape.url + "/v2/images"
    assert ask(url, **{"X-Auth-Token": "any"})[0] == 503
    status, body = ask(url, **{"X-Auth-Token": "any"})
    assert status == 200
    assert '"locations": [{"url": ' in body
    assert [one.answered for one in glancetape.requests] == ["fault", "synthetic"]
    assert not glancetape.misses
"""
    )
    project.passes(passed=2)


def test_each_test_begins_in_the_state_of_the_beginning(project: Project) -> None:
    """Changes are played once, and the next test may play them again."""
    image = "/v2/images/1"
    patch = Request("PATCH", f"http://glance:9292{image}", (), b'[{"op": "remove"}]')
    project.write(
        "change.yaml",
        [(get(image), ok(b"before")), (patch, ok(b"changed")), (get(image), ok(b"after"))],
    )
    project.test(
        """
@pytest.mark.glancetape("change.yaml")
@pytest.mark.parametrize("number", range(3))
def test_change(glancetape, number):
    url = glancetape.url + "/v2/images/1"
    assert ask(url) == (200, "before")
    assert ask(url, "PATCH", b'[{"op": "remove"}]') == (200, "changed")
    assert ask(url) == (200, "after")
    assert len(glancetape.requests) == 3
"""
    )
    project.passes(passed=3)


def test_a_few_images_are_a_cloud(project: Project) -> None:
    """In their order, with what the test left out."""
    project.test(
        """
@pytest.mark.glancetape(images=[{"name": "new", "tags": ["x"]}, {"name": "old"}])
class TestImages:
    def test_order_and_filter(self, glancetape):
        assert names(glancetape) == ["new", "old"]
        assert names(glancetape, "?tag=x") == ["new"]
        assert names(glancetape, "?sort=name:desc&limit=1") == ["old"]

    def test_the_rest_is_filled_in(self, glancetape):
        first = glancetape.images[0]
        assert (first["status"], first["disk_format"]) == ("active", "qcow2")
        status, text = ask(f"{glancetape.url}/v2/images/{first['id']}", **glancetape.headers)
        assert (status, json.loads(text)["checksum"]) == (200, first["checksum"])
"""
    )
    project.passes(passed=2)


def test_a_generated_set_is_made_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """And kept in the user's cache folder, by all that it depends on."""
    made: list[Path] = []

    def generate(spec: str, count: int, seed: int, out: Path) -> None:
        made.append(out)
        real(spec, count, seed, out)

    real = made_sets._generate
    monkeypatch.setattr(made_sets, "_generate", generate)
    (project.path / "mine.yaml").write_text("like: tenant\n")
    project.test(
        """
@pytest.mark.glancetape("region", count=30, seed=7)
def test_region(glancetape):
    assert len(glancetape.images) == 30
    assert names(glancetape, "?limit=2")

@pytest.mark.glancetape("region", count=30, seed=8)
def test_seed(glancetape):
    assert len(glancetape.images) == 30

@pytest.mark.glancetape("mine.yaml", count=20)
def test_spec(glancetape):
    assert len(glancetape.images) == 20
"""
    )

    project.passes(passed=3)
    project.passes(passed=3)

    assert 3 == len(made)
    assert {project.path / ".cache" / "glancetape"} == {path.parent for path in made}


def test_logins_of_one_test_are_unknown_to_the_next(project: Project) -> None:
    """And only the users of a file may log in, where the marker names one."""
    (project.cassettes / "cloud.yaml").write_text(
        "projects: {demo: home}\nusers: {dana: {password: right, projects: [demo]}}\n"
    )
    project.test(
        """
kept = []

def log_in(endpoint, password):
    user = {"name": "dana", "domain": {"id": "default"}, "password": password}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    request = urllib.request.Request(
        endpoint.auth_url + "/auth/tokens", method="POST", data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["X-Subject-Token"]

pytestmark = pytest.mark.glancetape(images=[{"name": "x"}], cloud="cloud.yaml")

def test_log_in(glancetape):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        log_in(glancetape, "wrong")
    kept.append(log_in(glancetape, "right"))
    assert ask(glancetape.url + "/v2/images", **{"X-Auth-Token": kept[0]})[0] == 200

def test_next(glancetape):
    assert ask(glancetape.url + "/v2/images", **{"X-Auth-Token": kept[0]})[0] == 401
"""
    )
    project.passes(passed=2)


def test_changes_of_one_test_are_unknown_to_the_next(project: Project) -> None:
    project.test(
        """
@pytest.mark.glancetape(images=[{"name": "x"}], writable=True)
@pytest.mark.parametrize("number", range(2))
def test_create(glancetape, number):
    assert names(glancetape) == ["x"]
    body = json.dumps({"name": "made"}).encode()
    headers = {**glancetape.headers, "Content-Type": "application/json"}
    assert ask(glancetape.url + "/v2/images", "POST", body, **headers)[0] == 201
    assert sorted(names(glancetape)) == ["made", "x"]
"""
    )
    project.passes(passed=2)


def test_the_test_in_the_readme_is_green_as_it_is(project: Project) -> None:
    """It is the first that a newcomer runs."""
    readme = Path(__file__).parents[3] / "README.md"
    (block,) = re.findall(r"^```python\n(import pytest\nimport requests\n.*?)^```",
                          readme.read_text("utf-8"), re.DOTALL | re.MULTILINE)  # fmt: skip
    (project.path / "test_readme.py").write_text(block)

    project.passes("test_readme.py", passed=1)


def test_tests_share_the_open_files(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening them takes longer than answering from them."""
    opened: list[Settings] = []

    def open_session(settings: Settings, *load: Any) -> Session:
        opened.append(settings)
        return real(settings, *load)

    real = running.open_session
    monkeypatch.setattr(running, "open_session", open_session)
    project.test(
        """
@pytest.mark.parametrize("number", range(3))
@pytest.mark.glancetape("region", count=30)
def test_generated(glancetape, number): assert names(glancetape)

@pytest.mark.parametrize("number", range(3))
@pytest.mark.glancetape(images=[{}])
def test_images(glancetape, number): assert names(glancetape)

@pytest.mark.parametrize("number", range(3))
@pytest.mark.glancetape("walk.yaml")
def test_walk(glancetape, number): assert glancetape.images
"""
    )

    project.passes(passed=9)
    assert 3 == len(opened)
    project.passes(passed=9)
    assert 6 == len(opened)


def test_a_file_that_changes_is_opened_again(project: Project) -> None:
    """Such as a cassette that a test writes."""
    project.pages("a.yaml", "/v2/images?limit=1")
    project.pages("b.yaml", "/v2/images?limit=1", "/v2/images?limit=2")
    project.test(
        """
@pytest.mark.glancetape("a.yaml")
def test_1(glancetape):
    assert names(glancetape, "?limit=1") == ["a.yaml"]
    os.replace("cassettes/b.yaml", "cassettes/a.yaml")

@pytest.mark.glancetape("a.yaml")
def test_2(glancetape):
    assert names(glancetape, "?limit=2") == ["b.yaml"]
"""
    )
    project.passes(passed=2)


def test_sets_that_nobody_uses_are_removed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another one is made. Those in use are renewed once a day."""
    folder = project.path / "cache"
    sets = [made_sets.generated("region", None, 2, seed, folder) for seed in range(3)]
    now = time.time()
    for path, days in zip(sets, (31, 29, 2), strict=True):
        os.utime(path, (now, now - days * 24 * 3600))

    made_sets.generated("region", None, 2, 2, folder)
    made_sets.generated("region", None, 2, 3, folder)

    assert [False, True, True] == [path.exists() for path in sets]
    assert now - 60 < sets[2].stat().st_mtime


@pytest.mark.parametrize("size", [0, 10, 5000, -1])
def test_a_kept_set_that_is_damaged_is_made_again(tmp_path: Path, size: int) -> None:
    """A disk was full, or the machine went down while it was copied."""
    path = made_sets.generated("region", None, 2, 0, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:size])

    assert path == made_sets.generated("region", None, 2, 0, tmp_path)

    assert len(whole) == path.stat().st_size
    with ImageSet(path) as images:
        assert 2 == len(images)


def test_a_cache_folder_that_cannot_be_used_is_done_without(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container whose home is no folder that can be written."""
    (project.path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.path / "file"))
    project.test(
        """
@pytest.mark.parametrize("number", range(2))
@pytest.mark.glancetape("region", count=3)
def test_it(glancetape, number): assert len(glancetape.images) == 3
"""
    )

    project.passes(passed=2)


def test_a_user_without_a_home_can_test(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as a user id without a name."""
    without_home(monkeypatch)
    project.pages("a.yaml", "/v2/images?limit=1")
    project.test(
        """
@pytest.mark.glancetape("region", count=3)
def test_a_set(glancetape): assert len(glancetape.images) == 3

@pytest.mark.glancetape("a.yaml")
def test_a_cassette(glancetape): assert names(glancetape, "?limit=1") == ["a.yaml"]
"""
    )

    project.passes(passed=2)


def test_an_image_set_and_cassettes_answer_together(project: Project) -> None:
    project.pages("a.yaml", "/v2/images?limit=1")
    project.pages("b.yaml", "/v2/images?limit=2")
    project.test(
        """
@pytest.mark.glancetape("a.yaml", "b.yaml")
def test_both(glancetape):
    assert names(glancetape, "?limit=1") == ["a.yaml"]
    assert names(glancetape, "?limit=2") == ["b.yaml"]
"""
    )
    project.passes(passed=1)


def test_clients_find_it_by_a_file_or_by_variables(project: Project) -> None:
    """`env=True` sets the variables for the test alone."""
    project.test(
        """
@pytest.mark.glancetape(images=[{}], env=True)
def test_env(glancetape):
    cloud = json.loads(glancetape.clouds_yaml.read_text())["clouds"]["glancetape"]
    assert cloud["auth"] == {"endpoint": glancetape.url + "/v2", "token": glancetape.token}
    assert os.environ["OS_CLIENT_CONFIG_FILE"] == str(glancetape.clouds_yaml)
    assert glancetape.env["OS_CLOUD"] == "glancetape"

def test_without():
    assert "OS_CLOUD" not in os.environ

@pytest.mark.glancetape(images=[{}], env=True, cloud_name="production")
def test_a_program_that_names_its_cloud(glancetape):
    file = json.loads(open(os.environ["OS_CLIENT_CONFIG_FILE"]).read())
    assert list(file["clouds"]) == ["production"] == [os.environ["OS_CLOUD"]]
"""
    )
    project.passes(passed=3)


def test_a_cloud_that_the_shell_names_is_not_asked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An openrc file names the real one, and its variables go before a file of clouds."""
    openrc = """
        OS_AUTH_URL OS_AUTH_TYPE OS_USERNAME OS_USER_ID OS_USER_DOMAIN_NAME OS_PASSWORD OS_PASSCODE
        OS_PROJECT_NAME OS_PROJECT_ID OS_PROJECT_DOMAIN_ID OS_TENANT_NAME OS_DOMAIN_NAME OS_TOKEN
        OS_REGION_NAME OS_INTERFACE OS_ENDPOINT_TYPE OS_CACERT OS_CERT OS_KEY OS_TRUST_ID OS_URL
        OS_DEFAULT_DOMAIN OS_DEFAULT_DOMAIN_ID OS_SYSTEM_SCOPE OS_APPLICATION_CREDENTIAL_SECRET
        OS_INSECURE OS_ENDPOINT OS_ENDPOINT_OVERRIDE OS_SERVICE_TOKEN OS_ACCESS_TOKEN
    """.split()
    others = ["OS_NAME", "OS_TYPE", "OS_ACTIVITY_MODE", "OSTYPE", "OS_USERLAND", "OS_KEYBOARD"]
    for name in (*openrc, *others):
        monkeypatch.setenv(name, "the shell's")
    project.test(
        f"""
@pytest.mark.glancetape(images=[{{}}], env=True)
def test_in_process(glancetape):
    assert [name for name in {openrc} if name in os.environ] == []
    assert all(os.environ[name] == "the shell's" for name in {others})

@pytest.mark.glancetape(images=[{{}}])
def test_for_others(glancetape):
    assert [name for name in {openrc} if glancetape.env[name]] == []
    assert not set({others}) & set(glancetape.env)
    assert all(os.environ[name] == "the shell's" for name in {openrc})
"""
    )
    project.passes(passed=2)


def test_a_secret_of_the_real_cloud_is_not_added_to_the_cloud_of_the_test(
    project: Project,
) -> None:
    """Clients merge the first `secure.yaml` they find: the named one, or the one beside the test.

    A password beside the test's token is an error of openstacksdk's.
    """
    (project.path / "secure.yaml").write_text("clouds: {prod: {auth: {password: x}}}")
    project.test(
        """
@pytest.mark.glancetape(images=[{}], env=True, cloud_name="prod")
def test_in_process(glancetape):
    assert open(os.environ["OS_CLIENT_SECURE_FILE"]).read() == "{}"

@pytest.mark.glancetape(images=[{}], cloud_name="prod")
def test_for_others(glancetape, glancetape_server):
    for one in (glancetape, glancetape_server):
        assert open(one.env["OS_CLIENT_SECURE_FILE"]).read() == "{}"
        assert one.env["OS_CLIENT_CONFIG_FILE"] == str(one.clouds_yaml)
"""
    )
    project.passes(passed=2)


def test_without_sockets_the_error_is_one_line_that_names_the_option_of_pytest_socket(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a traceback, nor an event loop that could not be closed; also where it only warns."""
    project.pytester.makeini("[pytest]\nfilterwarnings = error")
    project.test(
        """
class SocketBlockedError(RuntimeError):
    def __init__(self):
        import warnings
        warnings.warn("A test tried to use socket.socket.")

class GuardedSocket(socket.socket):
    def __new__(cls, *_, **__):
        raise SocketBlockedError

@pytest.fixture(autouse=True)
def disabled(monkeypatch):
    monkeypatch.setattr(socket, "socket", GuardedSocket)

@pytest.mark.glancetape(images=[{}])
@pytest.mark.parametrize("address", ["url", "proxies", "clouds_yaml", "env"])
def test_it(glancetape, address):
    getattr(glancetape, address)

@pytest.mark.glancetape(images=[{}])
def test_the_server(glancetape_server):
    glancetape_server.url
"""
    )

    # In a process of its own: one that other tests have used may close their sockets now, and warn.
    result = project.pytester.runpytest_subprocess()

    result.assert_outcomes(failed=5)
    text = result.stdout.str() + result.stderr.str()
    assert 5 == text.count("\nglancetape: add --allow-hosts=127.0.0.1,::1 to pytest's options: ")
    for trace in ("Traceback", "running.py", "TurnLoop"):
        assert trace not in text


def test_without_openstacksdk_connect_names_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openstack", None)
    project.test(
        """
@pytest.mark.glancetape(images=[{}])
def test_connect(glancetape):
    with pytest.raises(ImportError, match="pip install openstacksdk"):
        glancetape.connect()
"""
    )
    project.passes(passed=1)


def test_a_proxy_answers_for_the_recorded_hosts_with_https_too(project: Project) -> None:
    """In this process, from the same state as the URL, also where warnings are errors."""
    project.pytester.makeini("[pytest]\nfilterwarnings = error")
    project.pages("a.yaml", "/v2/images?limit=1")
    project.test(
        """
import requests

@pytest.mark.glancetape("a.yaml")
def test_proxy(glancetape):
    plain = requests.get("http://glance:9292/v2/images?limit=1", proxies=glancetape.proxies)
    secure = requests.get(
        "https://glance:9292/v2/images?limit=1",
        proxies=glancetape.proxies, verify=glancetape.ca_bundle,
    )
    assert plain.content == secure.content
    assert names(glancetape, "?limit=1") == ["a.yaml"]
    assert [one.answered for one in glancetape.requests] == ["exact"] * 3
    assert glancetape.proxy_env["HTTPS_PROXY"] == glancetape.proxies["https"]
"""
    )
    project.pytester.runpytest_subprocess().assert_outcomes(passed=1)


LEVELS = """
pytestmark = pytest.mark.glancetape("a.yaml", miss_status=418)

def test_of_the_module(glancetape):
    assert names(glancetape, "?limit=1") == ["a.yaml"]

@pytest.mark.glancetape("b.yaml")
class TestOfTheClass:
    def test_class(self, glancetape):
        assert names(glancetape, "?limit=1") == ["b.yaml"]

    @pytest.mark.glancetape(allow_misses=True)
    def test_options_alone_keep_the_source(self, glancetape):
        assert names(glancetape, "?limit=1") == ["b.yaml"]
        assert ask(glancetape.url + "/v2/other")[0] == 418
        assert len(glancetape.misses) == 1

    @pytest.mark.glancetape("a.yaml")
    def test_its_own(self, glancetape):
        assert names(glancetape, "?limit=1") == ["a.yaml"]
"""


def test_a_proxy_needs_no_home_that_can_be_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container."""
    home = project.path / "home"
    home.write_text("no folder")
    monkeypatch.setenv("HOME", str(home))
    project.test(
        """
@pytest.mark.glancetape(images=[{}])
def test_proxy(glancetape):
    assert "BEGIN CERTIFICATE" in open(glancetape.ca_bundle).read()
"""
    )
    project.passes(passed=1)


def test_the_nearest_marker_decides(project: Project) -> None:
    for name in ("a.yaml", "b.yaml"):
        project.pages(name, "/v2/images?limit=1")
    project.test(LEVELS)

    project.passes(passed=4)


def test_tests_without_a_marker_replay_the_default_or_what_is_named_like_them(
    project: Project,
) -> None:
    for name in ("a.yaml", "test_it/test_own[x].yaml", "test_it/TestClass.test_own.yaml"):
        project.pages(name, "/v2/images?limit=1")
    code = """
@pytest.mark.parametrize("x", ["x"])
def test_own(glancetape, x):
    assert names(glancetape, "?limit=1") == [{}]

class TestClass:
    def test_own(self, glancetape):
        assert names(glancetape, "?limit=1") == [{}]
"""
    project.test(code.format("'test_it/test_own[x].yaml'", "'test_it/TestClass.test_own.yaml'"))
    project.passes(passed=2)

    project.test(code.format("'a.yaml'", "'a.yaml'"))
    project.pytester.makeini("[pytest]\nglancetape_default = a.yaml")
    project.passes(passed=2)


def test_cassettes_may_be_in_one_folder(project: Project) -> None:
    (project.path / "data").mkdir()
    project.pages("a.yaml", "/v2/images?limit=1").rename(project.path / "data" / "a.yaml")
    project.pytester.makepyprojecttoml('[tool.pytest.ini_options]\nglancetape_folder = "data"\n')
    (project.path / "deep").mkdir()
    project.test(
        """
@pytest.mark.glancetape("a.yaml")
def test_it(glancetape):
    assert names(glancetape, "?limit=1") == ["a.yaml"]
""",
        "deep/test_deep",
    )
    project.passes(passed=1)


FOLDERS = [
    f"{folder}{below}" for folder in ("deep/tests", "deep", ".") for below in ("/cassettes", "")
]
"""Where a file for a test in the first one is looked for, the nearest first."""


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_test_in_a_folder_finds_the_default_of_the_project(project: Project, folder: str) -> None:
    """From wherever pytest is started, such as an editor does in the folder of the test."""
    made = project.pages("a.yaml", "/v2/images?limit=1")
    (project.path / "deep" / "tests").mkdir(parents=True)
    (project.path / folder).mkdir(exist_ok=True)
    made.rename(project.path / folder / "a.yaml")
    project.pytester.makepyprojecttoml('[tool.pytest.ini_options]\nglancetape_default = "a.yaml"\n')
    code = "def test_it(glancetape):\n    assert names(glancetape, '?limit=1') == ['a.yaml']\n"
    project.test(code, "deep/tests/test_deep")

    project.passes(passed=1)
    os.chdir("deep/tests")  # pytester goes back at the end
    project.passes("test_deep.py::test_it", passed=1)


def test_the_nearest_of_several_files_is_replayed_and_none_above_the_root(project: Project) -> None:
    """A repository may hold several projects, each with files of the same names."""
    for folder in FOLDERS:
        (project.path / folder).mkdir(parents=True, exist_ok=True)
        listed = ok(b'{"images": [{"name": "%b"}]}' % folder.encode())
        write_cassette(project.path / folder / "a.yaml", [(get("/v2/images"), listed)])
    project.test(
        """
@pytest.mark.glancetape("a.yaml")
def test_it(glancetape):
    print("answered from", names(glancetape, ""))
""",
        "deep/tests/test_deep",
    )

    for folder in FOLDERS:
        ended = project.passes("-s", passed=1)
        ended.stdout.fnmatch_lines(f"*answered from [[]'{folder}'[]]*")
        (project.path / folder / "a.yaml").unlink()
    write_cassette(project.path / "a.yaml", [(get("/v2/images"), ok(b"{}"))])

    result = project.passes("--rootdir", "deep", "deep", errors=1)

    looked = "tests/cassettes/, tests/, cassettes/, ./"
    result.stdout.fnmatch_lines(f"glancetape: a.yaml: no such file in {looked}")


BAD = {
    "a file that is missing": ('"none.yaml"', "none.yaml: no such file in cassettes/"),
    "a misspelt file": ('"walk.yml"', "no such file in cassettes/, ./. Did you mean walk.yaml?"),
    "an unknown parameter": ('"walk.yaml", page=3', "page: no such parameter"),
    "an unknown dialect": ('"walk.yaml", dialect="x"', "dialect: 'x' is not one of"),
    "an unknown preset": ('"reggion", count=3', "reggion"),
    "a count that is none": ('"region", count=0', "count: 0 is below 1"),
    "an image that no cloud has": ('images=[{"size": "big"}]', "images[[]0]: size is *"),
    "a status that no cloud has": (
        'images=[{}, {"status": "actve"}]',
        'images[[]1]: status "actve" is not one of *pending_delete.',
    ),
    "an id that is there twice": ('images=[{"id": "a"}, {"id": "a"}]', "that of images[[]0] too."),
    "a text for a number": (
        '"walk.yaml", miss_status="x"',
        "the marker's miss_status must be a whole",
    ),
    "a text in place of an image": ('images=["ubuntu"]', "'ubuntu' is not a dictionary"),
    "a cassette that is none": ('"broken.yaml"', "not a VCR cassette"),
}


def test_what_cannot_be_used_is_an_error_of_one_sentence(project: Project) -> None:
    """Of the test that names it, without a traceback."""
    (project.cassettes / "broken.yaml").write_text("a: 1\n")
    project.test(
        "".join(
            f"@pytest.mark.glancetape({marker})\ndef test_{number}(glancetape): pass\n"
            for number, (marker, _) in enumerate(BAD.values())
        )
    )

    result = project.passes(errors=len(BAD))

    for _, why in BAD.values():
        result.stdout.fnmatch_lines(f"glancetape: *{why}*")
    assert "Traceback" not in result.stdout.str()
    assert "running.py" not in result.stdout.str()
    assert "per line" not in result.stdout.str()  # a marker has no lines


def test_a_flow_file_of_mitmproxy_is_replayed(project: Project) -> None:
    """As a cassette is; its callers have to send a token too."""
    body = b'{"images": [{"name": "a"}]}'
    listed = Interaction(get("/v2/images", ("X-Auth-Token", "t")), ok(body), RECORDED_AT)
    with (project.cassettes / "a.flow").open("wb") as file:
        FlowWriter(file).add(flow_of(listed))  # type: ignore[no-untyped-call]  # mitmproxy
    project.test(
        """
@pytest.mark.glancetape("a.flow")
def test_it(glancetape):
    assert names(glancetape) == ["a"]
    assert glancetape.requests[0].answered == "exact"
"""
    )

    project.passes(passed=1)
