Feature: Outages
  Parts of the system stop, die and come back. What was acknowledged stays, and every reminder becomes exactly
  one notification: late where it must be, never lost, never doubled.

  What is tagged @weekly repeats what faults or another scenario prove; CI runs it once a week.

  Scenario: The storer is away while reminders fall due
    Given the storer is stopped
    And Alice has 50 events whose reminders are due in 2 seconds
    And her reminders have been published
    But Alice has not been notified
    When the storer is started
    Then Alice is notified of each event once

  @weekly
  Scenario: The scheduler is away when reminders fall due
    Given the scheduler is stopped
    And Alice has 50 events whose reminders are due in 2 seconds
    And her reminders are due
    But Alice has not been notified
    When the scheduler is started
    Then Alice is notified of each event once

  Scenario: Kafka is restarted under traffic
    Given 4 people create one event after the other, with reminders that are due at once
    When kafka is restarted
    And each of them has created 20 more events
    Then all requests were answered within 5 seconds
    And no request failed
    And each of them is notified of each event once

  Scenario: PostgreSQL is restarted under traffic
    Given 4 people create one event after the other, with reminders that are due at once
    When postgres is restarted
    And each of them has created 20 more events
    Then all requests were answered within 5 seconds
    And those that failed were answered 503
    And each of them is notified of each event once

  Scenario Outline: A part is killed under traffic, and started again
    Given 4 people create one event after the other, with reminders that are due at once
    When the <part> is killed
    And the <part> is started
    And each of them has created 20 more events
    Then each of them is notified of each event once

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
