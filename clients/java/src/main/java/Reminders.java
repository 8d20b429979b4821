import static java.time.format.DateTimeFormatter.ISO_OFFSET_DATE_TIME;
import static java.time.temporal.ChronoUnit.SECONDS;

import calendar.api.EventsApi;
import calendar.api.EventsApi.APICreateEventRequest;
import calendar.model.EventIn;
import calendar.model.EventOut;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import notifications.ApiClient;
import notifications.ApiException;
import notifications.api.NotificationsApi;
import notifications.api.NotificationsApi.APIAcknowledgeNotificationRequest;
import notifications.api.NotificationsApi.APIListNotificationsRequest;
import notifications.model.FieldsProblem;
import notifications.model.NotificationOut;
import notifications.model.NotificationPage;
import notifications.model.Problem;

/** Reminders of an event: received, followed, acknowledged. */
final class Reminders {
  /** How long notifications may take to arrive. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final ObjectMapper JSON = ApiClient.createDefaultObjectMapper();

  private static ApiClient clientOf(String user) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("STORER_URL"));
    client.setRequestInterceptor(request -> request.header("X-User-Id", user));
    return client;
  }

  static void use(EventsApi events, String user) throws Exception {
    ApiClient client = clientOf(user);
    NotificationsApi notifications = new NotificationsApi(client);
    NotificationPage start = notifications.listNotifications(list().build());
    Journey.equal(start.getItems(), List.of());

    // The first reminder is due now, the second one a second later.
    OffsetDateTime inAnHour = OffsetDateTime.now(ZoneOffset.UTC).plusHours(1).truncatedTo(SECONDS);
    EventIn soon =
        new EventIn()
            .title("Train")
            .startsAt(ISO_OFFSET_DATE_TIME.format(inAnHour))
            .duration("PT2H")
            .addRemindersItem("PT1H")
            .addRemindersItem("PT59M59S");
    EventOut event =
        events.createEvent(APICreateEventRequest.newBuilder().eventIn(soon).build());

    List<NotificationOut> received = receive(notifications, start.getNextCursor(), 2);
    NotificationOut first = received.get(0);
    NotificationOut second = received.get(1);
    Journey.equal(first.getEventId(), event.getId());
    Journey.equal(first.getTitle(), "Train");
    Journey.equal(first.getEventDate(), event.getStartsAt());
    Journey.equal(first.getNotifyAt(), event.getStartsAt().minusHours(1));
    Journey.equal(second.getNotifyAt(), first.getNotifyAt().plusSeconds(1));
    Journey.equal(first.getAcknowledgedAt(), null);
    Journey.equal(first.getRecurrenceId(), null);

    // The stream continues from the same cursors.
    Journey.equal(follow(client, start.getNextCursor(), 2), received);

    NotificationOut acknowledged = notifications.acknowledgeNotification(acknowledge(first.getId()));
    Journey.equal(acknowledged.getAcknowledgedAt() != null, true);
    Journey.equal(
        notifications.acknowledgeNotification(acknowledge(first.getId())), acknowledged);
    Journey.equal(
        notifications.listNotifications(list().build()).getItems(), List.of(acknowledged, second));
    Journey.equal(
        notifications.listNotifications(list().unacknowledged(true).build()).getItems(),
        List.of(second));
    readErrors(notifications);
  }

  /** They are values with a type. */
  private static void readErrors(NotificationsApi notifications) throws Exception {
    Problem missing =
        problem(
            Problem.class,
            () -> notifications.acknowledgeNotification(acknowledge(UUID.randomUUID())));
    Journey.equal(missing.getType(), "urn:calendar:problem:notification-not-found");
    FieldsProblem invalid =
        problem(
            FieldsProblem.class,
            () -> notifications.listNotifications(list().after("no cursor").build()));
    Journey.equal(invalid.getErrors().size(), 1);
    Journey.equal(invalid.getErrors().get(0).getType(), "cursor");
    Journey.equal(invalid.getErrors().get(0).getLoc().get(1).getString(), "after");
  }

  private static <T> T problem(Class<T> type, Callable<?> call) throws Exception {
    try {
      throw new AssertionError("not refused: " + call.call());
    } catch (ApiException error) {
      return JSON.readValue(error.getResponseBody(), type);
    }
  }

  private static APIListNotificationsRequest.Builder list() {
    return APIListNotificationsRequest.newBuilder();
  }

  private static APIAcknowledgeNotificationRequest acknowledge(UUID id) {
    return APIAcknowledgeNotificationRequest.newBuilder().notificationId(id).build();
  }

  /** Loads pages until the notifications are there: a page that is empty has a cursor, too. */
  private static List<NotificationOut> receive(
      NotificationsApi notifications, String after, int count) throws Exception {
    List<NotificationOut> received = new ArrayList<>();
    APIListNotificationsRequest.Builder next = list().after(after).limit(1);
    Instant deadline = Instant.now().plus(TIMEOUT);
    while (received.size() < count) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("only " + received + " arrived");
      }
      NotificationPage page = notifications.listNotifications(next.build());
      received.addAll(page.getItems());
      next.after(page.getNextCursor());
      if (page.getItems().isEmpty()) {
        Thread.sleep(100);
      }
    }
    return received;
  }

  /** The next notifications of the stream, by hand: the generated method waits for its end. */
  private static List<NotificationOut> follow(ApiClient client, String after, int count)
      throws Exception {
    URI uri = URI.create(client.getBaseUri() + "/v1/notifications/stream");
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Last-Event-ID", after);
    client.getRequestInterceptor().accept(request);
    HttpResponse<Stream<String>> response =
        client.getHttpClient().send(request.build(), BodyHandlers.ofLines());
    Journey.equal(response.statusCode(), 200);
    List<NotificationOut> followed = new ArrayList<>();
    try (Stream<String> lines = response.body()) {
      Iterator<String> each = lines.iterator();
      while (followed.size() < count && each.hasNext()) {
        String line = each.next();
        if (line.startsWith("data:")) {
          followed.add(JSON.readValue(line.substring("data:".length()), NotificationOut.class));
        }
      }
    }
    return followed;
  }
}
