"""The file of `--cloud`: who may log in to a simulated cloud, read strictly.

    projects:
      demo: home                        # the set's home project
      team: 0a5f2b6e4c1d4e0f9b8a7c6d5e4f3a2b
    users:
      dana: {password: dana-password, projects: {demo: member, team: reader}}
    application_credentials:
      ci: {secret: ci-secret, user: dana, project: demo}
    access_keys:
      AKEXAMPLE: {secret: the-secret, project: demo}

A mistake is an error with file, line and key. It never shows a password or a secret, nor what may
be one in the wrong place, as in `users: {dana: dana-password}`.
"""

from collections.abc import Mapping
from pathlib import Path

from glancetape_cassettes.cloud.identity.accounts import (
    MEMBER,
    ROLES,
    AccessKey,
    ApplicationCredential,
    Domain,
    ListedAccounts,
    Project,
    User,
    id_from,
)
from glancetape_cassettes.errors import BadParameter
from glancetape_generators.spec.yaml_values import Value, compose

_HINT = "users: {NAME: {password: TEXT, projects: [NAME]}}"
_HOME = "home"
_MOST_TEXT = 255  # characters, as in Keystone
_KEYS = ("region", "domain", "projects", "users", "application_credentials", "access_keys")


def read_accounts(path: Path, home: str, own: str | None = None) -> ListedAccounts:
    """Return the accounts of a file; `home` is the id of the set's home project.

    `own` is an id of the caller's own that takes its place. Raises GlancetapeError, which names
    file and line.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadParameter(f"{path}: {error.strerror or error}.") from error
    return _Reader(home, own).read(compose(text, str(path), hint=_HINT, has_secrets=True))


class _Reader:
    def __init__(self, home: str, own: str | None) -> None:
        self._home, self._own = home, own
        self._projects: dict[str, Project] = {}
        self._users: dict[str, User] = {}

    def read(self, root: Value) -> ListedAccounts:
        top = root.known_members(_KEYS)
        if "projects" in top:
            self._projects = self._read_projects(top["projects"])
        if "users" in top:
            found = top["users"].members(_name)
            self._users = {name: self._user(name, value) for name, value in found.items()}
        credentials = _members(top, "application_credentials")
        keys = _members(top, "access_keys")
        return ListedAccounts(
            all_projects=tuple(self._projects.values()),
            users=tuple(self._users.values()),
            credentials=tuple(self._credential(*one) for one in credentials.items()),
            keys=tuple(self._key(*one) for one in keys.items()),
            domain=Domain(name=_name(top["domain"])) if "domain" in top else Domain(),
            region=_name(top["region"]) if "region" in top else None,
        )

    def _read_projects(self, value: Value) -> dict[str, Project]:
        projects: dict[str, Project] = {}
        for name, written in value.members(_name).items():
            project_id = written.short_text(_MOST_TEXT)
            if project_id in (_HOME, self._own):
                project_id = self._home
            if any(one.id == project_id for one in projects.values()):
                raise written.error("another project has this id")
            projects[name] = Project(project_id, name)
        return projects

    def _user(self, name: str, value: Value) -> User:
        found = _required(value, ("password", "projects"))
        return User(
            id=id_from("user", name),
            name=name,
            password=_secret(found["password"]),
            roles=self._roles(found["projects"]),
        )

    def _roles(self, value: Value) -> Mapping[str, str]:
        """Return the role in each project: a list has members, a mapping names the roles."""
        if value.is_list:
            return {self._project(one).id: MEMBER for one in value.items()}
        named = value.members(self._project)
        return {project.id: role.choice(ROLES, "role") for project, role in named.items()}

    def _project(self, value: Value) -> Project:
        return self._projects[value.choice(self._projects, "project")]

    def _credential(self, name: str, value: Value) -> ApplicationCredential:
        found = _required(value, ("secret", "user", "project"), ("id",))
        user = self._users[found["user"].choice(self._users, "user")]
        project = self._project(found["project"])
        if project.id not in user.roles:
            raise found["project"].error(f"{user.name} is not in this project")
        written = found.get("id")
        return ApplicationCredential(
            id=written.short_text(_MOST_TEXT) if written else id_from("credential", name),
            name=name,
            secret=_secret(found["secret"]),
            user=user,
            project=project,
        )

    def _key(self, access: str, value: Value) -> AccessKey:
        found = _required(value, ("secret", "project"), ("role",))
        role = found["role"].choice(ROLES, "role") if "role" in found else MEMBER
        return AccessKey(
            access=access,
            secret=_secret(found["secret"]),
            project=self._project(found["project"]),
            role=role,
        )


def _members(top: Mapping[str, Value], name: str) -> dict[str, Value]:
    return top[name].members(_name) if name in top else {}


def _required(
    value: Value, required: tuple[str, ...], others: tuple[str, ...] = ()
) -> dict[str, Value]:
    found = value.known_members((*required, *others))
    for name in required:
        if name not in found:
            raise value.error(f"{name} is missing")
    return found


def _name(value: Value) -> str:
    return value.short_text(_MOST_TEXT)


def _secret(value: Value) -> str:
    """Return a password or secret. An error about it does not show it."""
    text = value.text()
    if not text:
        raise value.error("the text is empty")
    return text
