"""The JSON schema of the notification, for readers in other languages.

`python -m calendar_contracts.schema` prints it; it is committed as `schemas/notification.v1.json`.
"""

import json
import sys

from calendar_contracts.notification import Notification


def notification_schema() -> str:
    """Returns the JSON schema of an encoded `Notification`."""
    schema = Notification.model_json_schema(mode="serialization")
    return (
        json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


if __name__ == "__main__":
    sys.stdout.write(notification_schema())
