"""Serve a real Glance on loopback, over a throw-away SQLite database or one that is named.

Without --keystone a stand-in for Keystone reads the identity out of the token: see identity.py.
Prints one line, `listening on http://127.0.0.1:PORT`, once GET /v2/images is answered; with
--certificate ` and https://127.0.0.1:PORT` follows. SIGTERM and SIGINT stop it. Run it through
scripts/glance, which installs what it needs.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import accounts

ORACLE = Path(__file__).parent
LOG_TAIL = 30

CONFIG = """\
[DEFAULT]
log_file = {log}
enabled_import_methods = []
enabled_backends = store:file
node_staging_uri = file://{state}/staging
[glance_store]
default_backend = store
[store]
filesystem_store_datadir = {state}/store
[os_glance_staging_store]
filesystem_store_datadir = {state}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {state}/tasks
[database]
connection = {database}
[paste_deploy]
flavor = {flavor}
config_file = {state}/paste.ini
[oslo_concurrency]
lock_path = {state}/lock
"""

# How Glance asks a Keystone whether a token is valid.
KEYSTONE_CONFIG = """\
[keystone_authtoken]
www_authenticate_uri = {url}
auth_type = password
auth_url = {url}
username = {user.name}
password = {user.password}
project_name = service
user_domain_id = {domain}
project_domain_id = {domain}
"""

# Glance's own pipeline for Keystone; the flavor chooses between its authtoken and the stand-in.
PASTE = """\
[composite:glance-api-oracle]
paste.composite_factory = glance.api:root_app_factory
/: api
/healthcheck: healthcheck
[composite:glance-api-keystone]
paste.composite_factory = glance.api:root_app_factory
/: api
/healthcheck: healthcheck
[composite:api]
paste.composite_factory = glance.api:pipeline_factory
oracle = cors http_proxy_to_wsgi versionnegotiation osprofiler identity context rootapp
keystone = cors http_proxy_to_wsgi versionnegotiation osprofiler authtoken context rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[app:healthcheck]
paste.app_factory = oslo_middleware:Healthcheck.app_factory
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
oslo_config_project = glance
oslo_config_program = glance-api
[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware:HTTPProxyToWSGI.factory
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:osprofiler]
paste.filter_factory = osprofiler.web:WsgiMiddleware.factory
[filter:identity]
paste.filter_factory = identity:filter_factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
"""


def main() -> int:
    """Run a Glance until a signal, or the end of --parent, stops it; return the exit status."""
    options = parse_arguments()
    stop = stop_on_signals()
    if options.parent:
        threading.Thread(target=watch_parent, args=(options.parent,), daemon=True).start()
    out, err = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(2), "w")
    state = (options.state or Path(tempfile.mkdtemp(prefix="glance-"))).resolve()
    try:
        log = write_config(state, options.keystone, options.database)
        send_output_to(log)
        urls = serve(options)
        print(f"listening on {' and '.join(urls)}", file=out, flush=True)
        stop.wait()
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, its user needs the log with it
        report_failure(error, state / "glance.log", err)
        return 1
    except SystemExit:
        return 0
    finally:
        ignore_signals()
        if options.state is None:
            shutil.rmtree(state, ignore_errors=True)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="glance", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free port")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FILE",
        help="NDJSON, one image on each line; direct_url and locations are left out",
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep database and log there")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="an empty database in place of SQLite, as SQLAlchemy names it: "
        "mysql+pymysql://root@127.0.0.1/glance, postgresql://...; their drivers are not installed",
    )
    parser.add_argument(
        "--keystone", metavar="URL", help="validate tokens at this Keystone (see scripts/keystone)"
    )
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="answer HTTPS too, with this certificate and key",
    )
    parser.add_argument("--secure-port", type=int, default=0, help="the port of HTTPS")
    parser.add_argument("--parent", type=int, metavar="PID", help="stop when that process is gone")
    return parser.parse_args()


def stop_on_signals() -> threading.Event:
    """Make SIGTERM and SIGINT end the program with status 0 wherever it stands."""
    stop = threading.Event()

    def leave(number: int, frame: object) -> None:
        stop.set()  # in case something swallows the SystemExit while Glance is starting
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    return stop


def ignore_signals() -> None:
    """Let the clean-up run to its end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def watch_parent(pid: int) -> None:
    """Stop this process once the given one is gone."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        time.sleep(0.5)


def write_config(state: Path, keystone: str | None, database: str | None) -> Path:
    """Fill the state folder and return the path of the log."""
    for folder in ("staging", "store", "tasks", "lock"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    log = state / "glance.log"
    flavor = "keystone" if keystone else "oracle"
    database = database or f"sqlite:///{state}/glance.sqlite"
    config = CONFIG.format(state=state, log=log, flavor=flavor, database=database)
    if keystone:
        config += KEYSTONE_CONFIG.format(
            url=keystone, user=accounts.GLANCE, domain=accounts.DOMAIN_ID
        )
    (state / "glance-api.conf").write_text(config)
    (state / "paste.ini").write_text(PASTE)
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(state)
    return log


def send_output_to(log: Path) -> None:
    """Send all that Glance prints to the log: stdout is for one line only."""
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


def serve(options: argparse.Namespace) -> list[str]:
    """Make the database, load the images, serve them in threads; return the URLs that answer."""
    make_database()
    if options.images is not None:
        # Imports Glance, which wants its configuration first.
        from load_images import load_images

        load_images(options.images)

    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server
    from glance.wsgi.api import application

    servers = {"http": Server(("127.0.0.1", options.port), application, numthreads=4)}
    if options.certificate:
        secure = Server(("127.0.0.1", options.secure_port), application, numthreads=4)
        secure.ssl_adapter = BuiltinSSLAdapter(options.certificate, options.certificate)
        servers["https"] = secure
    for server in servers.values():
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
    # With a Keystone the list is refused, as no token is sent.
    check_health(servers["http"].bind_addr[1], 401 if options.keystone else 200)
    return [f"{scheme}://127.0.0.1:{one.bind_addr[1]}" for scheme, one in servers.items()]


def make_database() -> None:
    """Do what `glance-manage db sync` does; a database that is up to date stays as it is."""
    from glance.cmd.manage import DbCommands
    from glance.common import config

    config.set_config_defaults()
    config.CONF(
        [],
        project="glance",
        prog="glance-api",
        default_config_files=[os.environ["OS_GLANCE_CONFIG_DIR"] + "/glance-api.conf"],
    )
    try:
        DbCommands().sync()
    except SystemExit as error:  # its way of saying "nothing to do", and of failing
        if error.code:
            raise RuntimeError(f"db sync: {error.code}") from error


def check_health(port: int, status: int) -> None:
    """Raise unless the list has the status: 401 with a Keystone, as no token is sent then."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-Auth-Token": "health"} if status == 200 else {}
    connection.request("GET", "/v2/images", headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != status:
        raise RuntimeError(f"GET /v2/images answered {response.status}: {body!r}")


def report_failure(error: Exception, log: Path, err: IO[str], what: str = "glance") -> None:
    """Show the end of a service's log and, last, what went wrong."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    for line in lines[-LOG_TAIL:]:
        print(line, file=err)
    print(f"{what} did not start: {error}", file=err, flush=True)


if __name__ == "__main__":
    # Glance's and cheroot's threads would hold up an ordinary exit; there is nothing left to save.
    os._exit(main())
