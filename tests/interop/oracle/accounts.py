"""The projects, users, roles and the application credential of the real Keystone for tests.

Project ids are those that the images of the tests are owned by. Every name, id and password is
made up, and valid only at a Keystone on loopback that ends with its test.
"""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN_ID, DOMAIN_NAME = "default", "Default"
REGION = "RegionOne"
SECURE_REGION = "RegionTwo"
"""The region whose endpoints are HTTPS, if the services have a certificate."""

# Each role comes with the roles that it implies; Glance's policies ask for the lowest.
ROLES = ("reader", "member", "manager", "admin", "service")
IMPLIES = {"member": "reader", "manager": "member", "admin": "manager"}

PROJECTS = {
    "demo": "a" * 32,
    "team": "b" * 32,
    "admin": "c" * 32,
    "service": "d" * 32,
}


@dataclass(frozen=True)
class User:
    """A user with a password, and the roles that it has in projects."""

    name: str
    password: str
    roles: tuple[tuple[str, str], ...]
    """Pairs of project and role."""
    totp: str = ""
    """The base32 secret of one-time passcodes, without which the password is not enough."""


MEMBER = User("dana", "dana-password", (("demo", "member"), ("team", "reader")))
READER = User("remy", "remy-password", (("demo", "reader"),))
TEAM_MEMBER = User("taro", "taro-password", (("team", "member"),))
ADMIN = User("admin", "admin-password", (("admin", "admin"), ("demo", "admin")))
GLANCE = User("glance", "glance-password", (("service", "service"), ("service", "admin")))
"""The account by which Glance asks Keystone whether a token is valid."""

TWO_FACTORS = User("mira", "mira-password", (("demo", "member"),), totp="JBSWY3DPEHPK3PXP" * 2)

USERS = (MEMBER, READER, TEAM_MEMBER, ADMIN, GLANCE, TWO_FACTORS)

IDENTITY_PROVIDER, PROTOCOL, ISSUER = "company", "openid", "https://login.example"
ACCESS_TOKENS = {"access-token-of-fran": "fran"}
"""Access tokens of the identity provider, and the names that they are for."""


@dataclass(frozen=True)
class ApplicationCredential:
    """A credential of a user for one project, which logs in without a password."""

    id: str
    name: str
    secret: str
    user: User
    project: str
    roles: tuple[str, ...]
    """All that its tokens have: roles that these imply are not added."""


APPLICATION_CREDENTIAL = ApplicationCredential(
    "e" * 32, "ci", "application-credential-secret", MEMBER, "demo", ("member", "reader")
)
