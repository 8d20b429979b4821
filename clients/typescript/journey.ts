// The journey with clients by openapi-typescript and openapi-fetch.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./calendar.ts";
import { useReminders } from "./reminders.ts";

type EventIn = components["schemas"]["EventIn"];
type EventOut = components["schemas"]["EventOut"];
type Problem = components["schemas"]["Problem"];
type FieldsProblem = components["schemas"]["FieldsProblem"];

const baseUrl = process.env["API_URL"] ?? assert.fail("API_URL is not set");
const clientOf = (user: string) =>
  createClient<paths>({ baseUrl, headers: { "X-User-Id": user } });
const user = `typescript-${randomUUID()}`;
const client = clientOf(user);

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

// A series: on Wednesdays at half past seven in Berlin, where clocks go forward on 30 March.
const choir: EventIn = {
  title: "Choir",
  starts_at: "2031-03-05T19:30:00",
  duration: "PT2H",
  time_zone: "Europe/Berlin",
  recurrence: { rule: "FREQ=WEEKLY;BYDAY=WE" },
  overrides: { "2031-03-12T19:30:00": { title: "Rehearsal" } },
  reminders: ["P1D", "PT1H"],
};
const weekly = await client.POST("/v1/events", { body: choir });
const series: EventOut = weekly.data ?? assert.fail(weekly.error.detail);
assert.equal(series.starts_at, "2031-03-05T18:30:00Z");
assert.equal(series.notify_before, "P1D");
assert.deepEqual(series.reminders, ["P1D", "PT1H"]);

const occurrences = async ({ id }: EventOut) => {
  const page = await client.GET("/v1/events/{event_id}/occurrences", {
    params: {
      path: { event_id: id },
      query: { from: "2031-03-01T00:00:00Z", to: "2031-04-15T00:00:00Z" },
    },
  });
  const { items } = page.data ?? assert.fail(page.error.detail);
  return items.map(({ recurrence_id, title, starts_at }) => [recurrence_id, title, starts_at]);
};
assert.deepEqual(await occurrences(series), [
  ["2031-03-05T19:30:00", "Choir", "2031-03-05T18:30:00Z"],
  ["2031-03-12T19:30:00", "Rehearsal", "2031-03-12T18:30:00Z"],
  ["2031-03-19T19:30:00", "Choir", "2031-03-19T18:30:00Z"],
  ["2031-03-26T19:30:00", "Choir", "2031-03-26T18:30:00Z"],
  ["2031-04-02T19:30:00", "Choir", "2031-04-02T17:30:00Z"],
  ["2031-04-09T19:30:00", "Choir", "2031-04-09T17:30:00Z"],
]);

// One occurrence is changed, another one excluded.
const occurrence = (recurrence_id: string) => ({
  params: { path: { event_id: series.id, recurrence_id } },
});
const changed = await client.PATCH("/v1/events/{event_id}/occurrences/{recurrence_id}", {
  ...occurrence("2031-03-19T19:30:00"),
  body: { starts_at: "2031-03-19T20:00:00" },
});
assert.equal(changed.data?.recurrence_id, "2031-03-19T19:30:00");
assert.equal(changed.data.starts_at, "2031-03-19T19:00:00Z");
const excluded = await client.DELETE(
  "/v1/events/{event_id}/occurrences/{recurrence_id}",
  occurrence("2031-03-26T19:30:00"),
);
assert.equal(excluded.response.status, 204);

// The series that GET returned can be put back.
const params = { path: { event_id: series.id } };
const read = await client.GET("/v1/events/{event_id}", { params });
assert.deepEqual(read.data?.recurrence?.excluded, ["2031-03-26T19:30:00"]);
const put = await client.PUT("/v1/events/{event_id}", { params, body: read.data });
assert.deepEqual(put.data, read.data);

// From April on it is another series, which then ends after its first occurrence.
const split = await client.POST("/v1/events/{event_id}/split", {
  params,
  body: { at: "2031-04-02T19:30:00", changes: { title: "Concert" } },
});
const following: EventOut = split.data ?? assert.fail(split.error.detail);
const ended = await client.DELETE("/v1/events/{event_id}", {
  params: { path: { event_id: following.id }, query: { from: "2031-04-09T19:30:00" } },
});
assert.equal(ended.response.status, 204);
assert.deepEqual(await occurrences(series), [
  ["2031-03-05T19:30:00", "Choir", "2031-03-05T18:30:00Z"],
  ["2031-03-12T19:30:00", "Rehearsal", "2031-03-12T18:30:00Z"],
  ["2031-03-19T19:30:00", "Choir", "2031-03-19T19:00:00Z"],
]);
assert.deepEqual(await occurrences(following), [
  ["2031-04-02T19:30:00", "Concert", "2031-04-02T17:30:00Z"],
]);

await useReminders(client, user);
