"""Checks what the receivers of webhooks got against the rows of the table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from calendar_faults.checker.report import Kind, Report
from calendar_faults.history import Endpoint, Fault, History, Notification, Row, Webhook

UNRECORDED: Final = timedelta(seconds=2)
"""How long before a fault a webhook was accepted whose record that fault may have prevented."""


class Body(BaseModel):
    """The body of a webhook, with nothing else in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["notification.due"]
    timestamp: AwareDatetime
    data: Notification


def check_deliveries(history: History, report: Report) -> None:
    """Add every violation to the report.

    A receiver that drops repeats by `webhook-id` keeps each notification exactly once: each is
    accepted at least once, always under its own ID and with the same body, and nothing else is.
    """
    rows = {row.notification_id: row for row in history.rows}
    by_endpoint = defaultdict[str, list[Webhook]](list)
    for webhook in sorted(history.webhooks, key=attrgetter("at")):
        if not _is_of(rows.get(webhook.webhook_id), webhook) and history.is_rolled_back(webhook.at):
            continue
        by_endpoint[webhook.endpoint].append(webhook)
    for endpoint in history.endpoints:
        webhooks = by_endpoint[endpoint.name]
        _check_complete(endpoint, webhooks, rows, report)
        by_id = defaultdict[UUID, list[Webhook]](list)
        for webhook in webhooks:
            by_id[webhook.webhook_id].append(webhook)
        for same in by_id.values():
            _check_bodies(same, rows, report)
            _check_repeats(same, history.faults, report)


def _check_complete(
    endpoint: Endpoint, webhooks: Iterable[Webhook], rows: Mapping[UUID, Row], report: Report
) -> None:
    accepted = {each.webhook_id for each in webhooks if each.accepted}
    report.delivered += len(accepted)
    for notification_id in rows.keys() - accepted - endpoint.pending:
        what = f"endpoint {endpoint.name} never accepted it, and it is not pending"
        report.add(Kind.UNDELIVERED, f"notification {notification_id}: {what}")
    if endpoint.pending and not endpoint.refuses:
        what = f"{len(endpoint.pending)} notifications are pending for endpoint {endpoint.name}"
        report.add(Kind.LEFT_OVER, what)


def _check_bodies(same: Sequence[Webhook], rows: Mapping[UUID, Row], report: Report) -> None:
    """The webhooks with one ID, at one endpoint."""
    first = same[0]
    row = rows.get(first.webhook_id)
    if row is None:
        report.add(Kind.ALIEN, f"{_name(first)}: there is no such notification")
    elif not _is_of(row, first):
        report.add(Kind.WRONG_BODY, f"{_name(first)}: the row is another: {first.body}")
    if bodies := {each.body for each in same} - {first.body}:
        what = f"{len(bodies) + 1} different bodies in {len(same)} attempts"
        report.add(Kind.WRONG_BODY, f"{_name(first)}: {what}")


def _is_of(row: Row | None, webhook: Webhook) -> bool:
    try:
        body = Body.model_validate_json(webhook.body)
    except ValidationError:
        return False
    if row is None:
        return False
    data = Notification.model_validate(row.model_dump(include={*Notification.model_fields}))
    return body.data == data and body.timestamp == row.stored_at


def _check_repeats(same: Sequence[Webhook], faults: Iterable[Fault], report: Report) -> None:
    """What is accepted is sent again only if a fault prevented that it was recorded."""
    for each, following in pairwise(same):
        is_explained = not each.accepted or any(
            "repeats" in fault.waivers and fault.begin - UNRECORDED <= each.at <= fault.end
            for fault in faults
        )
        if not is_explained:
            what = f"accepted at {each.at.isoformat()}, got again at {following.at.isoformat()}"
            report.add(Kind.DELIVERED_AGAIN, f"{_name(each)}: {what}")


def _name(webhook: Webhook) -> str:
    return f"webhook {webhook.webhook_id} at endpoint {webhook.endpoint}"
