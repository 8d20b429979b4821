from pathlib import Path

from calendar_benchmarks.statement_log import StatementLog, count

# A statement that begins with a line break leaves a blank after the colon.
_LOG = """\
2026-11-24 09:45:00.123 UTC [41] LOG:  execute __asyncpg_stmt_1__:{}
\tSELECT next_try_at
\tFROM reminders
\tLIMIT 1
\t
2026-11-24 09:45:00.124 UTC [41] DETAIL:  Parameters: $1 = '500'
2026-11-24 09:45:00.125 UTC [42] LOG:  statement: SELECT FROM notifications LIMIT 0
2026-11-24 09:45:00.126 UTC [43] LOG:  checkpoint starting: time
2026-11-24 09:45:00.373 UTC [41] LOG:  execute __asyncpg_stmt_1__:{}
\tSELECT next_try_at
\tFROM reminders
\tLIMIT 1
\t
""".replace("{}", " ")


def test_counts_statements_of_several_lines() -> None:
    assert count(_LOG) == {
        "SELECT next_try_at FROM reminders LIMIT 1": 2,
        "SELECT FROM notifications LIMIT 0": 1,
    }


def test_forgets_what_was_before(tmp_path: Path) -> None:
    file = tmp_path / "postgresql.log"
    file.write_text(_LOG)
    log = StatementLog(file)

    with file.open("a") as more:
        more.write("2026-11-24 09:45:01 UTC [42] LOG:  statement: COMMIT\n")

    assert log.counts() == {"COMMIT": 1}
    log.begin()
    assert not log.counts()
