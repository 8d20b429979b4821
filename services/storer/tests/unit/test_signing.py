"""Signatures, against the published vector and another implementation of the specification."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from calendar_storer.webhooks.signing import parse_secrets, signed_headers

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDR0Vf"
BODY = '{"type":"notification.due","data":{"title":"Zahnärztin"}}'.encode()


def headers(secret: str, body: bytes = BODY) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    return dict(signed_headers(parse_secrets(secret), message_id="a-b", timestamp=now, body=body))


def test_signature_is_that_of_the_specification() -> None:
    signed = signed_headers(
        parse_secrets(OLD),
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("secret", [OLD, OLD.rstrip("="), NEW])
def test_receiver_verifies_the_signature(secret: str) -> None:
    Webhook(secret).verify(BODY, headers(secret))


@pytest.mark.parametrize("receivers", [OLD, NEW])
def test_receiver_verifies_with_either_secret_during_a_rotation(receivers: str) -> None:
    Webhook(receivers).verify(BODY, headers(f"{NEW} {OLD}"))


def test_changed_body_is_noticed() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY + b" ", headers(OLD))


def test_other_secret_is_noticed() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, headers(OLD))
