"""What Keystone shows: versions, tokens with their catalog, and projects."""

from collections.abc import Iterable
from typing import Any

from glancetape_cassettes.cloud.identity.accounts import Accounts, Domain, Project, id_from
from glancetape_cassettes.cloud.identity.tokens import Token

Document = dict[str, Any]

_INTERFACES = ("public", "internal", "admin")


def version(base: str) -> Document:
    """Return what `GET /v3` shows of the version; `base` is the address that the client used."""
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{base}/v3/"}],
        "media-types": [
            {
                "base": "application/json",
                "type": "application/vnd.openstack.identity-v3+json",
            }
        ],
    }


def token(one: Token, base: str, origin: str, accounts: Accounts, *, catalog: bool) -> Document:
    """Return what a login shows of its token."""
    domain = _domain(accounts.domain)
    shown: Document = {
        "methods": list(one.methods),
        "user": {
            "domain": domain,
            "id": one.user.id,
            "name": one.user.name,
            "password_expires_at": None,
        },
        "audit_ids": list(one.audit_ids),
        "expires_at": one.expires_at,
        "issued_at": one.issued_at,
    }
    if one.project is not None:
        project = {"domain": domain, "id": one.project.id, "name": one.project.name}
        shown |= {"project": project, "is_domain": False}
    if one.domain is not None:
        shown |= {"domain": _domain(one.domain)}
    if one.project is not None or one.domain is not None:
        shown["roles"] = [{"id": id_from("role", role), "name": role} for role in one.roles]
        if catalog:
            shown["catalog"] = services(one.region, base, origin)
    if one.credential is not None:
        shown["application_credential"] = {
            "id": one.credential.id,
            "name": one.credential.name,
            "restricted": True,
        }
    return {"token": shown}


def services(region: str, base: str, origin: str) -> list[Document]:
    """Return the catalog: Keystone at `base`, and the image service at the same host."""
    return [
        _service("identity", "keystone", f"{base}/v3", region),
        _service("image", "glance", origin, region),
    ]


def _service(kind: str, name: str, url: str, region: str) -> Document:
    endpoints = [
        {
            "id": id_from("endpoint", kind, interface),
            "interface": interface,
            "region_id": region,
            "url": url,
            "region": region,
        }
        for interface in _INTERFACES
    ]
    return {"endpoints": endpoints, "id": id_from("service", kind), "type": kind, "name": name}


def projects(all_of_them: Iterable[Project], link: str, base: str, domain: Domain) -> Document:
    """Return a list of projects; `link` is where it is."""
    return {
        "projects": [project(one, base, domain) for one in all_of_them],
        "links": {"next": None, "self": link, "previous": None},
    }


def project(one: Project, base: str, domain: Domain) -> Document:
    """Return a project."""
    return {
        "id": one.id,
        "name": one.name,
        "domain_id": domain.id,
        "description": "",
        "enabled": True,
        "parent_id": domain.id,
        "is_domain": False,
        "tags": [],
        "options": {},
        "links": {"self": f"{base}/v3/projects/{one.id}"},
    }


def _domain(domain: Domain) -> Document:
    return {"id": domain.id, "name": domain.name}
