# pyright: reportMissingImports=false
"""The operations with Ansible's `openstack.cloud.image_info`: one playbook has them as tasks."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from operations import IDS, LOGIN, PLAN, Refused, perform

HOME = Path(PLAN["results"]).parent
FOUND = HOME / "found.json"
COLLECTION = "openstack.cloud"
ANSIBLE = Path(sys.prefix).parent / "ansible"
"""A virtual environment of its own; see requirements-ansible.txt."""


def login(username: str) -> dict[str, Any]:
    """Return the arguments of a task that logs in."""
    auth = {
        "auth_url": PLAN["auth_url"],
        "username": username,
        "password": LOGIN["password"],
        "project_name": LOGIN["project_name"],
        "user_domain_id": "default",
        "project_domain_id": "default",
    }
    return {"auth": auth, "region_name": PLAN["region"]}


KNOWN = login(LOGIN["username"])
TASKS = {
    "list": KNOWN,
    "public": {**KNOWN, "filters": {"visibility": "public"}},
    "linux": {**KNOWN, "filters": {"properties": {"__os_type": "Linux"}}},
    "id": {**KNOWN, "name": IDS["known"]},
    "name": {**KNOWN, "name": PLAN["name"]},
    "unauthorized": login("nobody"),
    "missing": {**KNOWN, "name": IDS["unknown"]},
}
LISTS_ONLY = "It lists all images, and filters and finds them itself; it has no other operation."


def play() -> dict[str, Any]:
    """Run the tasks; return what each of them gave."""
    names = [name for name in PLAN["operations"] if name in TASKS]
    tasks: list[dict[str, Any]] = [
        {f"{COLLECTION}.image_info": TASKS[name], "register": name, "ignore_errors": True}
        for name in names
    ]
    content = "{{ {" + ", ".join(f"'{name}': {name}" for name in names) + "} | to_json }}"
    tasks.append({"ansible.builtin.copy": {"content": content, "dest": str(FOUND)}})
    playbook = HOME / "play.yml"  # JSON is YAML
    variables = {"ansible_python_interpreter": str(ANSIBLE / "bin" / "python")}
    playbook.write_text(
        json.dumps(
            [
                {
                    "hosts": "localhost",
                    "connection": "local",
                    "gather_facts": False,
                    "vars": variables,
                    "tasks": tasks,
                }
            ]
        )
    )
    command = [str(ANSIBLE / "bin" / "ansible-playbook"), "-i", "localhost,"]
    env = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(ANSIBLE / "collections"),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [*command, str(playbook)], env=env, capture_output=True, text=True, check=False
    )
    if not FOUND.exists():
        raise Refused(None, done.stdout + done.stderr)
    found: dict[str, Any] = json.loads(FOUND.read_text("utf-8"))
    return found


FOUND_BY_TASK = play()
MANIFEST = ANSIBLE / "collections/ansible_collections/openstack/cloud/MANIFEST.json"
RELEASE = json.loads(MANIFEST.read_text("utf-8"))["collection_info"]["version"]


def images(name: str) -> list[dict[str, Any]]:
    """Return the images that a task found. Raises Refused with what it says."""
    result = FOUND_BY_TASK[name]
    if result.get("failed"):
        raise Refused(401 if "401" in result["msg"] else None, result["msg"])
    found: list[dict[str, Any]] = result["images"]
    return found


def ids(name: str) -> list[str]:
    """Return their ids."""
    return sorted(image["id"] for image in images(name))


def missing() -> None:
    """No image is what it says of one that is not there."""
    if not images("missing"):
        raise Refused(404, "no image")


perform(
    RELEASE,
    {
        **{name: lambda name=name: ids(name) for name in ("list", "public", "linux", "name")},
        "id": lambda: images("id")[0]["name"],
        "unauthorized": lambda: images("unauthorized"),
        "missing": missing,
    },
    notes=["Its release 2.5 needs an openstacksdk before 4.5."],
    cannot=dict.fromkeys(("sort", "walk", "members", "pending", "bad", "create"), LISTS_ONLY),
)
