"""The notification's JSON schema, for readers that are not written in Python.

`python -m calendar_contracts.schema` prints it; it is committed as `schemas/notification.v1.json`.
"""

import json
import sys

from calendar_contracts.notification import Notification


def notification_schema() -> str:
    """The JSON schema of a `Notification` as it travels, formatted to be committed."""
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
