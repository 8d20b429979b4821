Feature: Messages that cannot be read
  Such a message goes to the topic of dead letters unchanged, with headers that say why and where it came from;
  the Storer goes on with the next one.

  Scenario Outline: What is no notification at all
    Given somebody listens to the dead letters
    When somebody writes <message> under Alice's key
    And another notification for Alice follows in its partition
    Then Alice's following notification is stored
    And the message is among the dead letters, unchanged
    And the dead letter's headers say why, and where it came from

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

  Scenario Outline: A notification with a wrong field
    Given somebody listens to the dead letters
    When somebody writes a notification for Alice whose <field> is <value>
    And another notification for Alice follows in its partition
    Then Alice's following notification is stored
    And the message is among the dead letters, unchanged
    And the dead letter's headers say why, and where it came from
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

  Scenario: Many in a row
    Given somebody listens to the dead letters
    When somebody writes 50 messages that cannot be read under Alice's key
    And somebody writes a notification for Alice
    Then Alice's notification is stored as it was written
    And all of them are among the dead letters
