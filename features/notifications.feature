Feature: Notifications
  A reminder is due at the start of the event minus its lead time. When it is due, exactly one notification is
  stored: never early, and within a second.

  Rule: A reminder becomes one notification when it is due

    Scenario: A reminder is due
      Given Alice has an event "Dentist" whose reminder is due in 1 second
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event
      And no notification of Alice is early

    Scenario: A lead time of zero notifies at the start
      Given Alice has an event "Dentist" that starts in 6 seconds, with a reminder 0 seconds before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event
      And no notification of Alice is early

    Scenario: Two users have reminders for the same event ID
      Given Alice has an event "Dentist" whose reminder is due in 1 second
      And Bob has "Football" with the ID and times of "Dentist"
      Then Alice is notified of "Dentist" once
      And Bob is notified of "Football" once

    Scenario: An event without a reminder
      Given Alice has an event "Dentist" that starts in 1 hour, without a reminder
      Then Alice is never notified of "Dentist"

    Scenario: A reminder that is not due is not sent
      Given Alice has an event "Dentist" whose reminder is due in 1 day
      Then Alice is not notified of "Dentist" yet

    @timing
    Scenario: Many reminders of many users at the same instant
      Given 20 users have 10 events each whose reminders are due in 6 seconds
      Then each of those users is notified of each event once
      And none of those notifications is early
      And 99 % of those notifications are at most 1 second late

  Rule: The reminder is already due when the event is created

    Scenario: The event has not started
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event

    @timing
    Scenario: An overdue reminder is sent immediately
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" was stored within 1 second

    Scenario Outline: The event has already started
      Given Alice has an event "Dentist" that started <span> ago, with a reminder <lead> before
      Then Alice is never notified of "Dentist"

      Examples:
        | span     | lead      |
        | 1 second | 0 seconds |
        | 1 minute | 1 day     |
        | 30 days  | 15 minutes |

    Scenario: The events of a batch have reminders
      Given Alice has a batch of events
        | title    | starts in  | reminder before |
        | ahead    | 1 hour     | 1 day           |
        | soon     | 6 seconds  | 0 seconds       |
        | history  | -1 day     | 2 days          |
      Then Alice is notified of "ahead" once
      And Alice is notified of "soon" once
      And Alice is never notified of "history"

    Scenario: An event that is created twice has one reminder
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      When Alice sends "Dentist" again
      Then the response is 200
      And Alice is notified of "Dentist" once
      When Alice sends "Dentist" again
      Then the response is 200
      And Alice is notified of "Dentist" once

  Rule: The event changes before its reminder is sent

    Scenario: A later start moves the reminder
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice moves "Dentist" so that its reminder is due in 8 seconds
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event
      And no notification of Alice is early

    Scenario: An earlier start moves the reminder
      Given Alice has an event "Dentist" whose reminder is due in 1 hour
      When Alice moves "Dentist" so that its reminder is due in 1 second
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event

    Scenario: A longer lead time makes the reminder due immediately
      Given Alice has an event "Dentist" whose reminder is due in 1 hour
      When Alice sets the lead time of "Dentist" to 3 days
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event

    Scenario: A shorter lead time delays the reminder
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice sets the lead time of "Dentist" to 1 minute
      Then Alice is never notified of "Dentist"

    Scenario: A reminder is added
      Given Alice has an event "Dentist" that starts in 1 hour, without a reminder
      When Alice sets the lead time of "Dentist" to 1 day
      Then Alice is notified of "Dentist" once

    Scenario: The event is moved into the past
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice moves "Dentist" to have started 1 hour ago
      Then Alice is never notified of "Dentist"

    Scenario: The title is changed
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice changes "Dentist" to have
        | title | Surgeon |
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event
      And Alice's notification of "Dentist" is titled "Surgeon"

    Scenario: The event is replaced
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice replaces "Dentist", with a reminder that is due in 8 seconds
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event

    Scenario: The event is deleted
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice deletes "Dentist"
      Then the response is 204
      And Alice is never notified of "Dentist"

    Scenario: The reminder is removed
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice changes "Dentist" to have
        | notify_before | null |
      Then the response is 200
      And Alice is never notified of "Dentist"

    Scenario: The event is replaced by one without a reminder
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice replaces "Dentist" with
        | title | Dentist |
      Then the response is 200
      And Alice is never notified of "Dentist"

  Rule: The event changes after its reminder is sent

    Scenario Outline: A change of other fields does not notify again
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice changes "Dentist" to have
        | <field> | <value> |
      Then the response is 200
      And Alice is notified of "Dentist" once

      Examples:
        | field       | value            |
        | title       | Surgeon          |
        | description | Bring the X-ray. |
        | duration    | PT3H             |

    Scenario: A replacement with the same start and lead time does not notify again
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice replaces all fields of "Dentist" except start and lead time
      Then the response is 200
      And Alice is notified of "Dentist" once

    Scenario: A new start has a new reminder
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice moves "Dentist" so that its reminder is due in 1 second
      Then Alice is notified of "Dentist" twice
      And Alice's last notification of "Dentist" matches the event
      And Alice's notifications of "Dentist" have different IDs
      And no notification of Alice is early

    Scenario: A new lead time has a new reminder
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice sets the lead time of "Dentist" to 2 days
      Then Alice is notified of "Dentist" twice
      And Alice's last notification of "Dentist" matches the event
      And Alice's notifications of "Dentist" have different IDs

    Scenario: An event that is moved away and back does not notify again
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice moves "Dentist" to start in 30 days
      And Alice moves "Dentist" back
      Then Alice is notified of "Dentist" once

    Scenario: An event that is moved away, notified and moved back does not notify again
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice moves "Dentist" to start in 2 hours
      Then Alice is notified of "Dentist" twice
      When Alice moves "Dentist" back
      Then Alice is notified of "Dentist" twice

    Scenario: The notification of a deleted event is kept
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice deletes "Dentist"
      Then Alice is notified of "Dentist" once
