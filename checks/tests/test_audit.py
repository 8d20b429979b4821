"""The results of `make audit` for outputs of pip-audit 2.10."""

import json
from datetime import date
from pathlib import Path

import pytest

from calendar_checks.audit import (
    ALLOWED,
    Allowance,
    AuditError,
    Report,
    problems,
    read_allowances,
    read_report,
)

TODAY = date(2026, 11, 24)
TEA = {"name": "tea", "version": "1.2", "vulns": []}
POT = {
    "name": "pot",
    "version": "3.0",
    "vulns": [{"id": "PYSEC-2026-7", "aliases": ["CVE-2026-77"], "fix_versions": ["3.1"]}],
}
LID = {"name": "lid", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def report(*dependencies: object) -> Report | None:
    return read_report(json.dumps({"dependencies": dependencies, "fixes": []}), "")


def lines(found: Report | None, *allowances: Allowance) -> list[str]:
    locked_by = {("pot", "3.0"): ["services/api", "features"]}
    return problems(found, allowances, today=TODAY, locked_by=locked_by)


def allowance(name: str, until: date = TODAY) -> Allowance:
    return Allowance(id=name, reason="never called", until=until)


def test_no_vulnerabilities() -> None:
    found = report(TEA)

    assert found is not None
    assert found.checked == 1
    assert lines(found) == []


def test_vulnerability_is_reported_with_fix_and_projects() -> None:
    assert lines(report(TEA, POT)) == [
        "pot 3.0: PYSEC-2026-7 (CVE-2026-77), fixed in 3.1; locked by services/api, features"
    ]


@pytest.mark.parametrize("name", ["PYSEC-2026-7", "CVE-2026-77"])
def test_allowance_matches_any_id_until_its_date(name: str) -> None:
    assert lines(report(POT), allowance(name)) == []


def test_expired_allowance_is_reported_without_a_report() -> None:
    expired = allowance("PYSEC-2026-7", date(2026, 11, 23))

    (line,) = lines(None, expired)

    assert "The allowance for PYSEC-2026-7 expired on 2026-11-23 (never called)" in line


def test_unknown_package_is_reported() -> None:
    found = report(TEA, LID)

    assert found is not None
    assert found.unknown == ("lid",)


@pytest.mark.parametrize(
    "stderr",
    [
        "ERROR:pip_audit._cli:Tip: your network may be blocking this service.",
        "requests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded",
        "requests.exceptions.ReadTimeout: Read timed out.",
        "pip_audit._service.interface.ServiceError",
    ],
)
def test_unreachable_service_returns_no_report(
    stderr: str,
) -> None:
    assert read_report("", stderr) is None


def test_only_unknown_packages_return_no_report() -> None:
    assert report(LID, LID) is None


def test_other_failure_raises() -> None:
    with pytest.raises(AuditError, match="missing a hash"):
        read_report("", "ERROR:pip_audit._cli:requirement tea is missing a hash")


@pytest.mark.parametrize(
    "entry",
    [
        'id = "X"\nuntil = 2026-12-31',
        'id = "X"\nreason = ""\nuntil = 2026-12-31',
        'id = "X"\nreason = "never called"',
        'id = "X"\nreason = "never called"\nuntil = "soon"',
    ],
)
def test_allowance_needs_reason_and_date(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "allowed.toml"
    path.write_text(f"[[allowed]]\n{entry}\n")

    with pytest.raises(AuditError, match=r"allowed\.toml"):
        read_allowances(path)


def test_committed_allowances_and_their_example_are_valid(tmp_path: Path) -> None:
    example = "\n".join(
        line.removeprefix("# ")
        for line in ALLOWED.read_text().splitlines()
        if line.startswith("# ") and " = " in line
    )
    path = tmp_path / "allowed.toml"
    path.write_text(f"[[allowed]]\n{example}\n")

    assert read_allowances(ALLOWED) is not None
    assert [each.id for each in read_allowances(path)] == ["PYSEC-2026-1"]
