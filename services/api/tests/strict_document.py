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
USER: Final = {"type": "string", "pattern": r"^[A-Za-z0-9._@:+-]{1,128}$"}

IDEMPOTENCY_KEY: Final = {"type": "string", "pattern": types._KEY.pattern}

TEXT: Final = {"type": "string"}
HAS_END: Final = {"required": ["ends_at"], "properties": {"ends_at": TEXT}}
HAS_DURATION: Final = {"required": ["duration"], "properties": {"duration": TEXT}}
KEEPS_ITS_END: Final = {"properties": {"ends_at": TEXT}}


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document that lets through nothing but what the API does."""
    document = deepcopy(document)
    schemas = document["components"]["schemas"]
    for name in ("EventIn", "EventPatch"):
        members = schemas[name]["properties"]
        members["title"] = TITLE
        for member in ("description", "location"):
            members[member] |= NO_NUL
        for member in ("duration", "notify_before"):
            members[member] |= DURATION
    schemas["EventIn"]["anyOf"] = [HAS_END, HAS_DURATION]
    schemas["EventPatch"]["anyOf"] = [KEEPS_ITS_END, HAS_DURATION]
    for member in ("duration", "notify_before"):
        schemas["EventOut"]["properties"][member] |= DURATION
    for name in ("Problem", "FieldsProblem", "FieldError"):
        schemas[name]["additionalProperties"] = False
    # As parameters, so that invalid users are sent, too.
    document.pop("security")
    schemes = document["components"].pop("securitySchemes").values()
    users = [{"name": each["name"], "in": each["in"], "schema": USER} for each in schemes]
    for path in document["paths"].values():
        for operation in path.values():
            operation["parameters"] += users
            for parameter in operation["parameters"]:
                if parameter.get("name") == "Idempotency-Key":
                    parameter["schema"] = IDEMPOTENCY_KEY
            # The tests send valid HTTP, and know each status that may come back.
            del operation["responses"]["400"], operation["responses"]["default"]
    return document
