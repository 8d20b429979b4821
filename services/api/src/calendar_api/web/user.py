"""The user of a call: in the header `X-User-Id` or the query parameter `user_id`."""

from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi import Query as QueryParameters
from pydantic import Field

from calendar_api.web.problems import invalid
from calendar_api.web.values import Input, UserId


class Query(Input):
    """The query parameters of every call. An unknown parameter is an error."""

    user_id: UserId | None = Field(
        default=None, description="The user: for clients that cannot set the header `X-User-Id`."
    )


def _user(
    request: Request,
    x_user_id: Annotated[UserId | None, Header(alias="X-User-Id", description="The user.")] = None,
) -> str:
    users = {*request.headers.getlist("x-user-id"), *request.query_params.getlist("user_id")}
    if len(users) > 1:
        raise invalid(["header", "X-User-Id"], "is not the same user everywhere", "user_conflict")
    if not users:
        raise invalid(["header", "X-User-Id"], "is required, or the parameter user_id", "missing")
    return x_user_id or users.pop()


User = Annotated[str, Depends(_user)]
OnlyUser = Annotated[Query, QueryParameters()]
