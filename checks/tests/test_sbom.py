"""The bill of materials lists the locked packages and the contracts."""

import json
from pathlib import Path

from packaging.utils import canonicalize_name

from calendar_checks import locks
from calendar_checks.projects import CONTRACTS, SERVICES
from calendar_checks.sbom import write_bom

STORER = SERVICES[2]


def test_bom_lists_packages_with_version_licence_and_dependencies(
    wheels: Path, tmp_path: Path
) -> None:
    file = write_bom(STORER, wheels, tmp_path)

    bom = json.loads(file.read_text())
    locked = {(pin.name, pin.version) for pin in locks.read(STORER.folder / "requirements.lock")}
    named = {(canonicalize_name(each["name"]), each["version"]) for each in bom["components"]}
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["metadata"]["component"]["name"] == STORER.name
    assert named == locked | {(CONTRACTS.name, CONTRACTS.version)}
    assert [each["name"] for each in bom["components"] if not each["licenses"]] == []
    (needed,) = (each for each in bom["dependencies"] if each["ref"] == "root-component")
    assert any(each.startswith("asyncpg==") for each in needed["dependsOn"])
    assert str(tmp_path) not in file.read_text()
