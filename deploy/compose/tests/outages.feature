Feature: Outages
  Parts of the system stop, crash and restart. Acknowledged events are kept, and every reminder results in exactly
  one notification, possibly late, never lost or duplicated.

  Scenarios tagged @weekly repeat a proof of `faults` or of another scenario; CI runs them once a week.

  Scenario: The storer is stopped while reminders are due
    Given the storer is stopped
    And Alice has 50 events whose reminders are due in 2 seconds
    And Alice's reminders have been published
    But Alice has not been notified
    When the storer is started
    Then Alice is notified of each event once

  @weekly
  Scenario: The scheduler is stopped while reminders are due
    Given the scheduler is stopped
    And Alice has 50 events whose reminders are due in 2 seconds
    And Alice's reminders are due
    But Alice has not been notified
    When the scheduler is started
    Then Alice is notified of each event once

  @weekly
  Scenario: The scheduler is stopped while occurrences of series are due
    Given the scheduler is stopped
    And Alice has 10 series with occurrences in 3, 4 and 5 seconds
    And the reminders of all occurrences are due
    But Alice has not been notified
    When the scheduler is started
    Then Alice is notified of each occurrence once, in order

  Scenario: Kafka is restarted under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When kafka is restarted
    And each client has created 20 more events
    Then all requests were answered within 5 seconds
    And no request failed
    And each client is notified of each event once

  Scenario: PostgreSQL is restarted under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When postgres is restarted
    And each client has created 20 more events
    Then all requests were answered within 5 seconds
    And failed requests were answered with 503
    And each client is notified of each event once

  Scenario: Storers with open streams are killed, one after the other
    Given there are 2 storers
    And 4 clients create events one after another, with reminders that are due immediately
    And each client watches its notifications
    When each storer is killed and started in turn
    And each client has created 20 more events
    Then each client is notified of each event once
    And each client has resumed its stream, and seen its notifications once, in the order of its list

  Scenario Outline: A part is killed and started under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When the <part> is killed
    And the <part> is started
    And each client has created 20 more events
    Then each client is notified of each event once

    Examples:
      | part      |
      | api       |
      | postgres  |

    @weekly
    Examples:
      | part      |
      | scheduler |
      | storer    |
      | kafka     |
