import static java.time.format.DateTimeFormatter.ISO_OFFSET_DATE_TIME;

import calendar.ApiClient;
import calendar.ApiException;
import calendar.ApiResponse;
import calendar.api.EventsApi;
import calendar.api.EventsApi.APIChangeEventRequest;
import calendar.api.EventsApi.APICreateEventRequest;
import calendar.api.EventsApi.APIDeleteEventRequest;
import calendar.api.EventsApi.APIGetEventRequest;
import calendar.api.EventsApi.APIReplaceEventRequest;
import calendar.api.ListsApi;
import calendar.api.ListsApi.APIListOccurrencesRequest;
import calendar.api.ListsApi.APIListRangeRequest;
import calendar.api.OccurrencesApi;
import calendar.api.OccurrencesApi.APIChangeOccurrenceRequest;
import calendar.api.OccurrencesApi.APIDeleteOccurrenceRequest;
import calendar.api.OccurrencesApi.APISplitSeriesRequest;
import calendar.model.EventIn;
import calendar.model.EventOut;
import calendar.model.EventPage;
import calendar.model.EventPatch;
import calendar.model.FieldsProblem;
import calendar.model.OccurrencePatch;
import calendar.model.OverrideIn;
import calendar.model.Problem;
import calendar.model.RecurrenceIn;
import calendar.model.SplitIn;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;

/** The journey with clients by openapi-generator. */
public final class Journey {
  private static final OffsetDateTime START = OffsetDateTime.parse("2031-03-01T10:00:00Z");

  private static ApiClient clientOf(String user) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("API_URL"));
    client.setRequestInterceptor(request -> request.header("X-User-Id", user));
    return client;
  }

  private static EventIn newEvent(String title, OffsetDateTime startsAt) {
    return new EventIn()
        .title(title)
        .startsAt(ISO_OFFSET_DATE_TIME.format(startsAt))
        .duration("PT45M")
        .description("Bring the X-ray.")
        .notifyBefore("P1D")
        .location("5 High Street");
  }

  public static void main(String[] arguments) throws Exception {
    String user = "java-" + UUID.randomUUID();
    ApiClient client = clientOf(user);
    useEvent(client);
    useSeries(client);
    Reminders.use(new EventsApi(client), user);
  }

  private static void useEvent(ApiClient client) throws Exception {
    EventsApi events = new EventsApi(client);
    ApiResponse<EventOut> created = events.createEventWithHttpInfo(create(newEvent("Dentist", START)));
    EventOut event = created.getData();
    equal(created.getStatusCode(), 201);
    equal(header(created, "Location"), "/v1/events/" + event.getId());
    equal(event.getNotifyBefore(), "P1D");
    equal(event.getEndsAt(), START.plusMinutes(45));
    UUID id = event.getId();
    String etag = header(created, "ETag");

    ApiResponse<EventOut> found = events.getEventWithHttpInfo(get(id).build());
    equal(found.getData(), event);
    equal(header(found, "ETag"), etag);
    // Java's client takes all but 2xx for errors.
    equal(refused(() -> events.getEvent(get(id).ifNoneMatch(etag).build())).getCode(), 304);

    // What GET returned can be put back.
    EventIn same = ApiClient.createDefaultObjectMapper().convertValue(event, EventIn.class);
    equal(events.replaceEvent(replace(id, same)), event);

    // Lists, with paging.
    EventOut second = events.createEvent(create(newEvent("Tea", START.plusHours(2))));
    ListsApi lists = new ListsApi(client);
    List<UUID> listed = new ArrayList<>();
    var range = APIListRangeRequest.newBuilder().from(START).to(START.plusDays(1)).limit(1);
    EventPage page;
    do {
      page = lists.listRange(range.build());
      page.getItems().forEach(each -> listed.add(each.getId()));
      range.cursor(page.getNextCursor());
    } while (page.getNextCursor() != null);
    equal(listed, List.of(id, second.getId()));

    EventPatch patch = new EventPatch().title("Doctor").duration("PT1H");
    EventOut patched = events.changeEvent(change(id, patch));
    equal(patched.getTitle(), "Doctor");
    equal(patched.getDuration(), "PT1H");
    equal(patched.getNotifyBefore(), "P1D");

    // Null clears a member; what is left out stays.
    EventPatch nulls = new EventPatch().notifyBefore(null).location(null);
    EventOut cleared = events.changeEvent(change(id, nulls));
    equal(cleared.getNotifyBefore(), null);
    equal(cleared.getLocation(), null);
    equal(cleared.getDescription(), "Bring the X-ray.");

    // Errors are values with a type.
    Problem missing =
        problem(404, Problem.class, () -> events.getEvent(get(UUID.randomUUID()).build()));
    equal(missing.getType(), "urn:calendar:problem:event-not-found");
    EventIn other = newEvent("Other", START).id(id);
    Problem conflict = problem(409, Problem.class, () -> events.createEvent(create(other)));
    equal(conflict.getType(), "urn:calendar:problem:event-exists");
    Problem stale =
        problem(
            412,
            Problem.class,
            () -> events.deleteEventWithHttpInfo(delete(id).ifMatch(etag).build()));
    equal(stale.getType(), "urn:calendar:problem:version-mismatch");
    EventIn endless = new EventIn().title("x").startsAt(ISO_OFFSET_DATE_TIME.format(START));
    FieldsProblem invalid =
        problem(422, FieldsProblem.class, () -> events.replaceEvent(replace(id, endless)));
    equal(invalid.getErrors().size(), 1);
    equal(invalid.getErrors().get(0).getType(), "one_end");
    equal(invalid.getErrors().get(0).getLoc().get(0).getString(), "body");

    // Another user sees nothing of it.
    EventsApi strangers = new EventsApi(clientOf("java-" + UUID.randomUUID()));
    problem(404, Problem.class, () -> strangers.getEvent(get(id).build()));

    equal(events.deleteEventWithHttpInfo(delete(id).build()).getStatusCode(), 204);
    problem(404, Problem.class, () -> events.getEvent(get(id).build()));
  }

  /** On Wednesdays at half past seven in Berlin, where clocks go forward on 30 March. */
  private static void useSeries(ApiClient client) throws Exception {
    EventsApi events = new EventsApi(client);
    OccurrencesApi occurrences = new OccurrencesApi(client);
    ListsApi lists = new ListsApi(client);

    EventIn choir =
        new EventIn()
            .title("Choir")
            .startsAt("2031-03-05T19:30:00")
            .duration("PT2H")
            .timeZone("Europe/Berlin")
            .recurrence(new RecurrenceIn().rule("FREQ=WEEKLY;BYDAY=WE"))
            .putOverridesItem("2031-03-12T19:30:00", new OverrideIn().title("Rehearsal"))
            .addRemindersItem("P1D")
            .addRemindersItem("PT1H");
    EventOut series = events.createEvent(create(choir));
    UUID id = series.getId();
    equal(series.getStartsAt(), OffsetDateTime.parse("2031-03-05T18:30:00Z"));
    equal(series.getNotifyBefore(), "P1D");
    equal(series.getReminders(), List.of("P1D", "PT1H"));

    equal(
        occurrences(lists, id),
        List.of(
            "2031-03-05T19:30:00 Choir 2031-03-05T18:30Z",
            "2031-03-12T19:30:00 Rehearsal 2031-03-12T18:30Z",
            "2031-03-19T19:30:00 Choir 2031-03-19T18:30Z",
            "2031-03-26T19:30:00 Choir 2031-03-26T18:30Z",
            "2031-04-02T19:30:00 Choir 2031-04-02T17:30Z",
            "2031-04-09T19:30:00 Choir 2031-04-09T17:30Z"));

    // One occurrence is changed, another one excluded.
    EventOut changed =
        occurrences.changeOccurrence(
            APIChangeOccurrenceRequest.newBuilder()
                .eventId(id)
                .recurrenceId("2031-03-19T19:30:00")
                .occurrencePatch(new OccurrencePatch().startsAt("2031-03-19T20:00:00"))
                .build());
    equal(changed.getRecurrenceId(), "2031-03-19T19:30:00");
    equal(changed.getStartsAt(), OffsetDateTime.parse("2031-03-19T19:00:00Z"));
    occurrences.deleteOccurrence(
        APIDeleteOccurrenceRequest.newBuilder()
            .eventId(id)
            .recurrenceId("2031-03-26T19:30:00")
            .build());

    // The series that GET returned can be put back.
    EventOut found = events.getEvent(get(id).build());
    equal(found.getRecurrence().getExcluded(), List.of("2031-03-26T19:30:00"));
    EventIn same = ApiClient.createDefaultObjectMapper().convertValue(found, EventIn.class);
    equal(events.replaceEvent(replace(id, same)), found);

    // From April on it is another series, which then ends after its first occurrence.
    SplitIn split =
        new SplitIn().at("2031-04-02T19:30:00").changes(new EventPatch().title("Concert"));
    EventOut following =
        occurrences.splitSeries(
            APISplitSeriesRequest.newBuilder().eventId(id).splitIn(split).build());
    events.deleteEvent(delete(following.getId()).from("2031-04-09T19:30:00").build());
    equal(
        occurrences(lists, id),
        List.of(
            "2031-03-05T19:30:00 Choir 2031-03-05T18:30Z",
            "2031-03-12T19:30:00 Rehearsal 2031-03-12T18:30Z",
            "2031-03-19T19:30:00 Choir 2031-03-19T19:00Z"));
    equal(
        occurrences(lists, following.getId()),
        List.of("2031-04-02T19:30:00 Concert 2031-04-02T17:30Z"));
  }

  private static List<String> occurrences(ListsApi lists, UUID series) throws ApiException {
    APIListOccurrencesRequest request =
        APIListOccurrencesRequest.newBuilder()
            .eventId(series)
            .from(OffsetDateTime.parse("2031-03-01T00:00:00Z"))
            .to(OffsetDateTime.parse("2031-04-15T00:00:00Z"))
            .build();
    return lists.listOccurrences(request).getItems().stream()
        .map(each -> each.getRecurrenceId() + " " + each.getTitle() + " " + each.getStartsAt())
        .toList();
  }

  private static APICreateEventRequest create(EventIn event) {
    return APICreateEventRequest.newBuilder().eventIn(event).build();
  }

  private static APIGetEventRequest.Builder get(UUID id) {
    return APIGetEventRequest.newBuilder().eventId(id);
  }

  private static APIReplaceEventRequest replace(UUID id, EventIn event) {
    return APIReplaceEventRequest.newBuilder().eventId(id).eventIn(event).build();
  }

  private static APIChangeEventRequest change(UUID id, EventPatch patch) {
    return APIChangeEventRequest.newBuilder().eventId(id).eventPatch(patch).build();
  }

  private static APIDeleteEventRequest.Builder delete(UUID id) {
    return APIDeleteEventRequest.newBuilder().eventId(id);
  }

  /** The problem that a call is answered with. */
  private static <T> T problem(int status, Class<T> type, Callable<?> call) throws Exception {
    ApiException error = refused(call);
    equal(error.getCode(), status);
    return ApiClient.createDefaultObjectMapper().readValue(error.getResponseBody(), type);
  }

  private static ApiException refused(Callable<?> call) throws Exception {
    try {
      throw new AssertionError("not refused: " + call.call());
    } catch (ApiException error) {
      return error;
    }
  }

  private static String header(ApiResponse<?> response, String name) {
    return response.getHeaders().entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .map(header -> header.getValue().get(0))
        .findFirst()
        .orElseThrow();
  }

  static void equal(Object got, Object wanted) {
    if (!Objects.equals(got, wanted)) {
      throw new AssertionError("got " + got + ", want " + wanted);
    }
  }
}
