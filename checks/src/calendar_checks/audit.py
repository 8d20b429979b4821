"""`python -m calendar_checks.audit`: run pip-audit on the versions of all lock files.

`allowed-vulnerabilities.toml` lists what to ignore, each entry with a reason and an expiry date.
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
    "The advisory service cannot be reached: NOTHING was checked for vulnerabilities."
)

# Output of pip-audit when the service does not respond: an error message or a traceback.
_UNREACHABLE = re.compile(r"\w*(Connection|Proxy|SSL|Service)Error\b|\w*Timeout\b|may be blocking")


class AuditError(Exception):
    """The audit failed; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """A vulnerability to ignore, up to and including a date."""

    id: str
    reason: str
    until: date


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """A known vulnerability of a locked version, with all its IDs."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = self.ids
        names = f"{first} ({', '.join(others)})" if others else first
        fix = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "not fixed yet"
        return f"{self.package} {self.version}: {names}, {fix}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of pip-audit."""

    checked: int
    unknown: tuple[str, ...]
    """Packages that the advisory service does not know."""
    vulnerabilities: tuple[Vulnerability, ...]


def read_allowances(path: Path) -> list[Allowance]:
    """Read the vulnerabilities to ignore.

    Raises:
        AuditError: an entry is incomplete.
    """
    entries = tomllib.loads(path.read_text()).get("allowed", [])
    try:
        allowances = [Allowance(**entry) for entry in entries]
    except TypeError as error:
        raise AuditError(f"{path.name}: an entry needs id, reason and until: {error}") from None
    for each in allowances:
        if type(each.until) is not date or not each.reason:
            raise AuditError(f"{path.name}: {each.id} needs a reason and a date")
    return allowances


def read_report(stdout: str, stderr: str) -> Report | None:
    """Parse the output of pip-audit; None if it did not reach the advisory service.

    Raises:
        AuditError: pip-audit failed for another reason.
    """
    if not stdout.strip():
        if _UNREACHABLE.search(stderr):
            return None
        raise AuditError(f"pip-audit failed:\n{stderr}")
    dependencies = json.loads(stdout)["dependencies"]
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


def problems(
    report: Report | None,
    allowances: Iterable[Allowance],
    *,
    today: date,
    locked_by: Mapping[tuple[str, str], Sequence[str]],
) -> list[str]:
    """Describe vulnerabilities that are not allowed, and expired allowances."""
    allowed = {each.id: each for each in allowances}
    lines = [
        f"The allowance for {each.id} expired on {each.until} ({each.reason}): {ALLOWED.name}"
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
            # The locks are complete: pip-audit resolves nothing and downloads only advisories.
            *("--require-hashes", "--disable-pip"),
            *("--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return read_report(result.stdout, result.stderr)


def _locked_by() -> dict[tuple[str, str], list[str]]:
    """Return the projects that lock each version."""
    found: dict[tuple[str, str], list[str]] = {}
    for project in PROJECTS:
        # The dev lock includes the runtime dependencies.
        for pin in {(pin.name, pin.version) for pin in locks.read(project.folder / DEV_LOCK)}:
            found.setdefault(pin, []).append(str(project))
    return found


def main() -> None:
    """Audit all locks; exit with 1 if there are problems."""
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
            sys.stdout.write(f"{name}: unknown to the advisory service, not checked\n")
        sys.stdout.write(f"Checked {report.checked} packages of {len(files)} locks.\n")
    today = datetime.now(UTC).date()
    if lines := problems(report, allowances, today=today, locked_by=_locked_by()):
        sys.exit("\n".join(lines))


if __name__ == "__main__":
    main()
