"""The files that scripts/deploy gives to a container engine and to Kubernetes, as they are read."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.running.processes import ROOT

DEPLOY = ROOT / "scripts" / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def test_the_manifests_name_each_other() -> None:
    """The service and the autoscaler find the deployment."""
    by_kind: dict[str, dict[str, Any]] = {
        one["kind"]: one for file in MANIFESTS for one in [yaml.safe_load(file.read_text("utf-8"))]
    }
    pod = by_kind["Deployment"]["spec"]["template"]

    assert by_kind["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    target = by_kind["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert by_kind["Deployment"]["metadata"]["name"] == target["name"]
    (port,) = by_kind["Service"]["spec"]["ports"]
    names = {one["name"] for one in pod["spec"]["containers"][0]["ports"]}
    assert port["targetPort"] in names


def test_containers_run_confined() -> None:
    """Not as root, with a root file system that is only read, and a health check."""
    pod = yaml.safe_load((DEPLOY / "kubernetes" / "deployment.yaml").read_text("utf-8"))
    containers = pod["spec"]["template"]["spec"]
    for one in (*containers["initContainers"], *containers["containers"]):
        assert one["securityContext"]["readOnlyRootFilesystem"]
        assert not one["securityContext"]["allowPrivilegeEscalation"]
    assert containers["securityContext"]["runAsNonRoot"]
    replica = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["replica"]
    assert replica["read_only"]
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert "USER 10001:10001" in lines


def test_the_image_is_built_from_files_that_are_there() -> None:
    """Each COPY from the clone."""
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    sources = [
        name
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]

    assert "pyproject.toml" in sources
    assert [] == [name for name in sources if not (ROOT / name).exists()]


def generated(folder: Path, **environment: str) -> tuple[str, str]:
    """Where `start` puts temporary files, and the set that it generates."""
    program = folder / "glancetape"
    program.write_text('#!/bin/sh\necho "$TMPDIR"\nfor last; do :; done\necho "$last"\n', "utf-8")
    program.chmod(0o755)
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "DATA": str(folder), **environment}
    inherited = {name: os.environ[name] for name in os.environ if name != "TMPDIR"}
    printed = subprocess.check_output(
        [DEPLOY / "start", "generate"], env=inherited | own, text=True
    )
    temporary, made = printed.splitlines()
    return temporary, made


def test_a_container_writes_only_into_the_folder_of_its_set(tmp_path: Path) -> None:
    """Its root file system may be read-only, with nothing mounted but that folder."""
    temporary, made = generated(tmp_path)

    assert str(tmp_path) == temporary
    assert tmp_path == Path(made).parent


@pytest.mark.parametrize("name", ["COUNT", "SEED", "SPEC"])
def test_a_kept_folder_never_has_the_set_of_other_settings(tmp_path: Path, name: str) -> None:
    """Each of the three has a part in the name of the set."""
    values = {"COUNT": ("10", "20"), "SEED": ("1", "2"), "SPEC": ("tenant", "/spec/own.yaml")}

    assert len({generated(tmp_path, **{name: value})[1] for value in values[name]}) == 2
