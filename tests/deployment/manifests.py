"""The Kubernetes manifests as kubectl renders them, which needs no cluster for that."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
KUBECTL = Path(sys.executable).parent / "kubectl"
KUBERNETES = ROOT / "deploy" / "kubernetes"
FOLDERS = ("base", "overlays/example")

Manifest = dict[str, Any]


@cache
def render(folder: str) -> list[Manifest]:
    """Return what would be applied."""
    done = subprocess.run(
        [str(KUBECTL), "kustomize", str(KUBERNETES / folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return list(yaml.safe_load_all(done.stdout))


def of_kind(kind: str, folder: str = "base") -> dict[str, Manifest]:
    """Return name -> manifest of a kind."""
    return {
        manifest["metadata"]["name"]: manifest
        for manifest in render(folder)
        if manifest["kind"] == kind
    }


def workloads(folder: str = "base") -> dict[str, Manifest]:
    return of_kind("Deployment", folder) | of_kind("StatefulSet", folder)


def pod_of(workload: Manifest) -> Manifest:
    pod: Manifest = workload["spec"]["template"]["spec"]
    return pod


def container_of(workload: Manifest) -> Manifest:
    """Return the one container of a workload's pods."""
    [container] = pod_of(workload)["containers"]
    found: Manifest = container
    return found


def labels_of(workload: Manifest) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    matched: dict[str, str] = selector.get("matchLabels", {})
    return matched.items() <= labels.items()
