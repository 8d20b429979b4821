"""Types of the values that calls of every service take: users, IDs, numbers of items, flags."""

import re
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from calendar_storer.web.problems import MAX_ERRORS

MAX_PAGE: Final = 1_000
"""Items on one page of a list, at most."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LIMIT = re.compile(r"[1-9][0-9]{0,3}")
_USER_ID: Final = r"[A-Za-z0-9._@:+-]{1,128}"


class Input(BaseModel):
    """What a client sends. An unknown member is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _limit_unknown_members(cls, document: Any) -> Any:
        """Keeps one unknown member more than a response lists errors.

        Pydantic makes an error of each, which takes far more memory than the member.
        """
        if not isinstance(document, dict) or len(document) <= MAX_ERRORS:
            return document
        known = {field.alias or name for name, field in cls.model_fields.items()}
        unknown = [name for name in document if name not in known]
        ignored = set(unknown[MAX_ERRORS + 1 :])
        return {name: value for name, value in document.items() if name not in ignored}


def _uuid(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    # The standard library also accepts braces, `urn:` and misplaced hyphens.
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise PydanticCustomError(
            "uuid", "must be a UUID, such as 019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
        )
    return UUID(value)


def _limit(value: object) -> int:
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not _LIMIT.fullmatch(value) or int(value) > MAX_PAGE:
        raise PydanticCustomError("limit", "must be a whole number from 1 to 1000")
    return int(value)


def _flag(value: object) -> object:
    if value not in {"true", "false", True, False}:
        raise PydanticCustomError("bool", "must be true or false")
    return value in {"true", True}


def _user_id(value: str) -> str:
    if not re.fullmatch(_USER_ID, value):
        raise PydanticCustomError(
            "string_pattern_mismatch",
            "must be 1 to 128 letters, digits or characters of ._@:+- (in a URL, `+` is written"
            " %2B)",
        )
    return value


UserId = Annotated[
    str, AfterValidator(_user_id), WithJsonSchema({"type": "string", "pattern": f"^{_USER_ID}$"})
]

Uuid = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]

Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE}),
]

Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
