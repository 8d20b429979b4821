Feature: Messages
  The Scheduler tells the Storer of a reminder that is due by a message in a Kafka topic. Others may read it as well,
  and may write to it.

  Rule: What the Scheduler writes

    Scenario: The message of a reminder
      Given somebody listens to the notifications' topic
      And Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then a message for Alice arrives
      And its key is Alice's ID
      And it has the headers
        | content-type   | application/json |
        | schema-version | 1                |
      And it says of "Dentist"
        | event_id   | the event's ID    |
        | title      | the event's title |
        | event_date | the event's start |
        | user_id    | the event's user  |
        | notify_at  | when it was due   |
      And Alice's notification of "Dentist" is stored under the message's ID

    Scenario: The same event, start and lead time always have the same ID
      Given somebody listens to the notifications' topic
      And Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then a message for Alice arrives
      When Alice moves "Dentist" to start in 2 hours
      Then another message for Alice arrives, with another ID
      When Alice moves "Dentist" back
      Then another message for Alice arrives, with the ID of the first

  Rule: What the Storer reads

    Scenario: A message is stored as it is
      When somebody writes a notification for Alice
      Then Alice's notification is stored as it was written

    Scenario: A message that is delivered twice is one notification
      When somebody writes a notification for Alice
      And somebody writes that notification for Alice again
      And another notification for Alice follows in its partition
      Then Alice's following notification is stored
      And Alice has 2 notifications

    Scenario: Fields that the Storer does not know are ignored
      When somebody writes a notification for Alice whose channel is "sms"
      Then Alice's notification is stored as it was written

    Scenario: An instant may have any offset
      When somebody writes a notification for Alice whose event_date is "2044-11-23T10:00:00+03:00"
      Then Alice's notification is stored as it was written
