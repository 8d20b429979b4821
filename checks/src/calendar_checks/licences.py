"""`python -m calendar_checks.licences`: writes docs/licences.md, of all that runs in the services.

The licences are what the packages say of themselves, read where `make install` has put them.
"""

from importlib.metadata import Distribution, distributions
from typing import Final

from packaging.utils import canonicalize_name

from calendar_checks import locks
from calendar_checks.projects import ROOT, SERVICES, Project

DOCUMENT: Final = ROOT / "docs/licences.md"

_HEAD: Final = """# Licences

Calendar is under the [MIT licence](../LICENSE). These packages run in its services, each
with the licence that it names. `make licences` regenerates the list, and a test compares it with the
locks. The images also contain Debian and Python: their licences are in `/usr/share/doc` and
`/usr/local/lib/python3.*/LICENSE.txt` of the image.

| package | version | licence | runs in |
| --- | --- | --- | --- |
"""


def document() -> str:
    """The document as it should be.

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
                raise LookupError(f"{service} has no {pin.requirement}: make install")
            found[package] = licence(installed[package])
            used_by.setdefault(package, []).append(service.folder.name)
    rows = [
        f"| {name} | {version} | {found[name, version]} | {', '.join(services)} |\n"
        for (name, version), services in sorted(used_by.items())
    ]
    return _HEAD + "".join(rows)


def licence(distribution: Distribution) -> str:
    """A package's licence: its SPDX expression, or what older packages have in its place.

    Raises:
        LookupError: it names none.
    """

    def all_of(field: str) -> list[str]:
        return distribution.metadata.get_all(field, [])

    classifiers = [each for each in all_of("Classifier") if each.startswith("License :: ")]
    found = (
        all_of("License-Expression")
        # Some have the whole text there.
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
