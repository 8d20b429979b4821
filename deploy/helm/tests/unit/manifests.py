"""Helpers for manifests."""

from collections.abc import Iterator, Sequence
from typing import Any

from calendar_helm.rendering import Manifest


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    return [each for each in manifests if each["kind"] in kinds]


def the(manifests: Sequence[Manifest], kind: str, component: str) -> Manifest:
    """Return the only manifest of a kind and component."""
    [found] = [each for each in of_kind(manifests, kind) if component_of(each) == component]
    return found


def component_of(manifest: Manifest) -> str:
    labels: dict[str, str] = manifest["metadata"]["labels"]
    return labels["app.kubernetes.io/component"]


def pod_templates(manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, dict[str, Any]]]:
    """Yield each manifest that creates pods, with its pod template."""
    for each in manifests:
        if each["kind"] == "Pod":
            yield each, each
        elif "template" in each.get("spec", {}):
            yield each, each["spec"]["template"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def all_containers(manifests: Sequence[Manifest]) -> list[dict[str, Any]]:
    return [each for _, pod in pod_templates(manifests) for each in containers(pod)]


def environment(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def secret_of(manifests: Sequence[Manifest], component: str, container: str, variable: str) -> Any:
    pod = the(manifests, "Deployment", component)["spec"]["template"]
    [found] = [each for each in containers(pod) if each["name"] == container]
    reference = environment(found)[variable]["secretKeyRef"]
    return reference["name"], reference["key"]


def hook_pod(manifests: Sequence[Manifest], hook: str) -> Manifest:
    """Return the pod of a Helm hook."""
    [found] = [
        each
        for each in of_kind(manifests, "Pod")
        if each["metadata"]["annotations"]["helm.sh/hook"] == hook
    ]
    return found
