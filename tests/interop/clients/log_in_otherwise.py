# pyright: reportMissingImports=false
"""Lists the images after a login that takes more than a password: `log_in_otherwise.py HOW`.

    receipt       the password, then a one-time passcode with the receipt of the 401
    at-once       both in one request
    federated     an access token of the identity provider

Environment: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, PASSCODE, OS_ACCESS_TOKEN.
"""

import json
import os
import sys

from keystoneauth1.exceptions import MissingAuthMethods
from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from openstack.connection import Connection

URL = os.environ["OS_AUTH_URL"]
SCOPE = {"project_name": os.environ["OS_PROJECT_NAME"], "project_domain_name": "Default"}
USER = {"username": os.environ["OS_USERNAME"], "user_domain_name": "Default"}


def log_in(how: str) -> Session:
    """Return a session that has a token."""
    password = v3.PasswordMethod(password=os.environ["OS_PASSWORD"], **USER)
    passcode = v3.TOTPMethod(passcode=os.environ["PASSCODE"], **USER)
    if how == "federated":
        return Session(
            v3.OidcAccessToken(
                URL,
                identity_provider=os.environ["OS_IDENTITY_PROVIDER"],
                protocol=os.environ["OS_PROTOCOL"],
                access_token=os.environ["OS_ACCESS_TOKEN"],
                **SCOPE,
            )
        )
    if how == "at-once":
        return Session(v3.Auth(URL, [password, passcode], **SCOPE))
    return Session(
        v3.Auth(URL, [v3.ReceiptMethod(receipt=receipt_for(password)), passcode], **SCOPE)
    )


def receipt_for(password: v3.PasswordMethod) -> str:
    """Return the receipt that Keystone gives for the password alone."""
    try:
        Session(v3.Auth(URL, [password], **SCOPE)).get_token()
    except MissingAuthMethods as lacking:
        return str(lacking.receipt)
    raise AssertionError("the password was enough")


images = Connection(session=log_in(sys.argv[1]), region_name=os.environ["OS_REGION_NAME"])
sys.stdout.write(json.dumps([image.id for image in images.image.images()]))
