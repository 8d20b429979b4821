package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/securityprovider"

	"journey/calendar"
	"journey/notifications"
)

// How long notifications may take to arrive.
const timeout = 30 * time.Second

// Reminders of an event: received, followed, acknowledged.
func useReminders(events *calendar.ClientWithResponses, user string) {
	ctx := context.Background()
	provider := must(securityprovider.NewSecurityProviderApiKey("header", "X-User-Id", user))
	client := must(notifications.NewClientWithResponses(
		os.Getenv("STORER_URL"), notifications.WithRequestEditorFn(provider.Intercept)))
	start := pageOf(client, nil)
	equal(len(start.Items), 0)

	// The first reminder is due now, the second one a second later.
	event := must(events.CreateEventWithResponse(ctx, nil, calendar.EventIn{
		Title:     "Train",
		StartsAt:  nullable.NewNullableWithValue(time.Now().Add(time.Hour).Format(time.RFC3339)),
		Duration:  nullable.NewNullableWithValue("PT2H"),
		Reminders: nullable.NewNullableWithValue([]string{"PT1H", "PT59M59S"}),
	})).JSON201

	received := receive(client, start.NextCursor, 2)
	first, second := received[0], received[1]
	equal(first.EventID, event.ID)
	equal(first.Title, "Train")
	equal(first.EventDate, event.StartsAt)
	equal(first.NotifyAt, event.StartsAt.Add(-time.Hour))
	equal(second.NotifyAt, first.NotifyAt.Add(time.Second))
	equal(first.AcknowledgedAt.IsNull(), true)
	equal(first.RecurrenceID == nil, true)

	// The stream continues from the same cursors.
	equal(follow(client, start.NextCursor, 2), received)

	acknowledged := *must(client.AcknowledgeNotificationWithResponse(ctx, first.ID, nil)).JSON200
	equal(acknowledged.AcknowledgedAt.IsNull(), false)
	equal(*must(client.AcknowledgeNotificationWithResponse(ctx, first.ID, nil)).JSON200, acknowledged)
	equal(pageOf(client, nil).Items, []notifications.NotificationOut{acknowledged, second})
	yes := true
	unacknowledged := pageOf(client, &notifications.ListNotificationsParams{Unacknowledged: &yes})
	equal(unacknowledged.Items, []notifications.NotificationOut{second})
	readErrors(client)
}

// They are values with a type.
func readErrors(client *notifications.ClientWithResponses) {
	ctx := context.Background()
	missing := must(client.AcknowledgeNotificationWithResponse(ctx, uuid.New(), nil)).ApplicationProblemJSON404
	equal(missing.Type, "urn:calendar:problem:notification-not-found")
	bad := "no cursor"
	invalid := must(client.ListNotificationsWithResponse(ctx, &notifications.ListNotificationsParams{After: &bad}))
	errors := invalid.ApplicationProblemJSON422.Errors
	equal(len(errors), 1)
	equal(errors[0].Type, "cursor")
	equal(must(errors[0].Loc[1].AsFieldErrorLoc0()), "after")
}

func pageOf(
	client *notifications.ClientWithResponses, params *notifications.ListNotificationsParams,
) *notifications.NotificationPage {
	return must(client.ListNotificationsWithResponse(context.Background(), params)).JSON200
}

// Loads pages until the notifications are there: a page that is empty has a cursor, too.
func receive(
	client *notifications.ClientWithResponses, after string, count int,
) (received []notifications.NotificationOut) {
	one := 1
	for deadline := time.Now().Add(timeout); len(received) < count; {
		if time.Now().After(deadline) {
			log.Panicf("only %d notifications arrived", len(received))
		}
		page := pageOf(client, &notifications.ListNotificationsParams{After: &after, Limit: &one})
		received = append(received, page.Items...)
		after = page.NextCursor
		if len(page.Items) == 0 {
			time.Sleep(100 * time.Millisecond)
		}
	}
	return received
}

// The next notifications of the stream, read by hand: StreamNotificationsWithResponse waits for its end.
func follow(
	client *notifications.ClientWithResponses, after string, count int,
) (followed []notifications.NotificationOut) {
	response := must(client.StreamNotifications(
		context.Background(), &notifications.StreamNotificationsParams{LastEventID: &after}))
	defer response.Body.Close()
	equal(response.StatusCode, http.StatusOK)
	lines := bufio.NewScanner(response.Body)
	for len(followed) < count && lines.Scan() {
		if data, found := strings.CutPrefix(lines.Text(), "data:"); found {
			var notification notifications.NotificationOut
			must(0, json.Unmarshal([]byte(data), &notification))
			followed = append(followed, notification)
		}
	}
	return followed
}
