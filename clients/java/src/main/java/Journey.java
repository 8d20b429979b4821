import calendar.ApiClient;
import calendar.ApiException;
import calendar.ApiResponse;
import calendar.api.EventsApi;
import calendar.api.ListsApi;
import calendar.model.EventIn;
import calendar.model.EventOut;
import calendar.model.EventPatch;
import calendar.model.FieldsProblem;
import calendar.model.Problem;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;

/** The journey with a client by openapi-generator. */
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
        .startsAt(startsAt)
        .duration("PT45M")
        .description("Bring the X-ray.")
        .notifyBefore("P1D")
        .location("5 High Street");
  }

  public static void main(String[] arguments) throws Exception {
    ApiClient client = clientOf("java-" + UUID.randomUUID());
    EventsApi events = new EventsApi(client);

    ApiResponse<EventOut> created = events.createEventWithHttpInfo(newEvent("Dentist", START), null, null);
    EventOut event = created.getData();
    equal(created.getStatusCode(), 201);
    equal(header(created, "Location"), "/v1/events/" + event.getId());
    equal(event.getNotifyBefore(), "P1D");
    equal(event.getEndsAt(), START.plusMinutes(45));
    UUID id = event.getId();
    String etag = header(created, "ETag");

    ApiResponse<EventOut> found = events.getEventWithHttpInfo(id, null, null, null);
    equal(found.getData(), event);
    equal(header(found, "ETag"), etag);

    // What GET returned can be put back.
    EventIn same = ApiClient.createDefaultObjectMapper().convertValue(event, EventIn.class);
    equal(events.replaceEvent(id, same, null, null, null), event);

    // Lists, with paging.
    EventOut second = events.createEvent(newEvent("Tea", START.plusHours(2)), null, null);
    ListsApi lists = new ListsApi(client);
    List<UUID> listed = new ArrayList<>();
    String cursor = null;
    do {
      var page = lists.listRange(START, START.plusDays(1), 1, cursor, null);
      page.getItems().forEach(each -> listed.add(each.getId()));
      cursor = page.getNextCursor();
    } while (cursor != null);
    equal(listed, List.of(id, second.getId()));

    EventOut patched =
        events.changeEvent(id, new EventPatch().title("Doctor").duration("PT1H"), null, null, null);
    equal(patched.getTitle(), "Doctor");
    equal(patched.getDuration(), "PT1H");
    equal(patched.getNotifyBefore(), "P1D");

    // Null clears a member; what is left out stays.
    EventPatch nulls = new EventPatch().notifyBefore(null).location(null);
    EventOut cleared = events.changeEvent(id, nulls, null, null, null);
    equal(cleared.getNotifyBefore(), null);
    equal(cleared.getLocation(), null);
    equal(cleared.getDescription(), "Bring the X-ray.");

    // Errors are values with a type.
    Problem missing =
        problem(404, Problem.class, () -> events.getEvent(UUID.randomUUID(), null, null, null));
    equal(missing.getType(), "urn:calendar:problem:event-not-found");
    Problem conflict =
        problem(409, Problem.class, () -> events.createEvent(newEvent("Other", START).id(id), null, null));
    equal(conflict.getType(), "urn:calendar:problem:event-exists");
    Problem stale =
        problem(412, Problem.class, () -> events.deleteEventWithHttpInfo(id, etag, null, null));
    equal(stale.getType(), "urn:calendar:problem:version-mismatch");
    EventIn endless = new EventIn().title("x").startsAt(START);
    FieldsProblem invalid =
        problem(422, FieldsProblem.class, () -> events.replaceEvent(id, endless, null, null, null));
    equal(invalid.getErrors().size(), 1);
    equal(invalid.getErrors().get(0).getType(), "one_end");
    equal(invalid.getErrors().get(0).getLoc().get(0).getString(), "body");

    // Another user sees nothing of it.
    EventsApi strangers = new EventsApi(clientOf("java-" + UUID.randomUUID()));
    problem(404, Problem.class, () -> strangers.getEvent(id, null, null, null));

    equal(events.deleteEventWithHttpInfo(id, null, null, null).getStatusCode(), 204);
    problem(404, Problem.class, () -> events.getEvent(id, null, null, null));
  }

  /** The problem that a call is answered with. */
  private static <T> T problem(int status, Class<T> type, Callable<?> call) throws Exception {
    try {
      throw new AssertionError("not refused: " + call.call());
    } catch (ApiException error) {
      equal(error.getCode(), status);
      return ApiClient.createDefaultObjectMapper().readValue(error.getResponseBody(), type);
    }
  }

  private static String header(ApiResponse<?> response, String name) {
    return response.getHeaders().entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .map(header -> header.getValue().get(0))
        .findFirst()
        .orElseThrow();
  }

  private static void equal(Object got, Object wanted) {
    if (!Objects.equals(got, wanted)) {
      throw new AssertionError("got " + got + ", want " + wanted);
    }
  }
}
