Feature: Occurrences
  Single occurrences of a series are listed, read, changed and deleted under their recurrence ID: the wall time at
  which they are scheduled, or their date. They belong to the series, which has one version and one ETag.

  Background:
    Given Alice has an event with
      | title         | Stand-up            |
      | starts_at     | 2044-11-21T09:00:00 |
      | duration      | PT15M               |
      | time_zone     | Europe/Berlin       |
      | rule          | FREQ=DAILY;COUNT=5  |
      | description   | Three sentences.    |
      | notify_before | PT10M               |

  Rule: Listing occurrences

    Scenario: The occurrences in a range
      When Alice lists the occurrences of "Stand-up" from 2044-11-22T00:00:00Z to 2044-11-24T00:00:00Z
      Then the window is from 2044-11-22T00:00:00Z to 2044-11-24T00:00:00Z
      And the list contains exactly
        | title    | recurrence_id       | starts_at            | ends_at              | duration | description      | notify_before | version |
        | Stand-up | 2044-11-22T09:00:00 | 2044-11-22T08:00:00Z | 2044-11-22T08:15:00Z | PT15M    | Three sentences. | PT10M         | 1       |
        | Stand-up | 2044-11-23T09:00:00 | 2044-11-23T08:00:00Z | 2044-11-23T08:15:00Z | PT15M    | Three sentences. | PT10M         | 1       |
      And there is no next page

    Scenario: An occurrence is listed if it overlaps the range
      When Alice lists the occurrences of "Stand-up" from 2044-11-22T08:14:59Z to 2044-11-23T08:00:00Z
      Then the list contains exactly
        | recurrence_id       |
        | 2044-11-22T09:00:00 |
      When Alice lists the occurrences of "Stand-up" from 2044-11-22T08:15:00Z to 2044-11-23T08:00:01Z
      Then the list contains exactly
        | recurrence_id       |
        | 2044-11-23T09:00:00 |

    Scenario: A range without occurrences
      When Alice lists the occurrences of "Stand-up" from 2045-11-22T00:00:00Z to 2045-11-24T00:00:00Z
      Then the list is empty

    Scenario: Pages
      When Alice pages through the occurrences of "Stand-up" from 2044-11-01T00:00:00Z to 2044-12-01T00:00:00Z by 2
      Then the pages have 2, 2, 1 events

    Scenario Outline: Both ends of the range are required, and it lasts up to 366 days
      When Alice lists the occurrences of "Stand-up" by <query>
      Then the response is <status>

      Examples:
        | query                                                                     | status |
        | from=2044-01-01T00:00:00Z&to=2045-01-01T00:00:00Z                         | 200    |
        | from=2044-01-01T00:00:00Z&to=2045-01-01T00:00:01Z                         | 422    |
        | from=2044-01-01T00:00:00Z                                                 | 422    |
        | to=2044-01-01T00:00:00Z                                                   | 422    |
        | from=2044-01-02T00:00:00Z&to=2044-01-02T00:00:00Z                         | 422    |
        | from=2044-01-01T00:00:00&to=2044-01-02T00:00:00Z                          | 422    |
        | from=2044-01-01T00:00:00Z&to=2044-02-01T00:00:00Z&limit=0                 | 422    |
        | from=2044-01-01T00:00:00Z&to=2044-02-01T00:00:00Z&cursor=nonsense         | 422    |
        | from=2044-01-01T00:00:00Z&to=2044-02-01T00:00:00Z&colour=red              | 422    |

    Scenario: An event that does not repeat has no occurrences
      Given Alice has an event "Dentist"
      When Alice lists the occurrences of "Dentist" from 2044-11-01T00:00:00Z to 2044-12-01T00:00:00Z
      Then the response is 404
      When Alice reads the occurrence 2044-11-23T10:00:00 of "Dentist"
      Then the response is 404

    Scenario: The occurrences of another user are not found
      When Bob lists the occurrences of "Stand-up" from 2044-11-01T00:00:00Z to 2044-12-01T00:00:00Z
      Then the response is 404
      When Bob reads the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 404
      When Bob deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 404
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25

  Rule: Reading an occurrence

    Scenario: An occurrence
      When Alice reads the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 200
      And the event has
        | title         | Stand-up             |
        | recurrence_id | 2044-11-22T09:00:00  |
        | starts_at     | 2044-11-22T08:00:00Z |
        | ends_at       | 2044-11-22T08:15:00Z |
        | duration      | PT15M                |
        | time_zone     | Europe/Berlin        |
        | description   | Three sentences.     |
        | notify_before | PT10M                |
        | rule          | FREQ=DAILY;COUNT=5   |
        | version       | 1                    |
      And the event belongs to Alice

    Scenario Outline: What is no occurrence of the series is not found
      When Alice reads the occurrence <occurrence> of "Stand-up"
      Then the response is 404

      Examples:
        | occurrence          |
        | 2044-11-20T09:00:00 |
        | 2044-11-26T09:00:00 |
        | 2044-11-22T09:00:01 |
        | 2044-11-22T08:00:00 |
        | 0001-01-01T00:00:00 |
        | 9999-12-31T23:59:59 |

    Scenario Outline: A malformed recurrence ID is rejected
      When Alice reads the occurrence <occurrence> of "Stand-up"
      Then the response is 422
      When Alice deletes the occurrence <occurrence> of "Stand-up"
      Then the response is 422
      When Alice changes the occurrence <occurrence> of "Stand-up" to have
        | title | Long |
      Then the response is 422

      Examples:
        | occurrence          |
        | tomorrow            |
        | 2044-11-31T09:00:00 |
        | 2044-11-22T25:00:00 |
        | 5                   |

  Rule: Changing an occurrence

    Scenario: Another title for one occurrence
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title | Long |
      Then the response is 200
      And the event has
        | title         | Long                 |
        | recurrence_id | 2044-11-22T09:00:00  |
        | starts_at     | 2044-11-22T08:00:00Z |
        | description   | Three sentences.     |
        | version       | 2                    |
      When Alice lists the month 2044-11-01
      Then the list contains "Stand-up", "Long", "Stand-up", "Stand-up", "Stand-up"
      When Alice reads "Stand-up"
      Then the event has
        | title     | Stand-up                                   |
        | overrides | {"2044-11-22T09:00:00": {"title": "Long"}} |
        | version   | 2                                          |

    Scenario: Another time for one occurrence
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | 2044-11-22T16:00:00 |
        | duration  | PT1H                |
      Then the response is 200
      And the event has
        | recurrence_id | 2044-11-22T09:00:00  |
        | starts_at     | 2044-11-22T15:00:00Z |
        | ends_at       | 2044-11-22T16:00:00Z |
      When Alice reads the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the event has
        | starts_at | 2044-11-22T15:00:00Z |
        | ends_at   | 2044-11-22T16:00:00Z |
      When Alice reads the occurrence 2044-11-23T09:00:00 of "Stand-up"
      Then the event has
        | starts_at | 2044-11-23T08:00:00Z |
        | ends_at   | 2044-11-23T08:15:00Z |

    Scenario: A new start alone keeps the end
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | 2044-11-22T08:30:00 |
      Then the response is 200
      And the event has
        | starts_at | 2044-11-22T07:30:00Z |
        | ends_at   | 2044-11-22T08:15:00Z |
      When Alice changes the occurrence 2044-11-23T09:00:00 of "Stand-up" to have
        | starts_at | 2044-11-23T10:00:00 |
      Then the response is 422

    Scenario: A new start can be an instant
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | 2044-11-22T16:00:00Z |
        | ends_at   | 2044-11-22T17:00:00Z |
      Then the response is 200
      And the event has
        | starts_at | 2044-11-22T16:00:00Z |
        | ends_at   | 2044-11-22T17:00:00Z |

    Scenario: null returns a member to the value of the series
      Given Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title       | Long                |
        | description | null                |
        | starts_at   | 2044-11-22T16:00:00 |
        | duration    | PT1H                |
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title | null |
      Then the response is 200
      And the event has
        | title     | Stand-up             |
        | starts_at | 2044-11-22T15:00:00Z |
        | ends_at   | 2044-11-22T16:00:00Z |
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | null |
        | duration  | null |
      Then the response is 200
      And the event has
        | starts_at | 2044-11-22T08:00:00Z |
        | ends_at   | 2044-11-22T08:15:00Z |
      When Alice reads "Stand-up"
      Then the event has
        | overrides | absent |

    Scenario Outline: Reminders of one occurrence
      When Alice changes the <field> of the occurrence 2044-11-22T09:00:00 of "Stand-up" to <value>
      Then the response is 200
      And the event has
        | notify_before | <notify_before> |
        | reminders     | <reminders>     |
      When Alice reads the occurrence 2044-11-23T09:00:00 of "Stand-up"
      Then the event has
        | notify_before | PT10M  |
        | reminders     | absent |

      Examples:
        | field         | value            | notify_before | reminders  |
        | notify_before | "PT1H"           | PT1H          | absent     |
        | reminders     | ["PT1H", "PT0S"] | PT1H          | PT1H, PT0S |
        | reminders     | null             | PT10M         | absent     |
        | notify_before | null             | PT10M         | absent     |

    Scenario: An occurrence without reminders
      When Alice changes the reminders of the occurrence 2044-11-22T09:00:00 of "Stand-up" to []
      Then the response is 200
      And the event has
        | notify_before | null |
      When Alice changes the reminders of the occurrence 2044-11-22T09:00:00 of "Stand-up" to null
      Then the response is 200
      And the event has
        | notify_before | PT10M |

    Scenario: Changes of the series reach what an occurrence has not changed
      Given Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title | Long |
      When Alice changes "Stand-up" to have
        | title       | Meeting       |
        | description | Two sentences. |
      And Alice reads the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the event has
        | title       | Long           |
        | description | Two sentences. |
        | version     | 3              |
      When Alice reads the occurrence 2044-11-23T09:00:00 of "Stand-up"
      Then the event has
        | title       | Meeting        |
        | description | Two sentences. |

    Scenario: A change that changes nothing
      Given Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title | Long |
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title | Long |
      Then the response is 200
      And the event has
        | version | 2 |

    Scenario Outline: An invalid change is rejected
      When Alice changes the <field> of the occurrence 2044-11-22T09:00:00 of "Stand-up" to <value>
      Then the response is 422
      When Alice reads "Stand-up"
      Then the event is "Stand-up" as it was created

      Examples:
        | field         | value                   |
        | title         | ""                      |
        | title         | 5                       |
        | starts_at     | "tomorrow"              |
        | ends_at       | "2044-11-22T08:00:00"   |
        | duration      | "P367D"                 |
        | notify_before | "P367D"                 |
        | reminders     | ["PT1H", "PT60M"]       |
        | colour        | "red"                   |
        | time_zone     | "Asia/Tokyo"            |
        | recurrence    | {"rule": "FREQ=DAILY"}  |
        | starts_on     | "2044-11-22"            |

    Scenario: What is no occurrence cannot be changed
      When Alice changes the occurrence 2044-11-26T09:00:00 of "Stand-up" to have
        | title | Long |
      Then the response is 404
      When Alice reads "Stand-up"
      Then the event is "Stand-up" as it was created

    Scenario: The series' ETag protects its occurrences
      When Alice renames the occurrence 2044-11-22T09:00:00 of "Stand-up" with the first ETag
      Then the response is 200
      When Alice renames the occurrence 2044-11-23T09:00:00 of "Stand-up" with the first ETag
      Then the response is 412
      When Alice removes the occurrence 2044-11-23T09:00:00 of "Stand-up" with the first ETag
      Then the response is 412
      When Alice reads "Stand-up"
      And Alice removes the occurrence 2044-11-23T09:00:00 of "Stand-up" with the current ETag
      Then the response is 204

    Scenario: An occurrence of an all-day series
      Given Alice has an event with
        | title     | Duty               |
        | starts_on | 2044-11-21         |
        | rule      | FREQ=DAILY;COUNT=3 |
      When Alice changes the occurrence 2044-11-22 of "Duty" to have
        | starts_on | 2044-11-26 |
        | ends_on   | 2044-11-28 |
      Then the response is 200
      And the event has
        | recurrence_id | 2044-11-22           |
        | starts_on     | 2044-11-26           |
        | ends_on       | 2044-11-28           |
        | starts_at     | 2044-11-26T00:00:00Z |
        | ends_at       | 2044-11-28T00:00:00Z |
      When Alice deletes the occurrence 2044-11-23 of "Duty"
      Then the response is 204
      When Alice lists the month 2044-11-01
      Then the list contains "Duty", "Stand-up", "Stand-up", "Stand-up", "Stand-up", "Stand-up", "Duty"

  Rule: Deleting an occurrence

    Scenario: A deleted occurrence
      When Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 204
      And the response has no body
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-23, 2044-11-24, 2044-11-25
      When Alice reads the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 404
      When Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 404
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title | Long |
      Then the response is 404
      When Alice reads "Stand-up"
      Then the event has
        | excluded | 2044-11-22T09:00:00 |
        | version  | 2                   |

    Scenario: The first occurrence is deleted
      When Alice deletes the occurrence 2044-11-21T09:00:00 of "Stand-up"
      Then the response is 204
      And Alice's "Stand-up" occurs on 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25

    Scenario: A changed occurrence is deleted
      Given Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | title     | Long                |
        | starts_at | 2044-11-22T16:00:00 |
        | duration  | PT1H                |
      When Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      Then the response is 204
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-23, 2044-11-24, 2044-11-25
      When Alice reads "Stand-up"
      Then the event has
        | excluded  | 2044-11-22T09:00:00 |
        | overrides | absent              |

    Scenario: An occurrence that is one of the dates is deleted
      Given Alice changes "Stand-up" to have
        | dates | 2044-12-24T09:00:00 |
      When Alice deletes the occurrence 2044-12-24T09:00:00 of "Stand-up"
      Then the response is 204
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25

    Scenario: What is no occurrence cannot be deleted
      When Alice deletes the occurrence 2044-11-26T09:00:00 of "Stand-up"
      Then the response is 404

    Scenario: The last occurrence cannot be deleted, so that no series without occurrences is left
      Given Alice has an event with
        | title     | Review               |
        | starts_at | 2044-11-25T14:00:00  |
        | time_zone | Europe/Berlin        |
        | rule      | FREQ=WEEKLY;COUNT=2  |
      When Alice deletes the occurrence 2044-11-25T14:00:00 of "Review"
      Then the response is 204
      When Alice deletes the occurrence 2044-12-02T14:00:00 of "Review"
      Then the response is 409 with the problem "last-occurrence"
      And Alice's "Review" occurs on 2044-12-02
      When Alice deletes "Review"
      Then the response is 204
      When Alice lists the occurrences of "Review" from 2044-11-01T00:00:00Z to 2044-12-31T00:00:00Z
      Then the response is 404

    Scenario: An excluded occurrence that is taken back occurs again
      Given Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      When Alice changes "Stand-up" to have
        | excluded | null |
      Then the response is 200
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23, 2044-11-24, 2044-11-25

    Scenario: A series has up to 1,000 exceptions
      Given Alice has a daily series "Full" with 0 dates, 999 excluded and 0 changed occurrences
      When Alice deletes the last occurrence but 2 of "Full"
      Then the response is 204
      When Alice deletes the last occurrence but 1 of "Full"
      Then the response is 422
      When Alice changes the title of the last occurrence of "Full"
      Then the response is 422
