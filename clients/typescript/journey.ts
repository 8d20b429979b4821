// The journey with a client by openapi-typescript and openapi-fetch.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./calendar.ts";

type EventIn = components["schemas"]["EventIn"];
type EventOut = components["schemas"]["EventOut"];
type Problem = components["schemas"]["Problem"];
type FieldsProblem = components["schemas"]["FieldsProblem"];

const baseUrl = process.env["API_URL"] ?? assert.fail("API_URL is not set");
const clientOf = (user: string) =>
  createClient<paths>({ baseUrl, headers: { "X-User-Id": user } });
const client = clientOf(`typescript-${randomUUID()}`);

const newEvent = (title: string, startsAt: string): EventIn => ({
  title,
  starts_at: startsAt,
  duration: "PT45M",
  description: "Bring the X-ray.",
  notify_before: "P1D",
  location: "5 High Street",
});

const created = await client.POST("/v1/events", {
  body: newEvent("Dentist", "2031-03-01T10:00:00Z"),
});
const event: EventOut = created.data ?? assert.fail(created.error.detail);
assert.equal(created.response.status, 201);
assert.equal(created.response.headers.get("Location"), `/v1/events/${event.id}`);
assert.equal(event.notify_before, "P1D");
assert.equal(event.ends_at, "2031-03-01T10:45:00Z");
const path = { event_id: event.id };

const found = await client.GET("/v1/events/{event_id}", { params: { path } });
const etag = found.response.headers.get("ETag") ?? assert.fail("no ETag");
assert.deepEqual(found.data, event);
assert.equal(etag, created.response.headers.get("ETag"));
const unchanged = await client.GET("/v1/events/{event_id}", {
  params: { path, header: { "If-None-Match": etag } },
});
assert.equal(unchanged.response.status, 304);

// What GET returned can be put back.
const same = await client.PUT("/v1/events/{event_id}", { params: { path }, body: event });
assert.deepEqual(same.data, event);

// Lists, with paging.
const second = await client.POST("/v1/events", {
  body: newEvent("Tea", "2031-03-01T12:00:00Z"),
});
const listed: string[] = [];
const range = { from: "2031-03-01T00:00:00Z", to: "2031-03-02T00:00:00Z", limit: 1 };
for (let cursor: string | null | undefined; cursor !== null; ) {
  const page = await client.GET("/v1/events", {
    params: { query: cursor === undefined ? range : { ...range, cursor } },
  });
  assert(page.data, page.error?.detail);
  listed.push(...page.data.items.map((each) => each.id));
  cursor = page.data.next_cursor;
}
assert.deepEqual(listed, [event.id, second.data?.id]);

const patched = await client.PATCH("/v1/events/{event_id}", {
  params: { path },
  body: { title: "Doctor", duration: "PT1H" },
});
assert.equal(patched.data?.title, "Doctor");
assert.equal(patched.data.duration, "PT1H");
assert.equal(patched.data.notify_before, "P1D");

// Null clears a member; what is left out stays.
const cleared = await client.PATCH("/v1/events/{event_id}", {
  params: { path },
  body: { notify_before: null, location: null },
});
assert.equal(cleared.data?.notify_before, null);
assert.equal(cleared.data?.location, undefined);
assert.equal(cleared.data?.description, "Bring the X-ray.");

// Errors are values with a type.
const missing = await client.GET("/v1/events/{event_id}", {
  params: { path: { event_id: randomUUID() } },
});
assert.equal(missing.response.status, 404);
const notFound: Problem = missing.error ?? assert.fail("found");
assert.equal(notFound.type, "urn:calendar:problem:event-not-found");
const conflict = await client.POST("/v1/events", {
  body: { ...newEvent("Other", "2031-03-01T10:00:00Z"), id: event.id },
});
assert.equal(conflict.response.status, 409);
assert.equal(conflict.error?.type, "urn:calendar:problem:event-exists");
const stale = await client.DELETE("/v1/events/{event_id}", {
  params: { path, header: { "If-Match": etag } },
});
assert.equal(stale.response.status, 412);
assert.equal(stale.error?.type, "urn:calendar:problem:version-mismatch");
const invalid = await client.PUT("/v1/events/{event_id}", {
  params: { path },
  body: { title: "x", starts_at: "2031-03-01T10:00:00Z" },
});
assert.equal(invalid.response.status, 422);
const problem = invalid.error ?? assert.fail("accepted");
assert("errors" in problem);
const fields: FieldsProblem = problem;
assert.deepEqual(fields.errors.map(({ loc, type }) => ({ loc, type })), [
  { loc: ["body"], type: "one_end" },
]);

// Another user sees nothing of it.
const stranger = clientOf(`typescript-${randomUUID()}`);
const hidden = await stranger.GET("/v1/events/{event_id}", { params: { path } });
assert.equal(hidden.response.status, 404);

const deleted = await client.DELETE("/v1/events/{event_id}", { params: { path } });
assert.equal(deleted.response.status, 204);
const gone = await client.GET("/v1/events/{event_id}", { params: { path } });
assert.equal(gone.error?.status, 404);
