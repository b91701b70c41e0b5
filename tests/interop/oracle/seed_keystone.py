"""Fill an empty Keystone with the accounts of the tests and a catalog.

Keystone's own managers write everything, as `keystone-manage bootstrap` does.
"""

from __future__ import annotations

import uuid
from typing import Any

from accounts import (
    APPLICATION_CREDENTIAL,
    DOMAIN_ID,
    DOMAIN_NAME,
    IDENTITY_PROVIDER,
    IMPLIES,
    ISSUER,
    MEMBER,
    PROJECTS,
    PROTOCOL,
    ROLES,
    USERS,
)
from keystone.common import provider_api

API = provider_api.ProviderAPIs
INTERFACES = ("public", "internal", "admin")


def seed(services: dict[str, tuple[str, dict[str, str]]]) -> None:
    """Write accounts and catalog; a service's type has its name and its URL by region."""
    API.resource_api.create_domain(
        DOMAIN_ID, {"id": DOMAIN_ID, "name": DOMAIN_NAME, "enabled": True, "description": ""}
    )
    roles = {name: make_role(name)["id"] for name in ROLES}
    for role, implied in IMPLIES.items():
        API.role_api.create_implied_role(roles[role], roles[implied])
    for name, project_id in PROJECTS.items():
        project = {"id": project_id, "name": name, "domain_id": DOMAIN_ID, "enabled": True}
        API.resource_api.create_project(project_id, project)
    users = {user.name: make_user(user, roles) for user in USERS}
    make_application_credential(users, roles)
    make_identity_provider()
    for region in {region for _, urls in services.values() for region in urls}:
        API.catalog_api.create_region({"id": region, "description": ""})
    for kind, (name, urls) in services.items():
        make_service(kind, name, urls)


def make_role(name: str) -> dict[str, Any]:
    """Return a new role."""
    role_id = uuid.uuid4().hex
    return API.role_api.create_role(role_id, {"id": role_id, "name": name})


def make_user(user: Any, roles: dict[str, str]) -> str:
    """Return the id of a new user that has its roles."""
    options = {"multi_factor_auth_rules": [["password", "totp"]]} if user.totp else {}
    made = API.identity_api.create_user(
        {
            "name": user.name,
            "password": user.password,
            "domain_id": DOMAIN_ID,
            "default_project_id": PROJECTS[user.roles[0][0]],
            "options": options,
        }
    )
    if user.totp:
        credential = {"id": uuid.uuid4().hex, "user_id": made["id"], "project_id": None}
        API.credential_api.create_credential(
            credential["id"], {**credential, "type": "totp", "blob": user.totp}
        )
    for project, role in user.roles:
        API.assignment_api.add_role_to_user_and_project(made["id"], PROJECTS[project], roles[role])
    return made["id"]


def make_application_credential(users: dict[str, str], roles: dict[str, str]) -> None:
    """Make the one application credential."""
    credential = APPLICATION_CREDENTIAL
    API.application_credential_api.create_application_credential(
        {
            "id": credential.id,
            "name": credential.name,
            "secret": credential.secret,
            "user_id": users[credential.user.name],
            "project_id": PROJECTS[credential.project],
            "roles": [{"id": roles[role]} for role in credential.roles],
            "unrestricted": False,
        }
    )


def make_identity_provider() -> None:
    """Make the identity provider whose users are members of the first project of MEMBER."""
    project, role = MEMBER.roles[0]
    API.federation_api.create_idp(
        IDENTITY_PROVIDER, {"domain_id": DOMAIN_ID, "enabled": True, "remote_ids": [ISSUER]}
    )
    granted = {"name": project, "roles": [{"name": role}]}
    rule = {
        "local": [{"user": {"name": "{0}"}, "projects": [granted]}],
        "remote": [{"type": "OIDC-preferred_username"}],
    }
    API.federation_api.create_mapping(IDENTITY_PROVIDER, {"rules": [rule]})
    API.federation_api.create_protocol(
        IDENTITY_PROVIDER, PROTOCOL, {"mapping_id": IDENTITY_PROVIDER}
    )


def make_service(kind: str, name: str, urls: dict[str, str]) -> None:
    """Make a service that has the same URL for all interfaces of a region."""
    service_id = uuid.uuid4().hex
    API.catalog_api.create_service(
        service_id, {"id": service_id, "type": kind, "name": name, "enabled": True}
    )
    for region, url in urls.items():
        for interface in INTERFACES:
            endpoint_id = uuid.uuid4().hex
            API.catalog_api.create_endpoint(
                endpoint_id,
                {
                    "id": endpoint_id,
                    "interface": interface,
                    "region_id": region,
                    "service_id": service_id,
                    "url": url,
                    "enabled": True,
                },
            )
