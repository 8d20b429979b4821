"""Steps about messages that cannot be read, and the topic of dead letters."""

from collections.abc import Iterator
from uuid import uuid4

from pytest_bdd import given, parsers, then, when

from calendar_features.broker import Broker, Listener, Record
from calendar_features.people import People

# Names that the contracts library gives to what a dead letter says beside its own headers.
REASON = "dead-letter-reason"
TOPIC = "dead-letter-topic"
PARTITION = "dead-letter-partition"
OFFSET = "dead-letter-offset"


@given("somebody listens to the dead letters", target_fixture="dead_letters")
def listens(broker: Broker) -> Iterator[Listener]:
    with broker.listen(broker.dead_letter_topic) as listener:
        yield listener


@when(
    parsers.parse("somebody writes the text {text} under {who:w}'s key"), target_fixture="written"
)
def writes_text(text: str, who: str, broker: Broker, people: People) -> Record:
    return _write(broker, people[who], text.encode())


@when(
    parsers.parse("somebody writes bytes that are not UTF-8 under {who:w}'s key"),
    target_fixture="written",
)
def writes_bytes(who: str, broker: Broker, people: People) -> Record:
    return _write(broker, people[who], b"\xff\xfe\x00{}")


@when(
    parsers.parse("somebody writes an empty message under {who:w}'s key"), target_fixture="written"
)
def writes_empty(who: str, broker: Broker, people: People) -> Record:
    return _write(broker, people[who], b"")


@when(
    parsers.parse("somebody writes a message without value under {who:w}'s key"),
    target_fixture="written",
)
def writes_no_value(who: str, broker: Broker, people: People) -> Record:
    return _write(broker, people[who], None)


@when(
    parsers.parse("somebody writes {count:d} messages that cannot be read under {who:w}'s key"),
    target_fixture="many_written",
)
def writes_many(count: int, who: str, broker: Broker, people: People) -> list[Record]:
    return [
        _write(broker, people[who], f"not JSON, number {number}".encode())
        for number in range(count)
    ]


def _write(broker: Broker, key: str, value: bytes | None) -> Record:
    return broker.write(key=key, value=value, headers=[("trace", uuid4().bytes)])


@then("the message is among the dead letters, unchanged", target_fixture="dead_letter")
def is_dead_letter(written: Record, dead_letters: Listener) -> Record:
    letter = _dead_letter_of(written, dead_letters)
    assert letter.value == written.value
    assert written.headers.items() <= letter.headers.items()
    return letter


@then("the dead letter's headers say why, and where it came from")
def dead_letter_says(written: Record, dead_letter: Record) -> None:
    headers = dead_letter.headers
    assert headers[REASON].strip()
    assert headers[TOPIC] == written.topic.encode()
    assert headers[PARTITION] == str(written.partition).encode()
    assert headers[OFFSET] == str(written.offset).encode()


@then("all of them are among the dead letters")
def all_are_dead_letters(many_written: list[Record], dead_letters: Listener) -> None:
    for written in many_written:
        assert _dead_letter_of(written, dead_letters).value == written.value


def _dead_letter_of(written: Record, letters: Listener) -> Record:
    """The dead letter that says it was this record, of this scenario's own key."""
    place = {PARTITION: str(written.partition).encode(), OFFSET: str(written.offset).encode()}
    return letters.wait_for(
        lambda letter: letter.key == written.key and place.items() <= letter.headers.items(),
        what=f"the dead letter of the message at {written.partition}:{written.offset}",
    )
