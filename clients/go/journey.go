// The journey with a client by oapi-codegen.
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
		StartsAt:     startsAt,
		Duration:     nullable.NewNullableWithValue("PT45M"),
		Description:  nullable.NewNullableWithValue("Bring the X-ray."),
		NotifyBefore: nullable.NewNullableWithValue("P1D"),
		Location:     nullable.NewNullableWithValue("5 High Street"),
	}
}

func main() {
	ctx := context.Background()
	client := clientOf("go-" + uuid.NewString())

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
	invalid := must(client.ReplaceEventWithResponse(ctx, event.ID, nil, calendar.EventIn{Title: "x", StartsAt: start}))
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
