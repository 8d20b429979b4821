"""Judges what was left at the end, and the dead letters."""

from calendar_faults.history import History
from calendar_faults.report import Kind, Report


def check_ending(history: History, report: Report) -> None:
    """Adds every violation to the report."""
    report.faults = len(history.faults)
    end = history.end
    parked = len(end.parked - end.unpublishable)
    for count, what in (
        (end.due, "reminders are due and neither sent nor parked"),
        (end.lag, "records are not committed by the consumer group"),
        (end.idle_in_transaction, "sessions are idle in a transaction"),
        (parked, "reminders are parked that could be published"),
    ):
        if count:
            report.add(Kind.LEFT_OVER, f"{count} {what}")
    injected = {(poison.key, poison.value) for poison in history.poison}
    kept = {(letter.key, letter.value) for letter in history.dead_letters}
    for key, value in injected - kept:
        report.add(Kind.LOST_POISON, f"key {key!r}, value {_short(value)} is no dead letter")
    for key, value in kept - injected:
        report.add(Kind.ALIEN, f"dead letter with key {key!r}, value {_short(value)}")


def _short(value: bytes | None) -> str:
    return repr(value if value is None or len(value) <= 80 else value[:80] + b"...")
