Feature: This and following occurrences
  A series is split at an occurrence: the series ends before it, and a new series starts there, with changes. Or it
  just ends before an occurrence. Either is one request, so that nothing is lost on the way.

  Background:
    Given Alice has an event with
      | title       | Stand-up            |
      | starts_at   | 2044-11-21T09:00:00 |
      | duration    | PT15M               |
      | time_zone   | Europe/Berlin       |
      | rule        | FREQ=DAILY;COUNT=5  |
      | description | Three sentences.    |

  Rule: A split makes two series of one

    Scenario: A split without changes
      When Alice splits "Stand-up" at 2044-11-23T09:00:00
      Then the response is 201
      And the event has
        | title         | Stand-up             |
        | starts_at     | 2044-11-23T08:00:00Z |
        | ends_at       | 2044-11-23T08:15:00Z |
        | time_zone     | Europe/Berlin        |
        | description   | Three sentences.     |
        | recurrence_id | absent               |
        | version       | 1                    |
      And the event has another ID than "Stand-up"
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22
      And Alice's "the new series" occurs on 2044-11-23, 2044-11-24, 2044-11-25
      When Alice lists the month 2044-11-01
      Then the list contains "Stand-up", "Stand-up", "Stand-up", "Stand-up", "Stand-up"

    Scenario: The new series is found at its location
      When Alice splits "Stand-up" at 2044-11-23T09:00:00
      Then the response is 201
      When Alice follows the Location header
      Then the response is 200
      And the event is "the new series" as it was created

    Scenario: A split with changes leaves what was before
      When Alice splits "Stand-up" at 2044-11-23T09:00:00 and changes
        | title     | Meeting             |
        | starts_at | 2044-11-23T10:30:00 |
        | duration  | PT1H                |
      Then the response is 201
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | title    | recurrence_id       | starts_at            | ends_at              | description      |
        | Stand-up | 2044-11-21T09:00:00 | 2044-11-21T08:00:00Z | 2044-11-21T08:15:00Z | Three sentences. |
        | Stand-up | 2044-11-22T09:00:00 | 2044-11-22T08:00:00Z | 2044-11-22T08:15:00Z | Three sentences. |
        | Meeting  | 2044-11-23T10:30:00 | 2044-11-23T09:30:00Z | 2044-11-23T10:30:00Z | Three sentences. |
        | Meeting  | 2044-11-24T10:30:00 | 2044-11-24T09:30:00Z | 2044-11-24T10:30:00Z | Three sentences. |
        | Meeting  | 2044-11-25T10:30:00 | 2044-11-25T09:30:00Z | 2044-11-25T10:30:00Z | Three sentences. |

    Scenario: The old series keeps its ID, and has another version and ETag
      When Alice splits "Stand-up" at 2044-11-23T09:00:00
      And Alice reads "Stand-up"
      Then the response is 200
      And the event has
        | title   | Stand-up |
        | version | 2        |
      And the ETag is new

    Scenario: Another rule from there on
      When Alice splits "Stand-up" at 2044-11-23T09:00:00 and changes
        | rule | FREQ=WEEKLY;COUNT=3 |
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22
      And Alice's "the new series" occurs on 2044-11-23, 2044-11-30, 2044-12-07

    Scenario: Another time zone from there on
      When Alice splits "Stand-up" at 2044-11-23T09:00:00 and changes
        | time_zone | America/New_York |
      Then the response is 201
      And Alice's "Stand-up" occurs at 2044-11-21T09:00+01:00, 2044-11-22T09:00+01:00
      And Alice's "the new series" occurs at 2044-11-23T09:00-05:00, 2044-11-24T09:00-05:00, 2044-11-25T09:00-05:00

    Scenario: A series with a limit
      Given Alice changes "Stand-up" to have
        | rule | FREQ=DAILY;UNTIL=20441125 |
      When Alice splits "Stand-up" at 2044-11-24T09:00:00
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23
      And Alice's "the new series" occurs on 2044-11-24, 2044-11-25

    Scenario: A series without an end
      Given Alice changes "Stand-up" to have
        | rule | FREQ=DAILY |
      When Alice splits "Stand-up" at 2044-11-24T09:00:00
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23
      And Alice's "the new series" occurs on 2044-11-24, 2044-11-25, 2044-11-26, 2044-11-27, and so on

    Scenario: The number of occurrences is shared out, with those that are excluded
      Given Alice changes "Stand-up" to have
        | excluded | 2044-11-22T09:00:00, 2044-11-24T09:00:00 |
      When Alice splits "Stand-up" at 2044-11-23T09:00:00
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21
      And Alice's "the new series" occurs on 2044-11-23, 2044-11-25

    Scenario: Every other week stays every other week
      Given Alice changes "Stand-up" to have
        | rule | FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=6 |
      When Alice splits "Stand-up" at 2044-12-07T09:00:00
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-23, 2044-12-05
      And Alice's "the new series" occurs on 2044-12-07, 2044-12-19, 2044-12-21

    Scenario: Changed, excluded and additional occurrences stay on their side
      Given Alice changes "Stand-up" to have
        | dates     | 2044-11-22T15:00:00, 2044-12-24T15:00:00                                                |
        | excluded  | 2044-11-22T09:00:00, 2044-11-24T09:00:00                                                |
        | overrides | {"2044-11-21T09:00:00": {"title": "First"}, "2044-11-25T09:00:00": {"title": "Last"}}   |
      When Alice splits "Stand-up" at 2044-11-23T09:00:00
      Then the response is 201
      When Alice lists the occurrences of "Stand-up" from 2044-11-01T00:00:00Z to 2045-11-01T00:00:00Z
      Then the list contains exactly
        | title    | recurrence_id       |
        | First    | 2044-11-21T09:00:00 |
        | Stand-up | 2044-11-22T15:00:00 |
      When Alice lists the occurrences of "the new series" from 2044-11-01T00:00:00Z to 2045-11-01T00:00:00Z
      Then the list contains exactly
        | title    | recurrence_id       |
        | Stand-up | 2044-11-23T09:00:00 |
        | Last     | 2044-11-25T09:00:00 |
        | Stand-up | 2044-12-24T15:00:00 |

    Scenario: Changed and excluded occurrences follow by date to another hour
      Given Alice changes "Stand-up" to have
        | excluded  | 2044-11-24T09:00:00                        |
        | overrides | {"2044-11-25T09:00:00": {"title": "Last"}} |
      When Alice splits "Stand-up" at 2044-11-23T09:00:00 and changes
        | starts_at | 2044-11-23T10:30:00 |
        | duration  | PT15M               |
      Then the response is 201
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | title    | recurrence_id       |
        | Stand-up | 2044-11-21T09:00:00 |
        | Stand-up | 2044-11-22T09:00:00 |
        | Stand-up | 2044-11-23T10:30:00 |
        | Last     | 2044-11-25T10:30:00 |

    Scenario: Those whose date the new rule does not have are dropped
      Given Alice changes "Stand-up" to have
        | excluded  | 2044-11-24T09:00:00                        |
        | overrides | {"2044-11-25T09:00:00": {"title": "Last"}} |
      When Alice splits "Stand-up" at 2044-11-23T09:00:00 and changes
        | rule | FREQ=WEEKLY;COUNT=2 |
      Then the response is 201
      And the event has
        | excluded  | absent |
        | overrides | absent |
      And Alice's "the new series" occurs on 2044-11-23, 2044-11-30

    Scenario: A series of all-day events
      Given Alice has an event with
        | title     | Duty               |
        | starts_on | 2044-11-21         |
        | rule      | FREQ=DAILY;COUNT=4 |
      When Alice splits "Duty" at 2044-11-23 and changes
        | title | Holiday |
      Then the response is 201
      And Alice's "Duty" occurs on 2044-11-21, 2044-11-22
      And Alice's "the new series" occurs on 2044-11-23, 2044-11-24

    Scenario: A split at an additional date
      Given Alice changes "Stand-up" to have
        | dates | 2044-12-24T15:00:00 |
      When Alice splits "Stand-up" at 2044-12-24T15:00:00
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25
      And Alice's "the new series" occurs at 2044-12-24T15:00+01:00

  Rule: A split that cannot be done changes nothing

    Scenario: Nothing would be left of the old series
      When Alice splits "Stand-up" at 2044-11-21T09:00:00
      Then the response is 422
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25

    Scenario: Only excluded occurrences would be left of the old series
      Given Alice deletes the occurrence 2044-11-21T09:00:00 of "Stand-up"
      When Alice splits "Stand-up" at 2044-11-22T09:00:00
      Then the response is 422
      And Alice's "Stand-up" occurs on 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25

    Scenario Outline: There is no such occurrence
      Given Alice deletes the occurrence 2044-11-23T09:00:00 of "Stand-up"
      When Alice splits "Stand-up" at <occurrence>
      Then the response is <status>
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-24, 2044-11-25

      Examples:
        | occurrence          | status |
        | 2044-11-26T09:00:00 | 404    |
        | 2044-11-24T10:00:00 | 404    |
        | 2044-11-23T09:00:00 | 404    |
        | tomorrow            | 422    |
        | 2044-11-31T09:00:00 | 422    |

    Scenario Outline: Invalid changes
      When Alice splits "Stand-up" at 2044-11-23T09:00:00 and changes
        | <field> | <value> |
      Then the response is 422
      When Alice reads "Stand-up"
      Then the event is "Stand-up" as it was created
      And the database contains 1 event of Alice

      Examples:
        | field         | value                     |
        | title         | null                      |
        | colour        | red                       |
        | rule          | FREQ=HOURLY               |
        | rule          | FREQ=WEEKLY;BYDAY=MO      |
        | notify_before | P367D                     |
        | time_zone     | Mars/Olympus              |

    Scenario: A single event cannot be split
      Given Alice has an event "Dentist"
      When Alice splits "Dentist" at 2044-11-23T10:00:00
      Then the response is 404

    Scenario: The series of another user cannot be split
      When Bob splits "Stand-up" at 2044-11-23T09:00:00
      Then the response is 404

    Scenario: The series was changed in the meantime
      Given Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      When Alice splits the occurrence 2044-11-23T09:00:00 of "Stand-up" with the first ETag
      Then the response is 412
      When Alice reads "Stand-up"
      And Alice splits the occurrence 2044-11-23T09:00:00 of "Stand-up" with the current ETag
      Then the response is 201

  Rule: A series ends before an occurrence

    Scenario: This and following are deleted
      When Alice ends "Stand-up" before 2044-11-23T09:00:00
      Then the response is 204
      And the response has no body
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22
      When Alice reads "Stand-up"
      Then the event has
        | version | 2 |

    Scenario: A series without an end
      Given Alice changes "Stand-up" to have
        | rule | FREQ=DAILY |
      When Alice ends "Stand-up" before 2044-11-24T09:00:00
      Then the response is 204
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23

    Scenario: Later dates and changed occurrences go, earlier ones stay
      Given Alice changes "Stand-up" to have
        | dates     | 2044-11-22T15:00:00, 2044-12-24T15:00:00                                                |
        | overrides | {"2044-11-21T09:00:00": {"title": "First"}, "2044-11-25T09:00:00": {"title": "Last"}}   |
      When Alice ends "Stand-up" before 2044-11-23T09:00:00
      Then the response is 204
      When Alice lists the occurrences of "Stand-up" from 2044-11-01T00:00:00Z to 2045-11-01T00:00:00Z
      Then the list contains exactly
        | title    | recurrence_id       |
        | First    | 2044-11-21T09:00:00 |
        | Stand-up | 2044-11-22T09:00:00 |
        | Stand-up | 2044-11-22T15:00:00 |

    Scenario: From the first occurrence on, the event is deleted
      When Alice ends "Stand-up" before 2044-11-21T09:00:00
      Then the response is 204
      When Alice reads "Stand-up"
      Then the response is 404
      And the database contains no event of Alice

    Scenario Outline: There is no such occurrence to end before
      Given Alice deletes the occurrence 2044-11-23T09:00:00 of "Stand-up"
      When Alice ends "Stand-up" before <occurrence>
      Then the response is <status>
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-24, 2044-11-25

      Examples:
        | occurrence          | status |
        | 2044-11-26T09:00:00 | 404    |
        | 2044-11-24T10:00:00 | 404    |
        | 2044-11-23T09:00:00 | 404    |
        | tomorrow            | 422    |

    Scenario: The series was changed before it ends
      Given Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      When Alice ends the occurrence 2044-11-23T09:00:00 of "Stand-up" with the first ETag
      Then the response is 412
      When Alice reads "Stand-up"
      And Alice ends the occurrence 2044-11-23T09:00:00 of "Stand-up" with the current ETag
      Then the response is 204
