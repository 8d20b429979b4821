"""Secrets and signatures by Standard Webhooks, version 1 (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

PREFIX: Final = "whsec_"
MIN_SECRET_BYTES: Final = 16
MAX_SECRETS: Final = 2
"""The old and the new one, while receivers change from one to the other."""


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """The keys of one or two secrets, separated by a space.

    Raises:
        ValueError: it is not of that form. The message does not quote it.
    """
    secrets = text.split()
    if not 1 <= len(secrets) <= MAX_SECRETS:
        raise ValueError("must be one secret, or two separated by a space")
    return tuple(map(_parse_secret, secrets))


def _parse_secret(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        raise ValueError(f"must start with {PREFIX}")
    encoded = secret.removeprefix(PREFIX)
    try:
        # The padding may be left out.
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"must be {PREFIX} and base64") from None
    if len(key) < MIN_SECRET_BYTES:
        raise ValueError(f"must be {PREFIX} and the base64 of {MIN_SECRET_BYTES} bytes or more")
    return key


def signed_headers(
    keys: Sequence[bytes], *, message_id: str, timestamp: int, body: bytes
) -> Mapping[str, str]:
    """The three headers of a message, with one signature for each key.

    `timestamp` is the time of this attempt, in seconds since 1970: receivers refuse old ones.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(key, content) for key in keys),
    }


def _signature(key: bytes, content: bytes) -> str:
    digest = hmac.digest(key, content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
