"""`python -m calendar_checks.audit`: known vulnerabilities of what the locks name, by pip-audit.

What is let pass for a while stands in `allowed-vulnerabilities.toml`, with its reason and last day.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from calendar_checks import locks
from calendar_checks.projects import PROJECTS, ROOT

ALLOWED: Final = ROOT / "checks/allowed-vulnerabilities.toml"
LOCKS: Final = "requirements*.lock"
DEV_LOCK: Final = "requirements-dev.lock"
NOTHING_CHECKED: Final = (
    "The advisory service cannot be reached from here: NOTHING was checked for vulnerabilities."
)

# How pip-audit ends where the service does not answer: a sentence of its own, or a traceback.
_UNREACHABLE = re.compile(r"\w*(Connection|Proxy|SSL|Service)Error\b|\w*Timeout\b|may be blocking")


class AuditError(Exception):
    """The audit cannot be done; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """A vulnerability that is let pass up to and including a day."""

    id: str
    reason: str
    until: date


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """A known hole in a version that is locked; `ids` are all its names."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = self.ids
        names = f"{first} ({', '.join(others)})" if others else first
        mended = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "not fixed yet"
        return f"{self.package} {self.version}: {names}, {mended}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What pip-audit found out."""

    checked: int
    unknown: tuple[str, ...]
    """Packages that the advisory service does not know; all, where a mirror answers for it."""
    vulnerabilities: tuple[Vulnerability, ...]


def read_allowances(path: Path) -> list[Allowance]:
    """Read the list of what is let pass.

    Raises:
        AuditError: an entry is not complete.
    """
    entries = tomllib.loads(path.read_text()).get("allowed", [])
    try:
        allowances = [Allowance(**entry) for entry in entries]
    except TypeError as error:
        raise AuditError(f"{path.name}: an entry has id, reason and until: {error}") from None
    for each in allowances:
        if type(each.until) is not date or not each.reason:
            raise AuditError(f"{path.name}: {each.id} needs a reason, and a date as until")
    return allowances


def read_report(output: str, complaints: str) -> Report | None:
    """Read what pip-audit wrote to STDOUT and STDERR; None where it reached no service.

    Raises:
        AuditError: it failed for another reason.
    """
    if not output.strip():
        if _UNREACHABLE.search(complaints):
            return None
        raise AuditError(f"pip-audit failed:\n{complaints}")
    dependencies = json.loads(output)["dependencies"]
    audited = [each for each in dependencies if "vulns" in each]
    if not audited:
        return None
    return Report(
        checked=len(audited),
        unknown=tuple(each["name"] for each in dependencies if "vulns" not in each),
        vulnerabilities=tuple(
            Vulnerability(
                package=each["name"],
                version=each["version"],
                ids=(found["id"], *found["aliases"]),
                fixed_in=tuple(found["fix_versions"]),
            )
            for each in audited
            for found in each["vulns"]
        ),
    )


def faults(
    report: Report | None,
    allowances: Iterable[Allowance],
    *,
    today: date,
    locked_by: Mapping[tuple[str, str], Sequence[str]],
) -> list[str]:
    """What has to be done about it, a line each: vulnerabilities, and allowances that are over."""
    allowed = {each.id: each for each in allowances}
    lines = [
        f"{each.id} was let pass until {each.until} only ({each.reason}): {ALLOWED.name}"
        for each in allowed.values()
        if each.until < today
    ]
    for found in report.vulnerabilities if report else ():
        if allowed.keys().isdisjoint(found.ids):
            projects = ", ".join(locked_by.get((found.package, found.version), ["?"]))
            lines.append(f"{found}; locked by {projects}")
    return lines


def _pip_audit(files: Iterable[Path]) -> Report | None:
    result = subprocess.run(
        [
            Path(sys.executable).with_name("pip-audit"),
            *(argument for file in files for argument in ("--requirement", file)),
            # The locks are complete: nothing is resolved, and nothing is downloaded but advisories.
            *("--require-hashes", "--disable-pip"),
            *("--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return read_report(result.stdout, result.stderr)


def _locked_by() -> dict[tuple[str, str], list[str]]:
    """The projects that lock a version, for each name and version."""
    found: dict[tuple[str, str], list[str]] = {}
    for project in PROJECTS:
        # What runs is among what tests need, too.
        for pin in {(pin.name, pin.version) for pin in locks.read(project.folder / DEV_LOCK)}:
            found.setdefault(pin, []).append(str(project))
    return found


def main() -> None:
    """Audit every lock; exit code 1 where something has to be done."""
    files = [file for project in PROJECTS for file in sorted(project.folder.glob(LOCKS))]
    try:
        allowances = read_allowances(ALLOWED)
        report = _pip_audit(files)
    except AuditError as error:
        sys.exit(str(error))
    if report is None:
        sys.stdout.write(f"{NOTHING_CHECKED}\n")
    else:
        for name in report.unknown:
            sys.stdout.write(f"{name}: not known to the advisory service, so not checked\n")
        sys.stdout.write(f"Checked {report.checked} packages of {len(files)} locks.\n")
    today = datetime.now(UTC).date()
    if lines := faults(report, allowances, today=today, locked_by=_locked_by()):
        sys.exit("\n".join(lines))


if __name__ == "__main__":
    main()
