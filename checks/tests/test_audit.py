"""What `make audit` makes of pip-audit's words; the words are those of pip-audit 2.10."""

import json
from datetime import date
from pathlib import Path

import pytest

from calendar_checks.audit import (
    ALLOWED,
    Allowance,
    AuditError,
    Report,
    faults,
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
    return faults(found, allowances, today=TODAY, locked_by=locked_by)


def allowance(name: str, until: date = TODAY) -> Allowance:
    return Allowance(id=name, reason="never called", until=until)


def test_nothing_known_is_no_fault() -> None:
    found = report(TEA)

    assert found is not None
    assert found.checked == 1
    assert lines(found) == []


def test_a_known_vulnerability_is_one_readable_line() -> None:
    assert lines(report(TEA, POT)) == [
        "pot 3.0: PYSEC-2026-7 (CVE-2026-77), fixed in 3.1; locked by services/api, features"
    ]


@pytest.mark.parametrize("name", ["PYSEC-2026-7", "CVE-2026-77"])
def test_what_is_allowed_passes_by_any_of_its_names_until_its_last_day(name: str) -> None:
    assert lines(report(POT), allowance(name)) == []


def test_an_allowance_that_is_over_fails_even_where_nothing_was_checked() -> None:
    over = allowance("PYSEC-2026-7", date(2026, 11, 23))

    (line,) = lines(None, over)

    assert "PYSEC-2026-7 was let pass until 2026-11-23 only (never called)" in line


def test_a_package_that_the_service_does_not_know_is_named() -> None:
    found = report(TEA, LID)

    assert found is not None
    assert found.unknown == ("lid",)


@pytest.mark.parametrize(
    "complaints",
    [
        "ERROR:pip_audit._cli:Tip: your network may be blocking this service.",
        "requests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded",
        "requests.exceptions.ReadTimeout: Read timed out.",
        "pip_audit._service.interface.ServiceError",
    ],
)
def test_a_service_that_cannot_be_reached_is_told_from_one_that_found_nothing(
    complaints: str,
) -> None:
    assert read_report("", complaints) is None


def test_a_mirror_that_knows_no_package_is_no_advisory_service() -> None:
    assert report(LID, LID) is None


def test_any_other_failure_is_a_failure() -> None:
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
def test_an_allowance_needs_a_reason_and_a_last_day(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "allowed.toml"
    path.write_text(f"[[allowed]]\n{entry}\n")

    with pytest.raises(AuditError, match=r"allowed\.toml"):
        read_allowances(path)


def test_the_allowances_of_this_tree_can_be_read(tmp_path: Path) -> None:
    example = "\n".join(
        line.removeprefix("# ")
        for line in ALLOWED.read_text().splitlines()
        if line.startswith("# ") and " = " in line
    )
    path = tmp_path / "allowed.toml"
    path.write_text(f"[[allowed]]\n{example}\n")

    assert read_allowances(ALLOWED) is not None
    assert [each.id for each in read_allowances(path)] == ["PYSEC-2026-1"]
