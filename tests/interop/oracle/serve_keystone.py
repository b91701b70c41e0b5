"""Serve a real Keystone on loopback, with Fernet tokens, over a throw-away SQLite database.

Prints one line, `listening on http://127.0.0.1:PORT`, once GET /v3 is answered; with --certificate
` and https://127.0.0.1:PORT` follows. SIGTERM and SIGINT stop it. Run it through scripts/keystone,
which installs what it needs. accounts.py has its users, and --help shows them.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import accounts
from serve_glance import (
    ignore_signals,
    report_failure,
    send_output_to,
    stop_on_signals,
    watch_parent,
)

CONFIG = """\
[DEFAULT]
log_file = {log}
[auth]
methods = password,token,application_credential,totp,mapped,openid
[totp]
included_previous_windows = 10
[federation]
remote_id_attribute = OIDC-iss
[database]
connection = sqlite:///{state}/keystone.sqlite
[fernet_tokens]
key_repository = {state}/fernet
[fernet_receipts]
key_repository = {state}/fernet
[credential]
key_repository = {state}/credential
[identity]
password_hash_rounds = 4
[cache]
enabled = false
[oslo_concurrency]
lock_path = {state}/lock
"""


def main() -> int:
    """Run a Keystone until a signal, or the end of --parent, stops it; return the exit status."""
    options = parse_arguments()
    stop = stop_on_signals()
    if options.parent:
        threading.Thread(target=watch_parent, args=(options.parent,), daemon=True).start()
    out, err = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(2), "w")
    state = Path(tempfile.mkdtemp(prefix="keystone-")).resolve()
    try:
        send_output_to(state / "keystone.log")
        urls = serve(state, options)
        print(f"listening on {' and '.join(urls)}", file=out, flush=True)
        stop.wait()
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, its user needs the log with it
        report_failure(error, state / "keystone.log", err, "keystone")
        return 1
    except SystemExit:
        return 0
    finally:
        ignore_signals()
        shutil.rmtree(state, ignore_errors=True)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="keystone",
        description=__doc__.split("\n")[0],
        epilog=_users_in_words(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free port")
    parser.add_argument(
        "--image-url",
        metavar="URL",
        default="http://127.0.0.1:9292",
        help="where the catalog says the image service is (default: %(default)s)",
    )
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="answer HTTPS too, with this certificate and key; the catalog gets a second region",
    )
    parser.add_argument(
        "--secure-image-url",
        metavar="URL",
        help="where the second region has the image service",
    )
    parser.add_argument("--parent", type=int, metavar="PID", help="stop when that process is gone")
    return parser.parse_args()


def _users_in_words() -> str:
    lines = []
    for user in accounts.USERS:
        roles = ", ".join(f"{role} in {project}" for project, role in user.roles)
        lines.append(f"  {user.name:8}{user.password:18}{roles}")
    return "\n".join(
        [
            f"users of the domain {accounts.DOMAIN_NAME}, their passwords and roles in projects:",
            *lines,
            "",
            "with a real Glance, in two terminals:",
            "  scripts/keystone --port 5000 --image-url http://127.0.0.1:9292",
            "  scripts/glance --port 9292 --keystone http://127.0.0.1:5000",
        ]
    )


def serve(state: Path, options: argparse.Namespace) -> list[str]:
    """Make the database, fill it, serve it in threads; return the URLs that answer."""
    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server

    # The ports are bound before Keystone is loaded, as the catalog has to name them.
    servers = [Server(("127.0.0.1", options.port), not_ready, numthreads=4)]
    if options.certificate:
        secure = Server(("127.0.0.1", 0), not_ready, numthreads=4)
        secure.ssl_adapter = BuiltinSSLAdapter(options.certificate, options.certificate)
        servers.append(secure)
    urls = []
    for server, scheme in zip(servers, ("http", "https"), strict=False):
        server.prepare()
        urls.append(f"{scheme}://127.0.0.1:{server.bind_addr[1]}")
    write_config(state)
    application = load(state)

    # Imports Keystone's managers, which have to be loaded first.
    from seed_keystone import seed

    regions = (accounts.REGION, accounts.SECURE_REGION)[: len(urls)]
    images = (options.image_url, options.secure_image_url or options.image_url)
    identity = {region: f"{url}/v3" for region, url in zip(regions, urls, strict=True)}
    image = dict(zip(regions, images, strict=False))
    seed({"identity": ("keystone", identity), "image": ("glance", image)})
    for server in servers:
        server.wsgi_app = with_access_tokens(application)
        threading.Thread(target=server.serve, daemon=True).start()
    check_health(servers[0].bind_addr[1])
    return urls


def not_ready(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Refuse a request: nothing is served before Keystone is loaded."""
    start_response("503 Service Unavailable", [])
    return []


def with_access_tokens(application: Any) -> Any:
    """Do what Apache's mod_auth_openidc does before Keystone sees a federated login."""
    path = f"/OS-FEDERATION/identity_providers/{accounts.IDENTITY_PROVIDER}/"

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        if path in environ["PATH_INFO"]:
            token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
            if token not in accounts.ACCESS_TOKENS:
                start_response("401 Unauthorized", [])
                return []
            name = accounts.ACCESS_TOKENS[token]
            environ |= {"OIDC-iss": accounts.ISSUER, "OIDC-preferred_username": name}
        return application(environ, start_response)

    return answer


def write_config(state: Path) -> None:
    """Fill the state folder."""
    for folder in ("fernet", "credential", "lock"):
        (state / folder).mkdir(mode=0o700)
    config = state / "keystone.conf"
    config.write_text(CONFIG.format(state=state, log=state / "keystone.log"))


def load(state: Path) -> Any:
    """Return Keystone's WSGI application, over a new database and new keys."""
    from keystone.server.flask import core

    sys.argv[1:] = []  # our own options, which Keystone would try to read
    return core.initialize_application(
        "public", make_database_and_keys, [str(state / "keystone.conf")]
    )


def make_database_and_keys() -> None:
    """Do what `keystone-manage db_sync`, `fernet_setup` and `credential_setup` do."""
    import keystone.conf
    from keystone.common import fernet_utils
    from keystone.common.sql import upgrades

    upgrades.offline_sync_database_to_version()
    conf = keystone.conf.CONF
    for group, most in (("fernet_tokens", conf.fernet_tokens.max_active_keys), ("credential", 3)):
        keys = fernet_utils.FernetUtils(getattr(conf, group).key_repository, most, group)
        keys.initialize_key_repository()


def check_health(port: int) -> None:
    """Raise unless the version document is given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/v3")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"GET /v3 answered {response.status}: {body!r}")


if __name__ == "__main__":
    # Keystone's and cheroot's threads would hold up an ordinary exit; there is nothing to save.
    os._exit(main())
