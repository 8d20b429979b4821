Feature: Messages
  The Scheduler sends due reminders to the Storer through a Kafka topic. Other programs can also read from
  the topic and write to it.

  Rule: Messages that the Scheduler writes

    Scenario: The message of a reminder
      Given a consumer listens to the notification topic
      And Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then a message for Alice arrives
      And its key is Alice's ID
      And it has the headers
        | content-type   | application/json |
        | schema-version | 1                |
      And it describes "Dentist"
        | event_id   | the event's ID    |
        | title      | the event's title |
        | event_date | the event's start |
        | user_id    | the event's user  |
        | notify_at  | the due time   |
      And Alice's notification of "Dentist" is stored with the ID of the message

    Scenario: The same event, start and lead time always have the same ID
      Given a consumer listens to the notification topic
      And Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then a message for Alice arrives
      When Alice moves "Dentist" to start in 2 hours
      Then another message for Alice arrives, with a different ID
      When Alice moves "Dentist" back
      Then another message for Alice arrives, with the ID of the first

  Rule: Messages that the Storer reads

    Scenario: A message is stored unchanged
      When a producer writes a notification for Alice
      Then Alice's notification is stored as it was written

    Scenario: A duplicate message is stored once
      When a producer writes a notification for Alice
      And a producer writes that notification for Alice again
      And another notification for Alice is written to the same partition
      Then Alice's later notification is stored
      And Alice has 2 notifications

    Scenario: Unknown fields are ignored
      When a producer writes a notification for Alice whose channel is "sms"
      Then Alice's notification is stored as it was written

    Scenario: An instant can have any UTC offset
      When a producer writes a notification for Alice whose event_date is "2044-11-23T10:00:00+03:00"
      Then Alice's notification is stored as it was written
