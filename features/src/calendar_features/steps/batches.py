"""Steps that create events in batches."""

import re
from uuid import uuid4

from pytest_bdd import given, parsers, then, when

from calendar_features import events
from calendar_features.api import Api
from calendar_features.diary import Diary
from calendar_features.events import Document, Table


@given(parsers.parse("{who:w} has created a batch of {titles}"), target_fixture="batch")
def has_batch(who: str, titles: str, diary: Diary) -> list[Document]:
    batch = _batch_of(titles)
    diary.have(who, *batch)
    return batch


@when(parsers.re(r"(?P<who>\w+) creates a batch of (?P<titles>\".*\")"))
def creates_batch_of(who: str, titles: str, diary: Diary) -> None:
    diary.create_batch(who, _batch_of(titles))


def _batch_of(titles: str) -> list[Document]:
    return [
        events.an_event(title=title, id=str(uuid4())) for title in re.findall(r'"(.*?)"', titles)
    ]


@when(parsers.parse("{who:w} creates a batch of {count:d} events"))
def creates_batch(who: str, count: int, diary: Diary) -> None:
    diary.create_batch(who, count * [events.an_event()])


@when(parsers.parse("{who:w} creates a batch of 10 where the {field:w} of number 7 is {text}"))
def creates_bad_batch(who: str, field: str, text: str, diary: Diary) -> None:
    _create_bad(diary, who, {7: (field, text)})


@when(parsers.parse("{who:w} creates a batch of 10 where"))
def creates_worse_batch(who: str, datatable: Table, diary: Diary) -> None:
    _create_bad(diary, who, {int(number): (field, text) for number, field, text in datatable[1:]})


def _create_bad(diary: Diary, who: str, wrong: dict[int, tuple[str, str]]) -> None:
    batch = 10 * [events.an_event()]
    for number, (field, text) in wrong.items():
        batch[number] = events.with_json(batch[number], field, text)
    diary.create_batch(who, batch)


@when(parsers.parse("{who:w} creates the same batch again"))
def creates_again(who: str, batch: list[Document], diary: Diary) -> None:
    diary.create_batch(who, batch)


@when(parsers.parse('{who:w} creates the same batch again, but "{title}" is called "{other}"'))
def creates_other(who: str, title: str, other: str, batch: list[Document], diary: Diary) -> None:
    diary.create_batch(
        who,
        [event | {"title": other} if event["title"] == title else event for event in batch],
    )


@then(parsers.parse("the batch's answer holds {titles}"))
def batch_holds(titles: str, api: Api) -> None:
    assert [event["title"] for event in api.last.json()["items"]] == re.findall(r'"(.*?)"', titles)
