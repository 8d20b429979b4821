// Reminders of an event: received, followed, acknowledged.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import createClient, { type Client } from "openapi-fetch";
import type * as calendar from "./calendar.ts";
import type { components, operations, paths } from "./notifications.ts";

type NotificationOut = components["schemas"]["NotificationOut"];
type Query = NonNullable<operations["listNotifications"]["parameters"]["query"]>;

// Milliseconds that notifications may take to arrive.
const TIMEOUT = 30_000;

const baseUrl = process.env["STORER_URL"] ?? assert.fail("STORER_URL is not set");

export async function useReminders(events: Client<calendar.paths>, user: string) {
  const client = createClient<paths>({ baseUrl, headers: { "X-User-Id": user } });
  const start = await pageOf(client);
  assert.deepEqual(start.items, []);

  // The first reminder is due now, the second one a second later.
  const created = await events.POST("/v1/events", {
    body: {
      title: "Train",
      starts_at: new Date(Date.now() + 3_600_000).toISOString(),
      duration: "PT2H",
      reminders: ["PT1H", "PT59M59S"],
    },
  });
  const event = created.data ?? assert.fail(created.error.detail);

  const received = await receive(client, start.next_cursor, 2);
  const [first, second] = received;
  assert(first && second);
  assert.equal(first.event_id, event.id);
  assert.equal(first.title, "Train");
  assert.equal(first.event_date, event.starts_at);
  assert.equal(Date.parse(first.notify_at), Date.parse(event.starts_at) - 3_600_000);
  assert.equal(Date.parse(second.notify_at), Date.parse(first.notify_at) + 1000);
  assert.equal(first.acknowledged_at, null);
  assert.equal(first.recurrence_id, undefined);

  // The stream continues from the same cursors.
  const followed: NotificationOut[] = [];
  for await (const notification of follow(client, start.next_cursor)) {
    followed.push(notification);
    if (followed.length === 2) break;
  }
  assert.deepEqual(followed, received);

  const { data: acknowledged } = await acknowledge(client, first.id);
  assert(acknowledged?.acknowledged_at);
  assert.deepEqual((await acknowledge(client, first.id)).data, acknowledged);
  assert.deepEqual((await pageOf(client)).items, [acknowledged, second]);
  assert.deepEqual((await pageOf(client, { unacknowledged: true })).items, [second]);
  await readErrors(client);
}

// They are values with a type.
async function readErrors(client: Client<paths>) {
  const missing = await acknowledge(client, randomUUID());
  assert.equal(missing.response.status, 404);
  assert.equal(missing.error?.type, "urn:calendar:problem:notification-not-found");
  const invalid = await client.GET("/v1/notifications", {
    params: { query: { after: "no cursor" } },
  });
  assert(invalid.error && "errors" in invalid.error);
  assert.deepEqual(invalid.error.errors.map(({ loc, type }) => ({ loc, type })), [
    { loc: ["query", "after"], type: "cursor" },
  ]);
}

async function pageOf(client: Client<paths>, query: Query = {}) {
  const page = await client.GET("/v1/notifications", { params: { query } });
  return page.data ?? assert.fail(page.error.detail);
}

function acknowledge(client: Client<paths>, notification_id: string) {
  return client.POST("/v1/notifications/{notification_id}/acknowledge", {
    params: { path: { notification_id } },
  });
}

// Loads pages until the notifications are there: a page that is empty has a cursor, too.
async function receive(client: Client<paths>, after: string, count: number) {
  const received: NotificationOut[] = [];
  for (const deadline = Date.now() + TIMEOUT; received.length < count; ) {
    assert(Date.now() < deadline, `only ${received.length} notifications arrived`);
    const page = await pageOf(client, { after, limit: 1 });
    received.push(...page.items);
    after = page.next_cursor;
    if (!page.items.length) await setTimeout(100);
  }
  return received;
}

// The client hands out the body as it comes; the events in it are read by hand.
async function* follow(client: Client<paths>, after: string): AsyncGenerator<NotificationOut> {
  const { data, error } = await client.GET("/v1/notifications/stream", {
    params: { header: { "Last-Event-ID": after } },
    parseAs: "stream",
  });
  assert(data, error?.detail);
  let rest = "";
  for await (const text of data.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data:")) yield JSON.parse(line.slice("data:".length));
    }
  }
}
