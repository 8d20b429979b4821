// The journey with clients by oapi-codegen.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"reflect"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/securityprovider"

	"journey/calendar"
)

var start = time.Date(2031, 3, 1, 10, 0, 0, 0, time.UTC)

func clientOf(user string) *calendar.ClientWithResponses {
	provider := must(securityprovider.NewSecurityProviderApiKey("header", "X-User-Id", user))
	return must(calendar.NewClientWithResponses(
		os.Getenv("API_URL"), calendar.WithRequestEditorFn(provider.Intercept)))
}

func newEvent(title string, startsAt time.Time) calendar.EventIn {
	return calendar.EventIn{
		Title:        title,
		StartsAt:     nullable.NewNullableWithValue(startsAt.Format(time.RFC3339)),
		Duration:     nullable.NewNullableWithValue("PT45M"),
		Description:  nullable.NewNullableWithValue("Bring the X-ray."),
		NotifyBefore: nullable.NewNullableWithValue("P1D"),
		Location:     nullable.NewNullableWithValue("5 High Street"),
	}
}

func main() {
	user := "go-" + uuid.NewString()
	client := clientOf(user)
	useEvent(client)
	useSeries(client)
	useReminders(client, user)
}

func useEvent(client *calendar.ClientWithResponses) {
	ctx := context.Background()
	created := must(client.CreateEventWithResponse(ctx, nil, newEvent("Dentist", start)))
	event := created.JSON201
	equal(created.StatusCode(), http.StatusCreated)
	equal(created.HTTPResponse.Header.Get("Location"), "/v1/events/"+event.ID.String())
	equal(event.NotifyBefore, nullable.NewNullableWithValue("P1D"))
	equal(event.EndsAt, start.Add(45*time.Minute))
	etag := created.HTTPResponse.Header.Get("ETag")

	found := must(client.GetEventWithResponse(ctx, event.ID, nil))
	equal(found.JSON200, event)
	equal(found.HTTPResponse.Header.Get("ETag"), etag)
	unchanged := must(client.GetEventWithResponse(ctx, event.ID, &calendar.GetEventParams{IfNoneMatch: &etag}))
	equal(unchanged.StatusCode(), http.StatusNotModified)

	// What GET returned can be put back.
	var same calendar.EventIn
	must(0, json.Unmarshal(must(json.Marshal(event)), &same))
	equal(must(client.ReplaceEventWithResponse(ctx, event.ID, nil, same)).JSON200, event)

	// Lists, with paging.
	second := must(client.CreateEventWithResponse(ctx, nil, newEvent("Tea", start.Add(2*time.Hour)))).JSON201
	var listed []uuid.UUID
	one := 1
	params := &calendar.ListRangeParams{From: start, To: start.AddDate(0, 0, 1), Limit: &one}
	for {
		page := must(client.ListRangeWithResponse(ctx, params)).JSON200
		for _, each := range page.Items {
			listed = append(listed, each.ID)
		}
		if page.NextCursor.IsNull() {
			break
		}
		cursor := page.NextCursor.MustGet()
		params.Cursor = &cursor
	}
	equal(listed, []uuid.UUID{event.ID, second.ID})

	title := "Doctor"
	patched := must(client.ChangeEventWithResponse(ctx, event.ID, nil, calendar.EventPatch{
		Title:    &title,
		Duration: nullable.NewNullableWithValue("PT1H"),
	})).JSON200
	equal(patched.Title, "Doctor")
	equal(patched.Duration, "PT1H")
	equal(patched.NotifyBefore, nullable.NewNullableWithValue("P1D"))

	// Null clears a member; what is left out stays.
	cleared := must(client.ChangeEventWithResponse(ctx, event.ID, nil, calendar.EventPatch{
		NotifyBefore: nullable.NewNullNullable[string](),
		Location:     nullable.NewNullNullable[string](),
	})).JSON200
	equal(cleared.NotifyBefore.IsNull(), true)
	equal(cleared.Location == nil, true)
	equal(cleared.Description, nullable.NewNullableWithValue("Bring the X-ray."))

	// Errors are values with a type.
	missing := must(client.GetEventWithResponse(ctx, uuid.New(), nil)).ApplicationProblemJSON404
	equal(missing.Type, "urn:calendar:problem:event-not-found")
	other := newEvent("Other", start)
	other.ID = nullable.NewNullableWithValue(event.ID)
	conflict := must(client.CreateEventWithResponse(ctx, nil, other)).ApplicationProblemJSON409
	equal(conflict.Type, "urn:calendar:problem:event-exists")
	stale := must(client.DeleteEventWithResponse(ctx, event.ID, &calendar.DeleteEventParams{IfMatch: &etag}))
	equal(stale.ApplicationProblemJSON412.Type, "urn:calendar:problem:version-mismatch")
	endless := calendar.EventIn{Title: "x", StartsAt: other.StartsAt}
	invalid := must(client.ReplaceEventWithResponse(ctx, event.ID, nil, endless))
	errors := invalid.ApplicationProblemJSON422.Errors
	equal(len(errors), 1)
	equal(errors[0].Type, "one_end")
	equal(must(errors[0].Loc[0].AsFieldErrorLoc0()), "body")

	// Another user sees nothing of it.
	stranger := clientOf("go-" + uuid.NewString())
	equal(must(stranger.GetEventWithResponse(ctx, event.ID, nil)).StatusCode(), http.StatusNotFound)

	equal(must(client.DeleteEventWithResponse(ctx, event.ID, nil)).StatusCode(), http.StatusNoContent)
	equal(must(client.GetEventWithResponse(ctx, event.ID, nil)).ApplicationProblemJSON404.Status, 404)
}

// On Wednesdays at half past seven in Berlin, where clocks go forward on 30 March.
func useSeries(client *calendar.ClientWithResponses) {
	ctx := context.Background()
	series := must(client.CreateEventWithResponse(ctx, nil, calendar.EventIn{
		Title:      "Choir",
		StartsAt:   nullable.NewNullableWithValue("2031-03-05T19:30:00"),
		Duration:   nullable.NewNullableWithValue("PT2H"),
		TimeZone:   nullable.NewNullableWithValue("Europe/Berlin"),
		Recurrence: &calendar.RecurrenceIn{Rule: nullable.NewNullableWithValue("FREQ=WEEKLY;BYDAY=WE")},
		Overrides: nullable.NewNullableWithValue(map[string]calendar.OverrideIn{
			"2031-03-12T19:30:00": {Title: nullable.NewNullableWithValue("Rehearsal")},
		}),
		Reminders: nullable.NewNullableWithValue([]string{"P1D", "PT1H"}),
	})).JSON201
	equal(series.StartsAt, time.Date(2031, 3, 5, 18, 30, 0, 0, time.UTC))
	equal(series.NotifyBefore, nullable.NewNullableWithValue("P1D"))
	equal(*series.Reminders, []string{"P1D", "PT1H"})

	equal(occurrences(client, series.ID), []occurrence{
		{"2031-03-05T19:30:00", "Choir", time.Date(2031, 3, 5, 18, 30, 0, 0, time.UTC)},
		{"2031-03-12T19:30:00", "Rehearsal", time.Date(2031, 3, 12, 18, 30, 0, 0, time.UTC)},
		{"2031-03-19T19:30:00", "Choir", time.Date(2031, 3, 19, 18, 30, 0, 0, time.UTC)},
		{"2031-03-26T19:30:00", "Choir", time.Date(2031, 3, 26, 18, 30, 0, 0, time.UTC)},
		{"2031-04-02T19:30:00", "Choir", time.Date(2031, 4, 2, 17, 30, 0, 0, time.UTC)},
		{"2031-04-09T19:30:00", "Choir", time.Date(2031, 4, 9, 17, 30, 0, 0, time.UTC)},
	})

	// One occurrence is changed, another one excluded.
	later := calendar.OccurrencePatch{StartsAt: nullable.NewNullableWithValue("2031-03-19T20:00:00")}
	changed := must(client.ChangeOccurrenceWithResponse(ctx, series.ID, "2031-03-19T19:30:00", nil, later)).JSON200
	equal(*changed.RecurrenceID, "2031-03-19T19:30:00")
	equal(changed.StartsAt, time.Date(2031, 3, 19, 19, 0, 0, 0, time.UTC))
	excluded := must(client.DeleteOccurrenceWithResponse(ctx, series.ID, "2031-03-26T19:30:00", nil))
	equal(excluded.StatusCode(), http.StatusNoContent)

	// The series that GET returned can be put back.
	found := must(client.GetEventWithResponse(ctx, series.ID, nil)).JSON200
	equal(*found.Recurrence.Excluded, []string{"2031-03-26T19:30:00"})
	var same calendar.EventIn
	must(0, json.Unmarshal(must(json.Marshal(found)), &same))
	equal(must(client.ReplaceEventWithResponse(ctx, series.ID, nil, same)).JSON200, found)

	// From April on it is another series, which then ends after its first occurrence.
	concert := "Concert"
	following := must(client.SplitSeriesWithResponse(ctx, series.ID, nil, calendar.SplitIn{
		At:      "2031-04-02T19:30:00",
		Changes: &calendar.EventPatch{Title: &concert},
	})).JSON201
	from := "2031-04-09T19:30:00"
	ended := must(client.DeleteEventWithResponse(ctx, following.ID, &calendar.DeleteEventParams{From: &from}))
	equal(ended.StatusCode(), http.StatusNoContent)
	equal(occurrences(client, series.ID), []occurrence{
		{"2031-03-05T19:30:00", "Choir", time.Date(2031, 3, 5, 18, 30, 0, 0, time.UTC)},
		{"2031-03-12T19:30:00", "Rehearsal", time.Date(2031, 3, 12, 18, 30, 0, 0, time.UTC)},
		{"2031-03-19T19:30:00", "Choir", time.Date(2031, 3, 19, 19, 0, 0, 0, time.UTC)},
	})
	equal(occurrences(client, following.ID), []occurrence{
		{"2031-04-02T19:30:00", "Concert", time.Date(2031, 4, 2, 17, 30, 0, 0, time.UTC)},
	})
}

type occurrence struct {
	ID       string
	Title    string
	StartsAt time.Time
}

func occurrences(client *calendar.ClientWithResponses, series uuid.UUID) (listed []occurrence) {
	page := must(client.ListOccurrencesWithResponse(context.Background(), series, &calendar.ListOccurrencesParams{
		From: time.Date(2031, 3, 1, 0, 0, 0, 0, time.UTC),
		To:   time.Date(2031, 4, 15, 0, 0, 0, 0, time.UTC),
	})).JSON200
	for _, each := range page.Items {
		listed = append(listed, occurrence{*each.RecurrenceID, each.Title, each.StartsAt})
	}
	return listed
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Panic(err)
	}
	return value
}

func equal(got, want any) {
	if !reflect.DeepEqual(got, want) {
		gotten, _ := json.Marshal(got)
		wanted, _ := json.Marshal(want)
		log.Panicf("got %s, want %s", gotten, wanted)
	}
}
