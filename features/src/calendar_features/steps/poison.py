"""Steps about unreadable messages and the dead-letter topic."""

from collections.abc import Iterator
from uuid import uuid4

from pytest_bdd import given, parsers, then, when

from calendar_features.broker import Broker, Listener, Record
from calendar_features.user_ids import UserIds

# Headers that the Storer adds to a dead letter.
REASON = "dead-letter-reason"
TOPIC = "dead-letter-topic"
PARTITION = "dead-letter-partition"
OFFSET = "dead-letter-offset"


@given("a consumer listens to the dead-letter topic", target_fixture="dead_letters")
def listens(broker: Broker) -> Iterator[Listener]:
    with broker.listen(broker.dead_letter_topic) as listener:
        yield listener


@when(
    parsers.parse("a producer writes the text {text} under {user:w}'s key"),
    target_fixture="written",
)
def writes_text(text: str, user: str, broker: Broker, user_ids: UserIds) -> Record:
    return _write(broker, user_ids[user], text.encode())


@when(
    parsers.parse("a producer writes bytes that are not UTF-8 under {user:w}'s key"),
    target_fixture="written",
)
def writes_bytes(user: str, broker: Broker, user_ids: UserIds) -> Record:
    return _write(broker, user_ids[user], b"\xff\xfe\x00{}")


@when(
    parsers.parse("a producer writes an empty message under {user:w}'s key"),
    target_fixture="written",
)
def writes_empty(user: str, broker: Broker, user_ids: UserIds) -> Record:
    return _write(broker, user_ids[user], b"")


@when(
    parsers.parse("a producer writes a message without value under {user:w}'s key"),
    target_fixture="written",
)
def writes_no_value(user: str, broker: Broker, user_ids: UserIds) -> Record:
    return _write(broker, user_ids[user], None)


@when(
    parsers.parse("a producer writes {count:d} unreadable messages under {user:w}'s key"),
    target_fixture="many_written",
)
def writes_many(count: int, user: str, broker: Broker, user_ids: UserIds) -> list[Record]:
    return [
        _write(broker, user_ids[user], f"not JSON, number {number}".encode())
        for number in range(count)
    ]


def _write(broker: Broker, key: str, value: bytes | None) -> Record:
    return broker.write(key=key, value=value, headers=[("trace", uuid4().bytes)])


@then("the message is in the dead-letter topic, unchanged", target_fixture="dead_letter")
def is_dead_letter(written: Record, dead_letters: Listener) -> Record:
    letter = _dead_letter_of(written, dead_letters)
    assert letter.value == written.value
    assert written.headers.items() <= letter.headers.items()
    return letter


@then("the dead letter's headers name the reason and the source")
def dead_letter_has_headers(written: Record, dead_letter: Record) -> None:
    headers = dead_letter.headers
    assert headers[REASON].strip()
    assert headers[TOPIC] == written.topic.encode()
    assert headers[PARTITION] == str(written.partition).encode()
    assert headers[OFFSET] == str(written.offset).encode()


@then("all of them are in the dead-letter topic")
def all_are_dead_letters(many_written: list[Record], dead_letters: Listener) -> None:
    for written in many_written:
        assert _dead_letter_of(written, dead_letters).value == written.value


def _dead_letter_of(written: Record, letters: Listener) -> Record:
    """Waits for the dead letter of this record."""
    place = {PARTITION: str(written.partition).encode(), OFFSET: str(written.offset).encode()}
    return letters.wait_for(
        lambda letter: letter.key == written.key and place.items() <= letter.headers.items(),
        what=f"the dead letter of the message at {written.partition}:{written.offset}",
    )
