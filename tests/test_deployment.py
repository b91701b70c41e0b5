"""The files that scripts/deploy gives to a container engine and to Kubernetes, as they are read."""

from typing import Any

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
