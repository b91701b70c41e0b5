"""Logging in: from what a client posts to a token, or to a refusal."""

from glancetape_cassettes.cloud.identity.accounts import (
    ROLES,
    Accounts,
    ApplicationCredential,
    Named,
    Project,
    User,
    is_same,
)
from glancetape_cassettes.cloud.identity.login import (
    CREDENTIAL,
    NO_TOKEN,
    PASSWORD,
    TOKEN,
    KeystoneRefused,
    Login,
    unauthorized,
)
from glancetape_cassettes.cloud.identity.tokens import Token, Tokens
from glancetape_cassettes.lazy_regex import lazy_compile

# As Huawei Cloud and its clones name regions: a continent or country, a direction, a number. Other
# words with a dash (`web-prod`) are names of projects.
_REGION = lazy_compile(
    r"((?:ae|af|ap|cn|eu|la|me|my|na|ru|sa|tr)-(?:north|south|east|west|central){1,2}-\d+"
    r"|eu-(?:de|nl|ch2))(?:_.*)?\Z"
)
_DEFAULT_REGION = "RegionOne"


def log_in(login: Login, accounts: Accounts, tokens: Tokens) -> Token:
    """Return a new token for a login. Raises KeystoneRefused."""
    users: list[User | None] = []
    parent, credential = None, None
    methods = login.methods
    if PASSWORD in methods and login.user is not None:
        users.append(accounts.user(login.user, login.password))
    if TOKEN in methods:
        parent = tokens.find(login.token or "")
        users.append(parent.user if parent else _foreign(login.token, accounts, tokens))
        methods += tuple(one for one in parent.methods if one not in methods) if parent else ()
    if CREDENTIAL in methods and login.credential is not None:
        credential = _credential_of(login, login.credential, accounts)
        users.append(credential.user)
    user = users[0] if users else None
    if user is None or any(one is None or one.id != user.id for one in users):
        raise unauthorized()
    project = credential.project if credential else _project_of(login, user, parent, accounts)
    return tokens.issue(
        methods,
        user,
        project=project,
        domain=accounts.domain if login.scope.domain is not None else None,
        roles=ROLES[accounts.role(user, project)] if project is not None else (),
        region=region_of(project, accounts),
        credential=credential,
        parent=parent,
    )


def _foreign(token: str | None, accounts: Accounts, tokens: Tokens) -> User | None:
    """Return a user for a token that this session did not give out."""
    if accounts.is_open and token and not tokens.is_known(token):
        return accounts.user(Named(name="somebody"), "")
    raise KeystoneRefused(404, NO_TOKEN)


def _credential_of(login: Login, named: Named, accounts: Accounts) -> ApplicationCredential:
    found = accounts.credential(named, login.credential_user)
    if found is None:
        name = named.id or named.name
        raise KeystoneRefused(404, f"Could not find Application Credential: {name}.")
    if not accounts.is_open and not is_same(found.secret, login.credential_secret):
        raise unauthorized()
    if login.scope.is_explicit:
        why = "Application credentials cannot request a scope."
        raise KeystoneRefused(
            401, f"Error authenticating with application credential: {why}", identity={}
        )
    return found


def _project_of(
    login: Login, user: User, parent: Token | None, accounts: Accounts
) -> Project | None:
    scope = login.scope
    if scope.project is not None:
        project = accounts.project(scope.project, user)
        if project is None:
            raise unauthorized()
        return project
    if scope.is_other or (scope.domain is not None and not accounts.is_open):
        raise unauthorized()  # nobody has a role there
    if scope.is_explicit:
        return None
    return parent.project if parent is not None else accounts.default_project(user)


def region_of(project: Project | None, accounts: Accounts) -> str:
    """Return the region of the catalog. Projects of Huawei Cloud are named like their region."""
    if accounts.region is not None:
        return accounts.region
    found = _REGION.match(project.name) if project is not None else None
    return found[1] if found else _DEFAULT_REGION
