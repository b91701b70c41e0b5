"""The file of users: what it says, and what is wrong with it, by line and key."""

from pathlib import Path

import pytest

from glancetape.session.cloud_file import read_accounts
from glancetape_cassettes.cloud.identity.accounts import Named
from glancetape_cassettes.errors import GlancetapeError
from support.sets.imagesets import ME, OTHER

HOME = "f" * 32
WHOLE = f"""\
region: eu-de
domain: Ours
projects:
  demo: home
  team: {OTHER}
users:
  dana: {{password: "1234", projects: {{team: reader, demo: member}}}}
  remy: {{password: 12345, projects: [demo]}}
application_credentials:
  ci: {{secret: s, user: dana, project: demo, id: the-id}}
access_keys:
  AK: {{secret: sk, project: team, role: reader}}
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "cloud.yaml"
    path.write_text(text)
    return path


def test_a_file_says_who_may_log_in_and_where(tmp_path: Path) -> None:
    """The first project of a user is its default."""
    accounts = read_accounts(_write(tmp_path, WHOLE), HOME)
    dana = accounts.user(Named(name="dana", domain="Ours"), "1234")
    key = accounts.access_key("AK")
    credential = accounts.credential(Named(id="the-id"), None)

    assert dana is not None
    assert key is not None
    assert credential is not None
    assert [HOME, OTHER] == [one.id for one in accounts.projects(dana)]
    assert accounts.default_project(dana) == accounts.project(Named(id=OTHER), dana)
    assert ("sk", OTHER, "reader") == (key.secret, key.project.id, key.role)
    assert ("s", HOME, dana) == (credential.secret, credential.project.id, credential.user)
    assert ("eu-de", "Ours", False) == (accounts.region, accounts.domain.name, accounts.is_open)
    assert accounts.user(Named(name="remy", domain="default"), "12345") is not None
    assert accounts.user(Named(name="remy", domain="Default"), "12345") is None


def test_an_id_of_ones_own_is_the_home_project(tmp_path: Path) -> None:
    """With --own-project."""
    accounts = read_accounts(_write(tmp_path, f"projects: {{demo: {ME}}}"), HOME, ME)

    assert [HOME] == [one.id for one in accounts.all_projects]


WRONG = {
    "": "{file}: the file is empty; write at least `users: ",
    "a: b": "{file}, line 1: a: no such key; choose one of region, domain, projects,",
    "users: {a: {password: SECRET}}": "{file}, line 1: users.a: projects is missing.",
    "users: {a: {projects: []}}": "{file}, line 1: users.a: password is missing.",
    "users: {a: {password: '', projects: []}}": (
        "{file}, line 1: users.a.password: the text is empty"
    ),
    "users: {a: {password: [SECRET], projects: []}}": "users.a.password: a list is not text.",
    "users: {a: {password: SECRET, projects: [b]}}": "users.a.projects: no such project",
    "projects: {p: home}\nusers: {a: {password: SECRET, projects: {p: admin}}}": (
        "{file}, line 2: users.a.projects.p: no such role, admin; choose one of member, reader."
    ),
    "projects: {p: home, q: home}": "projects.q: another project has this id.",
    "projects: {p: ''}": "projects.p: the text is empty",
    "projects: {p: home, p: x}": "projects.p: occurs twice.",
    "access_keys: {k: {secret: SECRET, project: p}}": "access_keys.k.project: no such project",
    "application_credentials: {c: {secret: SECRET, user: u, project: p}}": (
        "application_credentials.c.user: no such user"
    ),
    "projects: {p: home, q: x}\nusers: {u: {password: SECRET, projects: [p]}}\n"
    "application_credentials: {c: {secret: SECRET, user: u, project: q}}": (
        "{file}, line 3: application_credentials.c.project: u is not in this project."
    ),
    "SECRET": "{file}, line 1: a text is not a mapping; write `key: value` lines.",
    "users: {a: SECRET}": "users.a: a text is not a mapping; write {{key: value, ...}}.",
    "access_keys: {k: SECRET}": "access_keys.k: a text is not a mapping",
    "users: {a: {password: !SECRET x}}": "{file}, line 1: tags are not supported; remove it.",
    'projects: {p: "SECRET\\a"}': "projects.p: a text contains a control character.",
    "users: [a]": "users: a list is not a mapping; write {{key: value, ...}}.",
    "users: {a: &x {password: SECRET, projects: []}, b: *x}": "aliases are not supported",
    "users: {": "{file}, line 1: not YAML: ",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=map(str, range(len(WRONG))))
def test_a_mistake_is_named_by_line_and_key_and_shows_no_secret(
    tmp_path: Path, text: str, said: str
) -> None:
    """One sentence for the user."""
    path = _write(tmp_path, text)

    with pytest.raises(GlancetapeError) as caught:
        read_accounts(path, HOME)
    assert said.format(file=path) in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """And not taken for an empty one."""
    with pytest.raises(GlancetapeError, match=r"nothing\.yaml: No such file"):
        read_accounts(tmp_path / "nothing.yaml", HOME)
