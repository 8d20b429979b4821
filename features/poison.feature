Feature: Unreadable messages
  The Storer sends an unreadable message to the dead-letter topic unchanged, with headers that name the reason
  and the source, and continues with the next message.

  Scenario Outline: A message that is not a notification
    Given a consumer listens to the dead-letter topic
    When a producer writes <message> under Alice's key
    And another notification for Alice is written to the same partition
    Then Alice's later notification is stored
    And the message is in the dead-letter topic, unchanged
    And the dead letter's headers name the reason and the source

    Examples:
      | message                       |
      | the text not JSON             |
      | the text {"title": "Dentist"  |
      | the text []                   |
      | the text null                 |
      | the text {}                   |
      | the text "Dentist"            |
      | bytes that are not UTF-8      |
      | an empty message              |
      | a message without value       |

  Scenario Outline: A notification with an invalid field
    Given a consumer listens to the dead-letter topic
    When a producer writes a notification for Alice whose <field> is <value>
    And another notification for Alice is written to the same partition
    Then Alice's later notification is stored
    And the message is in the dead-letter topic, unchanged
    And the dead letter's headers name the reason and the source
    And Alice has 1 notification

    Examples:
      | field           | value                       |
      | notification_id | absent                      |
      | notification_id | "dentist-1"                 |
      | event_id        | 5                           |
      | title           | absent                      |
      | title           | null                        |
      | title           | "a\u0000b"                  |
      | event_date      | "tomorrow"                  |
      | event_date      | "2044-11-23T10:00:00"       |
      | event_date      | 2363335200                  |
      | user_id         | absent                      |
      | notify_at       | "9999-12-31T23:59:59-23:59" |

  Scenario: Many unreadable messages in a row
    Given a consumer listens to the dead-letter topic
    When a producer writes 50 unreadable messages under Alice's key
    And a producer writes a notification for Alice
    Then Alice's notification is stored as it was written
    And all of them are in the dead-letter topic
