@retention
Feature: Retention
  The Scheduler deletes events that ended more than a year ago. Stored notifications are kept.

  Scenario: Only events that ended more than a year ago are deleted
    Given Alice has past events
      | title           | started       | ended        |
      | ancient         | 3650 days ago | 3649 days ago |
      | just too old    | 367 days ago  | 367 days ago |
      | long, too old   | 900 days ago  | 370 days ago |
      | still running   | 900 days ago  | in 1 day     |
      | ended this year | 900 days ago  | 300 days ago |
      | yesterday       | 1 day ago     | 1 day ago    |
    Then the clean-up deletes Alice's "ancient", "just too old", "long, too old"
    And Alice still has "still running", "ended this year", "yesterday"

  Scenario: A series counts from the end of its last occurrence
    Given Alice has past series
      | title              | started       | rule                 | also on      |
      | over               | 900 days ago  | FREQ=DAILY;COUNT=500 |              |
      | long over          | 3650 days ago | FREQ=YEARLY;COUNT=5  | 2000 days ago |
      | ended this year    | 900 days ago  | FREQ=DAILY;COUNT=600 |              |
      | living             | 3650 days ago | FREQ=DAILY           |              |
      | date this year     | 900 days ago  | FREQ=DAILY;COUNT=2   | 300 days ago |
      | date in the future | 900 days ago  | FREQ=DAILY;COUNT=2   | in 1 day     |
    Then the clean-up deletes Alice's "over", "long over"
    And Alice still has "ended this year", "living", "date this year", "date in the future"

  Scenario: A series whose last occurrence was moved counts from there
    Given Alice has past series
      | title | started      | rule               | last moved to |
      | over  | 900 days ago | FREQ=DAILY;COUNT=2 | 400 days ago  |
      | moved | 900 days ago | FREQ=DAILY;COUNT=2 | in 1 day      |
    Then the clean-up deletes Alice's "over"
    And Alice still has "moved"

  Scenario: A past all-day series
    Given Alice has past all-day series
      | title  | started      | rule               |
      | over   | 900 days ago | FREQ=DAILY;COUNT=2 |
      | living | 900 days ago | FREQ=DAILY         |
    Then the clean-up deletes Alice's "over"
    And Alice still has "living"

  Scenario: More than one batch of old events
    Given Alice has 1000 events that ended 2 years ago
    And Alice has an event "Dentist"
    Then the clean-up deletes all events of Alice except "Dentist"

  Scenario: The notification of a deleted event is kept
    Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
    And Alice has been notified of "Dentist"
    When Alice moves "Dentist" to have started 700 days ago
    Then the clean-up deletes Alice's "Dentist"
    And Alice is notified of "Dentist" once
