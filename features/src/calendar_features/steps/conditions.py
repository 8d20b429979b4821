"""Steps that send conditional requests."""

from pytest_bdd import parsers, when

from calendar_features import events
from calendar_features.diary import Diary


@when(parsers.parse('{who:w}, who has version {tags}, asks for "{title}"'))
def asks_unless(who: str, title: str, tags: str, diary: Diary) -> None:
    diary.get(who, title, {"If-None-Match": tags})


@when(parsers.parse('{who:w} replaces "{title}" if it is at {tags}'))
def replaces_if(who: str, title: str, tags: str, diary: Diary) -> None:
    diary.replace(who, title, events.an_event(title="Surgeon"), {"If-Match": tags})


@when(parsers.parse('{who:w} renames "{title}" if it is at {tags}'))
def renames_if(who: str, title: str, tags: str, diary: Diary) -> None:
    diary.change(who, title, {"title": "Surgeon"}, {"If-Match": tags})


@when(parsers.parse('{who:w} removes "{title}" if it is at {tags}'))
def removes_if(who: str, title: str, tags: str, diary: Diary) -> None:
    diary.delete(who, title, {"If-Match": tags})
