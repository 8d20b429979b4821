"""Controls the kind cluster through kubectl and helm."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

CHART: Final = Path(__file__).parents[2] / "calendar"
_TIMEOUT: Final = 900
"""Seconds, for one command; helm times out after twelve minutes."""


class CommandFailedError(AssertionError):
    """A command failed; the message is its output."""


class Cluster:
    """One release in one namespace of the cluster that `KIND_CLUSTER` names."""

    def __init__(self, *, release: str, namespace: str) -> None:
        self.release = release
        self.namespace = namespace
        self._context = f"kind-{os.environ['KIND_CLUSTER']}"

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl and return its output.

        Raises:
            CommandFailedError: the command failed.
        """
        where = ("--context", self._context, "--namespace", self.namespace)
        return _run("kubectl", *where, *arguments, stdin=stdin)

    def helm(self, *arguments: str) -> str:
        """Run helm and return its output.

        Raises:
            CommandFailedError: the command failed.
        """
        where = ("--kube-context", self._context, "--namespace", self.namespace)
        return _run("helm", *where, *arguments)

    def install(self, *options: str) -> None:
        """Install the chart and wait until it is ready."""
        self.helm("install", self.release, str(CHART), "--wait", "--timeout=12m", *options)

    def upgrade(self, *options: str) -> None:
        """Change some values of the release, keep the others, and wait until it is ready."""
        chart = (self.release, str(CHART))
        self.helm("upgrade", *chart, "--reuse-values", "--wait", "--timeout=12m", *options)

    def pods(self, component: str) -> list[dict[str, Any]]:
        """Return the pods of a component that are not terminating."""
        found = self.objects("pods", f"app.kubernetes.io/component={component}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def objects(self, kinds: str, labels: str = "") -> list[dict[str, Any]]:
        """Return all objects of the release of these kinds."""
        selector = f"app.kubernetes.io/instance={self.release}"
        if labels:
            selector += f",{labels}"
        output = self.kubectl("get", kinds, "--selector", selector, "--output", "json")
        items: list[dict[str, Any]] = json.loads(output)["items"]
        return items

    def api_url(self) -> str:
        """Return the URL of the API's node port."""
        [node] = json.loads(self.kubectl("get", "nodes", "--output", "json"))["items"]
        addresses = {each["type"]: each["address"] for each in node["status"]["addresses"]}
        service = json.loads(self.kubectl("get", "service", self.name("api"), "--output", "json"))
        return f"http://{addresses['InternalIP']}:{service['spec']['ports'][0]['nodePort']}"

    def name(self, component: str) -> str:
        """Return the name of a component's objects."""
        prefix = self.release if "calendar" in self.release else f"{self.release}-calendar"
        return f"{prefix}-{component}"

    def rows(self, query: str) -> list[str]:
        """Query the database of the release; one line per row.

        Raises:
            CommandFailedError: the database is unavailable.
        """
        psql = ("psql", "--username=calendar", "--no-align", "--tuples-only", "--command", query)
        return self.kubectl("exec", f"{self.name('postgres')}-0", "--", *psql).splitlines()

    def records(self, topic: str) -> list[dict[str, Any]]:
        """Return the JSON objects of a topic; other records are skipped."""
        consumer = (
            "/opt/kafka/bin/kafka-console-consumer.sh",
            *("--bootstrap-server", "localhost:9092", "--topic", topic),
            *("--from-beginning", "--timeout-ms", "20000"),
        )
        lines = self.kubectl("exec", f"{self.name('kafka')}-0", "--", *consumer).splitlines()
        return [document for line in lines if isinstance(document := _json(line), dict)]


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _run(*command: str, stdin: str | None = None) -> str:
    result = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # some scenarios write records that are not UTF-8
        timeout=_TIMEOUT,
        check=False,
    )
    if result.returncode:
        raise CommandFailedError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout
