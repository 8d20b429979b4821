Feature: Notifications
  A reminder is due at the event's start less its lead time. When it is due, exactly one notification reaches the
  Storer's table: never early, and within a second.

  Rule: A reminder becomes one notification when it is due

    Scenario: A reminder falls due
      Given Alice has an event "Dentist" whose reminder is due in 1 second
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says
      And no notification of Alice is early

    Scenario: A lead time of zero notifies at the start
      Given Alice has an event "Dentist" that starts in 6 seconds, with a reminder 0 seconds before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says
      And no notification of Alice is early

    Scenario: Two users have a reminder each, under the same event ID
      Given Alice has an event "Dentist" whose reminder is due in 1 second
      And Bob has "Football" under the ID and times of "Dentist"
      Then Alice is notified of "Dentist" once
      And Bob is notified of "Football" once

    Scenario: No reminder is wanted
      Given Alice has an event "Dentist" that starts in 1 hour, without a reminder
      Then Alice is never notified of "Dentist"

    Scenario: A reminder that is due tomorrow is not sent today
      Given Alice has an event "Dentist" whose reminder is due in 1 day
      Then Alice is not notified of "Dentist" yet

    @timing
    Scenario: Many reminders of many users at the same instant
      Given 20 users have 10 events each whose reminders are due in 6 seconds
      Then each of those users is notified of each event once
      And none of those notifications is early
      And 99 % of those notifications are at most 1 second late

  Rule: An event that is created late

    Scenario: The reminder was due already, and the event is still ahead
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says

    @timing
    Scenario: A reminder that was due already is sent at once
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" was stored at most 1 second after the event was created

    Scenario Outline: The event has started already
      Given Alice has an event "Dentist" that started <span> ago, with a reminder <lead> before
      Then Alice is never notified of "Dentist"

      Examples:
        | span     | lead      |
        | 1 second | 0 seconds |
        | 1 minute | 1 day     |
        | 30 days  | 15 minutes |

    Scenario: A batch has reminders like single events
      Given Alice has a batch of events
        | title    | starts in  | reminder before |
        | ahead    | 1 hour     | 1 day           |
        | soon     | 6 seconds  | 0 seconds       |
        | history  | -1 day     | 2 days          |
      Then Alice is notified of "ahead" once
      And Alice is notified of "soon" once
      And Alice is never notified of "history"

    Scenario: An event that was sent twice has one reminder
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      When Alice sends "Dentist" again
      Then the answer is 200
      And Alice is notified of "Dentist" once
      When Alice sends "Dentist" again
      Then the answer is 200
      And Alice is notified of "Dentist" once

  Rule: The event moves before its reminder was sent

    Scenario: A later start moves the reminder
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice moves "Dentist" so that its reminder is due in 8 seconds
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says
      And no notification of Alice is early

    Scenario: An earlier start moves the reminder
      Given Alice has an event "Dentist" whose reminder is due in 1 hour
      When Alice moves "Dentist" so that its reminder is due in 1 second
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says

    Scenario: A longer lead time makes the reminder due at once
      Given Alice has an event "Dentist" whose reminder is due in 1 hour
      When Alice wants to be reminded of "Dentist" 3 days before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says

    Scenario: A shorter lead time puts the reminder off
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice wants to be reminded of "Dentist" 1 minute before
      Then Alice is never notified of "Dentist"

    Scenario: A reminder is asked for later
      Given Alice has an event "Dentist" that starts in 1 hour, without a reminder
      When Alice wants to be reminded of "Dentist" 1 day before
      Then Alice is notified of "Dentist" once

    Scenario: The event is moved into the past
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice moves "Dentist" to have started 1 hour ago
      Then Alice is never notified of "Dentist"

    Scenario: A new title is the one that is sent
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice changes "Dentist" to have
        | title | Surgeon |
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says
      And Alice's notification of "Dentist" is titled "Surgeon"

    Scenario: The event is replaced
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice replaces "Dentist", with a reminder that is due in 8 seconds
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" says what the event says

    Scenario: The event is deleted
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice deletes "Dentist"
      Then the answer is 204
      And Alice is never notified of "Dentist"

    Scenario: The reminder is taken back
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice changes "Dentist" to have
        | notify_before | null |
      Then the answer is 200
      And Alice is never notified of "Dentist"

    Scenario: The event is replaced by one without a reminder
      Given Alice has an event "Dentist" whose reminder is due in 6 seconds
      When Alice replaces "Dentist" with
        | title | Dentist |
      Then the answer is 200
      And Alice is never notified of "Dentist"

  Rule: The event changes after its reminder was sent

    Scenario Outline: A change that does not concern the reminder is no news
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice changes "Dentist" to have
        | <field> | <value> |
      Then the answer is 200
      And Alice is notified of "Dentist" once

      Examples:
        | field       | value            |
        | title       | Surgeon          |
        | description | Bring the X-ray. |
        | duration    | PT3H             |

    Scenario: A replacement with the same start and lead time is no news
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice replaces all of "Dentist" but its start and its lead time
      Then the answer is 200
      And Alice is notified of "Dentist" once

    Scenario: A new start has a reminder of its own
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice moves "Dentist" so that its reminder is due in 1 second
      Then Alice is notified of "Dentist" twice
      And Alice's last notification of "Dentist" says what the event says
      And Alice's notifications of "Dentist" have different IDs
      And no notification of Alice is early

    Scenario: A new lead time has a reminder of its own
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice wants to be reminded of "Dentist" 2 days before
      Then Alice is notified of "Dentist" twice
      And Alice's last notification of "Dentist" says what the event says
      And Alice's notifications of "Dentist" have different IDs

    Scenario: What is moved away and back is the same notification
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice moves "Dentist" to start in 30 days
      And Alice moves "Dentist" back
      Then Alice is notified of "Dentist" once

    Scenario: What is moved away, notified, and moved back is the same notification too
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice moves "Dentist" to start in 2 hours
      Then Alice is notified of "Dentist" twice
      When Alice moves "Dentist" back
      Then Alice is notified of "Dentist" twice

    Scenario: A deleted event's notification stays
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice deletes "Dentist"
      Then Alice is notified of "Dentist" once
