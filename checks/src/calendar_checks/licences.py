"""`python -m calendar_checks.licences`: write docs/licences.md for all packages in the services.

The licences come from the metadata of the installed packages.
"""

from importlib.metadata import Distribution, distributions
from typing import Final

from packaging.utils import canonicalize_name

from calendar_checks import locks
from calendar_checks.projects import ROOT, SERVICES, Project

DOCUMENT: Final = ROOT / "docs/licences.md"

_HEAD: Final = """# Licences

Calendar is under the [MIT licence](../LICENSE). These packages run in its services, each
with the licence that it names. `make licences` regenerates it, and a test compares it with the
locks. The images also contain Debian and Python: their licences are in `/usr/share/doc` and
`/usr/local/lib/python3.*/LICENSE.txt` of the image.

| package | version | licence | runs in |
| --- | --- | --- | --- |
"""


def document() -> str:
    """Return the generated document.

    Raises:
        LookupError: a locked version is not installed, or does not name its licence.
    """
    used_by: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[str, str], str] = {}
    for service in SERVICES:
        installed = _installed(service)
        for pin in locks.read(service.folder / "requirements.lock"):
            package = (pin.name, pin.version)
            if package not in installed:
                raise LookupError(f"{pin.requirement} is not installed in {service}: make install")
            found[package] = licence(installed[package])
            used_by.setdefault(package, []).append(service.folder.name)
    rows = [
        f"| {name} | {version} | {found[name, version]} | {', '.join(services)} |\n"
        for (name, version), services in sorted(used_by.items())
    ]
    return _HEAD + "".join(rows)


def licence(distribution: Distribution) -> str:
    """Return a package's licence: its SPDX expression, or the older metadata fields.

    Raises:
        LookupError: the package names no licence.
    """

    def all_of(field: str) -> list[str]:
        return distribution.metadata.get_all(field, [])

    classifiers = [each for each in all_of("Classifier") if each.startswith("License :: ")]
    found = (
        all_of("License-Expression")
        # Some packages put the whole text there.
        or [each for each in all_of("License") if "\n" not in each]
        or [each.rpartition(" :: ")[2] for each in classifiers]
    )
    if not found:
        raise LookupError(f"{distribution.name} names no licence")
    return ", ".join(found)


def _installed(project: Project) -> dict[tuple[str, str], Distribution]:
    folders = [str(folder) for folder in project.folder.glob(".venv/lib/python*/site-packages")]
    return {
        (canonicalize_name(each.name), each.version): each for each in distributions(path=folders)
    }


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(document())


if __name__ == "__main__":
    main()
