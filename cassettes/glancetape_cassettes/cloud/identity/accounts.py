"""Who may log in, and to which projects."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple, Protocol

MEMBER, READER = "member", "reader"
ROLES: Mapping[str, tuple[str, ...]] = {MEMBER: (READER, MEMBER), READER: (READER,)}
"""Each role with those that it implies, as Keystone lists them."""


def id_from(*parts: str) -> str:
    """Return an id, 32 hex digits: always the same one for the same parts."""
    return blake2b("\n".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _key_from(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), person=b"token").digest()


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of users and projects."""

    id: str = "default"
    name: str = "Default"


@dataclass(frozen=True, slots=True)
class Project:
    """A project; its id is the `owner` of its images."""

    id: str
    name: str


class Named(NamedTuple):
    """How a client refers to a user or a project: by id, or by name."""

    id: str | None = None
    name: str | None = None
    domain: str | None = None
    """The id or the name of the domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user, and the role that it has in each of its projects, the default one first."""

    id: str
    name: str
    password: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    """{project id: role}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationCredential:
    """What logs in to one project without a password."""

    id: str
    name: str
    secret: str
    user: User
    project: Project


class AccessKey(NamedTuple):
    """What signs requests for one project."""

    access: str
    secret: str
    project: Project
    role: str = MEMBER


class Accounts(Protocol):
    """What Keystone asks about users and projects. None means: there is no such thing."""

    @property
    def domain(self) -> Domain:
        """The domain of all users and projects."""
        ...

    @property
    def region(self) -> str | None:
        """The region of the catalog; None: the one in the project's name, or RegionOne."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether anybody is let in."""
        ...

    @property
    def home(self) -> str:
        """The id of the project of anybody who names none."""
        ...

    def key(self) -> bytes:
        """Return the key that tokens are signed with: the same for the same accounts."""
        ...

    def user(self, named: Named, password: str) -> User | None:
        """Return the user who has a password."""
        ...

    def credential(self, named: Named, user: Named | None) -> ApplicationCredential | None:
        """Return an application credential; one that is named belongs to a user."""
        ...

    def project(self, named: Named, user: User) -> Project | None:
        """Return a project of a user."""
        ...

    def projects(self, user: User) -> list[Project]:
        """Return all projects of a user."""
        ...

    def default_project(self, user: User) -> Project | None:
        """Return the project of a login that names none."""
        ...

    def role(self, user: User, project: Project) -> str:
        """Return the role of a user in one of its projects."""
        ...

    def access_key(self, access: str) -> AccessKey | None:
        """Return the access key that signs requests."""
        ...


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccounts:
    """Anybody may log in to any project: by its id or name; any other name is the home project."""

    home: str
    """The id of the project of whoever names none."""
    is_project: Callable[[str], bool]
    """Whether a text is the id of a project."""
    known: Callable[[], list[str]]
    """The ids of the projects to list."""
    name_of: Callable[[str], str | None] = _nothing
    """The name of the project with an id; None: its id is its name."""
    id_of: Callable[[str], str | None] = _nothing
    """The id of the project with a name; None if no project has it."""
    domain: Domain = Domain()
    region: str | None = None
    is_open: bool = True

    def key(self) -> bytes:
        """Return a key that is not a secret: anybody is let in anyway."""
        return _key_from(self.home)

    def user(self, named: Named, password: str) -> User | None:
        """Return a user for any name and password."""
        name = named.name or named.id or ""
        return User(id=named.id or id_from("user", name), name=name)

    def credential(self, named: Named, user: Named | None) -> ApplicationCredential | None:
        """Return a credential for any id and secret, of the home project."""
        owner = self.user(user or Named(name="application"), "")
        name = named.name or named.id or ""
        if owner is None or not name:
            return None
        return ApplicationCredential(
            id=named.id or id_from("credential", name),
            name=name,
            secret="",
            user=owner,
            project=self._named(self.home),
        )

    def project(self, named: Named, user: User) -> Project | None:
        """Return the project of any id or name."""
        if named.id:
            return Project(named.id, named.name) if named.name else self._named(named.id)
        name = named.name or ""
        if self.is_project(name):
            return self._named(name)
        return Project(self.id_of(name) or self.home, name)

    def _named(self, project: str) -> Project:
        return Project(project, self.name_of(project) or project)

    def projects(self, user: User) -> list[Project]:
        """Return the projects that own most images, the home project first."""
        ids = dict.fromkeys((self.home, *self.known()))
        return [self._named(one) for one in ids if one]

    def default_project(self, user: User) -> Project | None:
        """Return the home project."""
        return self._named(self.home)

    def role(self, user: User, project: Project) -> str:
        """Return the role that everybody has."""
        return MEMBER

    def access_key(self, access: str) -> AccessKey | None:
        """Return any key, of the home project."""
        return AccessKey(access=access, secret="", project=self._named(self.home))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAccounts:
    """Only listed users may log in, with their passwords, to their projects."""

    all_projects: tuple[Project, ...]
    users: tuple[User, ...] = ()
    credentials: tuple[ApplicationCredential, ...] = ()
    keys: tuple[AccessKey, ...] = ()
    domain: Domain = Domain()
    region: str | None = None
    is_open: bool = False
    home: str = ""

    def key(self) -> bytes:
        """Return a key that only those know who know all accounts."""
        return _key_from(repr((self.all_projects, self.users, self.credentials, self.keys)))

    def user(self, named: Named, password: str) -> User | None:
        """Return the user if the password is right."""
        user = self._user(named)
        return user if user is not None and is_same(user.password, password) else None

    def _user(self, named: Named) -> User | None:
        if named.id:
            return next((one for one in self.users if one.id == named.id), None)
        if named.domain not in (self.domain.id, self.domain.name):
            return None
        return next((one for one in self.users if one.name == named.name), None)

    def credential(self, named: Named, user: Named | None) -> ApplicationCredential | None:
        """Return the credential with an id, or with a name and a user."""
        if named.id:
            return next((one for one in self.credentials if one.id == named.id), None)
        owner = self._user(user) if user else None
        return next(
            (one for one in self.credentials if one.name == named.name and one.user == owner), None
        )

    def project(self, named: Named, user: User) -> Project | None:
        """Return a project in which the user has a role."""
        if named.id:
            return _only(one for one in self.projects(user) if one.id == named.id)
        if named.domain not in (self.domain.id, self.domain.name):
            return None
        return _only(one for one in self.projects(user) if one.name == named.name)

    def projects(self, user: User) -> list[Project]:
        """Return the projects in which the user has a role."""
        return [one for one in self.all_projects if one.id in user.roles]

    def default_project(self, user: User) -> Project | None:
        """Return the first project of the user."""
        first = next(iter(user.roles), None)
        return _only(one for one in self.all_projects if one.id == first)

    def role(self, user: User, project: Project) -> str:
        """Return the role of the user in the project."""
        return user.roles[project.id]

    def access_key(self, access: str) -> AccessKey | None:
        """Return a listed key."""
        return next((one for one in self.keys if one.access == access), None)


def _only(projects: Iterable[Project]) -> Project | None:
    return next(iter(projects), None)


def is_same(secret: str, given: str) -> bool:
    """Whether two secrets are the same, in a time that does not show where they differ."""
    return hmac.compare_digest(
        secret.encode("utf-8", "surrogateescape"), given.encode("utf-8", "surrogateescape")
    )
