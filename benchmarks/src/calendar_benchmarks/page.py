"""docs/performance.md: figures, written anew between marks; all other text is left as it is.

What stands between `<!-- create -->` and `<!-- /create -->` is made of the results alone, so that
the same results make the same page. People write around it.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from calendar_benchmarks.judging import Verdict, figures, judge, spread
from calendar_benchmarks.plot import plot
from calendar_benchmarks.results import Result, Results
from calendar_benchmarks.wording import reach, text

OURS: Final = "calendar"

_HEADINGS: Final = ("path", "claim", "measured", "rounds", "verdict")


def write(page: Path, results: Results) -> None:
    """Brings the page and its plots up to date."""
    page.write_text(render(page.read_text(), results))
    folder = page.with_suffix("")
    folder.mkdir(exist_ok=True)
    for name, result in results.items():
        (folder / f"{name}.svg").write_text(plot(result))


def render(page: str, results: Results) -> str:
    """The page with these results; a path that has no marks yet gets a section at the end."""
    page = _put(page, "summary", _table(_HEADINGS, list(_claims(results))))
    for name, result in results.items():
        if f"<!-- {name} -->" not in page:
            page += f"\n## {result.title}\n\n<!-- {name} -->\n<!-- /{name} -->\n"
        page = _put(page, name, _section(name, result))
    return page


def summary(results: Results) -> str:
    """The table of claims, for a terminal."""
    rows = [_HEADINGS, *_claims(results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(["", *lines, *_peers_that_win(results), ""])


def _put(page: str, mark: str, content: str) -> str:
    between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    return between.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", page)


def _claims(results: Results) -> Iterator[Sequence[str]]:
    for name, result in results.items():
        for claim in result.claims:
            verdict = judge(claim, result.rounds)
            yield (name, *_words(verdict))


def _words(verdict: Verdict) -> tuple[str, str, str, str]:
    claim, found = verdict.claim, verdict.spread
    ceilings = " and of ".join(claim.ceilings)
    of = f" of {ceilings}" if ceilings else f" {claim.unit}".rstrip()
    said = f"{claim.figure}: {claim.sense} {text(claim.goal)}{of}"
    return said, text(found.median), reach(found), verdict.word


def _section(name: str, result: Result) -> str:
    rows = [
        (f"**{each}**" if _is_ours(each) else each, text(found.median), reach(found))
        for each, found in figures(result.rounds).items()
    ]
    verdicts = [_words(judge(claim, result.rounds)) for claim in result.claims]
    return "\n\n".join(
        [
            *result.notes,
            _table(("", result.unit, "rounds"), rows),
            f"![{result.title}](performance/{name}.svg)",
            _table(_HEADINGS[1:], verdicts),
            *_peers_that_win({name: result}),
            _measured(result),
        ]
    )


def _measured(result: Result) -> str:
    at = result.conditions
    return (
        f"{at.date}, commit {at.commit}: {len(result.rounds)} rounds on {at.cores} cores of "
        f"{at.cpu}; Python {at.python}, PostgreSQL {at.postgresql}, Kafka {at.kafka}."
    )


def _peers_that_win(results: Results) -> Iterator[str]:
    for name, result in results.items():
        for peer in result.peers:
            part, colon, _ = peer.rpartition(": ")
            ours = f"{part}{colon}{OURS}"
            ratio = spread([each[peer] / each[ours] for each in result.rounds])
            if (ratio.median > 1) == (result.better == "more"):
                yield f"A peer wins: {name}, {peer}, {text(ratio.median)} of {ours}'s figure."


def _is_ours(figure: str) -> bool:
    return figure.rpartition(": ")[2] == OURS


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---" for _ in headings]
    return "\n".join(f"| {' | '.join(row)} |" for row in [headings, rule, *rows])
