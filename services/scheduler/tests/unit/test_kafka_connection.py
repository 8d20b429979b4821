import pytest
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError  # type: ignore[import-untyped]

from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.kafka.connection import translate_errors


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "no answer"),
        (NodeNotReadyError(), "NodeNotReadyError"),
        (KafkaConnectionError("refused"), "KafkaConnectionError"),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
)
def test_errors_of_an_outage_are_translated(error: Exception, reason: str) -> None:
    with pytest.raises(BrokerUnavailable) as caught, translate_errors():
        raise error

    assert str(caught.value) == reason
    assert caught.value.__cause__ is error


def test_other_errors_are_not_translated() -> None:
    with pytest.raises(LookupError), translate_errors():
        raise LookupError
