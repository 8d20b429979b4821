"""The OpenAPI document, with the rules that it states in words as JSON Schema.

Generators of clients need plain schemas. Tests that send random requests need exact ones: what they
take for valid must be accepted, what they take for invalid refused.
"""

from copy import deepcopy
from typing import Any, Final

from calendar_api.values import durations, types

# Unicode's White_Space, which is what is trimmed. `\s` differs between implementations: ECMAScript
# has U+FEFF in it and not U+0085, Python has U+001C to U+001F.
_SPACE: Final = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# The lengths hold after trimming.
TITLE: Final = {
    "type": "string",
    "pattern": rf"^[{_SPACE}]*[^{_SPACE}\u0000]"
    rf"(?:[^\u0000]{{0,253}}[^{_SPACE}\u0000])?[{_SPACE}]*$",
}
NO_NUL: Final = {"pattern": r"^[^\u0000]*$"}
DURATION: Final = {"pattern": durations.PATTERN}
LEAD: Final = {"pattern": durations.PATTERN.replace("^", "^-?", 1)}
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DATE_TIME: Final = {"pattern": f"^{types._DATE_TIME.pattern}$"}
OCCURRENCE: Final = {"pattern": f"^(?:{_DATE}|{types._DATE_TIME.pattern})$"}
OCCURRENCE_ID: Final = {"pattern": rf"^{_DATE}(?:T[01][0-9]:[0-5][0-9]:[0-5][0-9])?$"}
USER: Final = {"type": "string", "pattern": r"^[A-Za-z0-9._@:+-]{1,128}$"}

IDEMPOTENCY_KEY: Final = {"type": "string", "pattern": types._KEY.pattern}

TEXT: Final = {"type": "string"}
HAS_END: Final = {"required": ["ends_at"], "properties": {"ends_at": TEXT}}
HAS_DURATION: Final = {"required": ["duration"], "properties": {"duration": TEXT}}
HAS_DATE: Final = {"required": ["starts_on"], "properties": {"starts_on": TEXT}}
KEEPS_ITS_END: Final = {"properties": {"ends_at": TEXT, "starts_at": TEXT}}
HAS_ITS_DURATION: Final = {**HAS_DURATION, "properties": {"duration": TEXT, "starts_at": TEXT}}


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document that lets through nothing but what the API does."""
    document = deepcopy(document)
    schemas = document["components"]["schemas"]
    _complete_events(schemas)
    for name in ("Problem", "FieldsProblem", "FieldError"):
        schemas[name]["additionalProperties"] = False
    # As parameters, so that invalid users are sent, too.
    document.pop("security")
    schemes = document["components"].pop("securitySchemes").values()
    users = [{"name": each["name"], "in": each["in"], "schema": USER} for each in schemes]
    for path in document["paths"].values():
        for operation in path.values():
            operation["parameters"] += users
            # `from` of a list is an instant.
            is_id = {"recurrence_id"} | (
                {"from"} if operation["operationId"] == "deleteEvent" else set()
            )
            for parameter in operation["parameters"]:
                if parameter.get("name") == "Idempotency-Key":
                    parameter["schema"] = IDEMPOTENCY_KEY
                if parameter.get("name") in is_id:
                    parameter["schema"] |= OCCURRENCE_ID
            # The tests send valid HTTP, and know each status that may come back.
            del operation["responses"]["400"], operation["responses"]["default"]
    return document


def _complete_events(schemas: dict[str, Any]) -> None:
    for name in ("EventIn", "EventPatch", "OverrideIn", "OccurrencePatch"):
        members = schemas[name]["properties"]
        members["title"] = TITLE
        for member in ("description", "location"):
            members[member] |= NO_NUL
        for member in ("starts_at", "ends_at"):
            members[member] |= DATE_TIME
        members["duration"] |= DURATION
        members["notify_before"] |= LEAD
        members["reminders"]["items"] |= LEAD
        if name.startswith("Event"):
            members["recurrence_id"] = {"type": "null"}
            members["overrides"]["propertyNames"] = OCCURRENCE_ID
    schemas["OccurrencePatch"]["properties"]["recurrence_id"] |= OCCURRENCE_ID
    schemas["SplitIn"]["properties"]["at"] |= OCCURRENCE_ID
    for recurrence in (
        schemas["RecurrenceIn"],
        schemas["EventPatch"]["properties"]["recurrence"],
    ):
        for member in ("dates", "excluded"):
            recurrence["properties"][member]["items"] |= OCCURRENCE
    schemas["EventIn"]["anyOf"] = [HAS_END, HAS_DURATION, HAS_DATE]
    schemas["EventPatch"]["anyOf"] = [KEEPS_ITS_END, HAS_ITS_DURATION, HAS_DATE]
    schemas["EventOut"]["properties"]["duration"] |= DURATION
    schemas["EventOut"]["properties"]["notify_before"] |= LEAD
