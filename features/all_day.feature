Feature: All-day events
  An all-day event has dates instead of a start and an end: the first day, and the day after the last. It belongs to
  these dates wherever its user is.

  Rule: An all-day event has a first day, and an end that is excluded

    Scenario: One day
      When Alice creates an event with
        | starts_on | 2044-11-23 |
      Then the response is 201
      And the event has
        | starts_on | 2044-11-23           |
        | ends_on   | 2044-11-24           |
        | starts_at | 2044-11-23T00:00:00Z |
        | ends_at   | 2044-11-24T00:00:00Z |
        | duration  | P1D                  |
        | time_zone | absent               |
      When Alice reads "Holiday"
      Then the event is "Holiday" as it was created

    Scenario Outline: Several days
      When Alice creates an event with
        | starts_on | 2044-11-23 |
        | <field>   | <value>    |
      Then the response is 201
      And the event has
        | ends_on   | 2044-11-26           |
        | starts_at | 2044-11-23T00:00:00Z |
        | ends_at   | 2044-11-26T00:00:00Z |
        | duration  | P3D                  |

      Examples:
        | field    | value      |
        | ends_on  | 2044-11-26 |
        | duration | P3D        |

    Scenario Outline: With a time zone, it starts at midnight there
      When Alice creates an event with
        | starts_on | <day>  |
        | time_zone | <zone> |
      Then the response is 201
      And the event has
        | starts_on | <day>       |
        | starts_at | <starts at> |
        | ends_at   | <ends at>   |
        | time_zone | <zone>      |

      Examples:
        | day        | zone             | starts at            | ends at              |
        | 2044-11-23 | Europe/Berlin    | 2044-11-22T23:00:00Z | 2044-11-23T23:00:00Z |
        | 2044-11-23 | America/New_York | 2044-11-23T05:00:00Z | 2044-11-24T05:00:00Z |

      Examples: A day has 23 or 25 hours when clocks change
        | day        | zone          | starts at            | ends at              |
        | 2044-03-27 | Europe/Berlin | 2044-03-26T23:00:00Z | 2044-03-27T22:00:00Z |
        | 2044-10-30 | Europe/Berlin | 2044-10-29T22:00:00Z | 2044-10-30T23:00:00Z |

      Examples: A day starts after the gap when clocks skip midnight
        | day        | zone         | starts at            | ends at              |
        | 2044-04-29 | Africa/Cairo | 2044-04-28T22:00:00Z | 2044-04-29T21:00:00Z |

    Scenario: A day is a day when clocks change
      When Alice creates an event with
        | starts_on | 2044-03-27    |
        | time_zone | Europe/Berlin |
      Then the response is 201
      And the event has
        | ends_on  | 2044-03-28 |
        | duration | P1D        |

    Scenario Outline: Invalid dates are rejected, and nothing is stored
      When Alice creates an event with
        | starts_on | 2044-11-23 |
        | <field>   | <value>    |
      Then the response is 422
      And the database contains no event of Alice

      Examples: Dates of the calendar
        | field     | value                |
        | starts_on | 2044-02-30           |
        | starts_on | 2044-11-23T00:00:00Z |
        | starts_on | 23.11.2044           |
        | ends_on   | tomorrow             |
        | ends_on   | 2044-11-24T00:00:00Z |

      Examples: The end is later than the first day
        | field    | value      |
        | ends_on  | 2044-11-23 |
        | ends_on  | 2044-11-22 |
        | duration | PT0S       |

      Examples: A duration is in whole days
        | field    | value  |
        | duration | PT36H  |
        | duration | PT12H  |

      Examples: Dates that UTC cannot hold
        | field     | value      |
        | starts_on | 9999-12-31 |
        | ends_on   | 10000-01-01 |

      Examples: Dates and times that contradict each other
        | field     | value                |
        | starts_at | 2044-11-23T10:00:00Z |
        | ends_at   | 2044-11-24T10:00:00Z |

    Scenario: An end without a first day is rejected
      When Alice creates an event whose ends_on is "2044-11-24"
      Then the response is 422
      And the database contains no event of Alice

    Scenario Outline: An all-day event is sent back as it was read
      Given Alice has an event with
        | title     | Conference    |
        | starts_on | 2044-03-26    |
        | ends_on   | 2044-03-29    |
        | time_zone | Europe/Berlin |
        | reminders | P1D, -PT9H    |
      When Alice reads "Conference" and sends it back by <method>
      Then the response is 200
      And the event is "Conference" as it was created
      And the ETag is the same

      Examples:
        | method |
        | PUT    |
        | PATCH  |
        | POST   |

  Rule: Changing an all-day event

    Scenario: Other dates
      Given Alice has an event with
        | starts_on | 2044-11-23 |
      When Alice changes "Holiday" to have
        | starts_on | 2044-11-28 |
        | ends_on   | 2044-12-01 |
      Then the response is 200
      And the event has
        | starts_on | 2044-11-28           |
        | ends_on   | 2044-12-01           |
        | starts_at | 2044-11-28T00:00:00Z |
        | ends_at   | 2044-12-01T00:00:00Z |

    Scenario: A new first day alone keeps the last day
      Given Alice has an event with
        | starts_on | 2044-11-23 |
        | ends_on   | 2044-11-27 |
      When Alice changes "Holiday" to have
        | starts_on | 2044-11-25 |
      Then the response is 200
      And the event has
        | starts_on | 2044-11-25 |
        | ends_on   | 2044-11-27 |

    Scenario: Another time zone keeps the dates
      Given Alice has an event with
        | starts_on | 2044-11-23    |
        | time_zone | Europe/Berlin |
      When Alice changes "Holiday" to have
        | time_zone | Asia/Tokyo |
      Then the response is 200
      And the event has
        | starts_on | 2044-11-23           |
        | ends_on   | 2044-11-24           |
        | starts_at | 2044-11-22T15:00:00Z |
        | ends_at   | 2044-11-23T15:00:00Z |

    Scenario: An event with times becomes an all-day event
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | starts_on | 2044-11-25 |
      Then the response is 200
      And the event has
        | starts_on | 2044-11-25           |
        | ends_on   | 2044-11-26           |
        | starts_at | 2044-11-25T00:00:00Z |
        | ends_at   | 2044-11-26T00:00:00Z |
        | duration  | P1D                  |

    Scenario: An all-day event becomes an event with times
      Given Alice has an event with
        | starts_on | 2044-11-23 |
        | ends_on   | 2044-11-27 |
      When Alice changes "Holiday" to have
        | starts_at | 2044-11-25T10:00:00Z |
        | duration  | PT45M                |
      Then the response is 200
      And the event has
        | starts_on | absent               |
        | ends_on   | absent               |
        | starts_at | 2044-11-25T10:00:00Z |
        | ends_at   | 2044-11-25T10:45:00Z |
        | duration  | PT45M                |

    Scenario: A replacement has its own kind
      Given Alice has an event with
        | starts_on | 2044-11-23 |
      When Alice replaces "Holiday" with
        | title     | Dentist              |
        | starts_at | 2044-11-23T10:00:00Z |
      Then the response is 200
      And the event has
        | starts_on | absent               |
        | starts_at | 2044-11-23T10:00:00Z |

  Rule: Lists of days go by dates, whatever their time zone

    Scenario Outline: An all-day event is listed on its own days
      Given Alice has an event with
        | starts_on | 2044-11-23 |
        | ends_on   | 2044-11-25 |
        | time_zone | <own zone> |
      When Alice lists the day 2044-11-22 in <zone>
      Then the list is empty
      When Alice lists the day 2044-11-23 in <zone>
      Then the list contains "Holiday" as it was created
      When Alice lists the day 2044-11-24 in <zone>
      Then the list contains "Holiday" as it was created
      When Alice lists the day 2044-11-25 in <zone>
      Then the list is empty

      Examples:
        | own zone         | zone               |
        | null             | UTC                |
        | null             | Asia/Tokyo         |
        | null             | Pacific/Kiritimati |
        | null             | Pacific/Honolulu   |
        | Europe/Berlin    | UTC                |
        | Asia/Tokyo       | America/New_York   |
        | Pacific/Honolulu | Pacific/Kiritimati |

    Scenario Outline: Weeks and months
      Given Alice has an event with
        | starts_on | 2044-11-30 |
      When Alice lists the <window> in <zone>
      Then the list contains "Holiday"
      When Alice lists the <other window> in <zone>
      Then the list is empty

      Examples:
        | window           | other window     | zone               |
        | week 2044-11-24  | week 2044-11-23  | Pacific/Kiritimati |
        | week 2044-11-30  | week 2044-12-01  | Pacific/Kiritimati |
        | week 2044-11-24  | week 2044-11-23  | Pacific/Honolulu   |
        | week 2044-11-30  | week 2044-12-01  | Pacific/Honolulu   |
        | month 2044-11-01 | month 2044-12-01 | Pacific/Kiritimati |
        | month 2044-11-01 | month 2044-12-01 | Pacific/Honolulu   |
        | month 2044-11-30 | month 2044-10-31 | Asia/Tokyo         |

    Scenario Outline: A range goes by start and end
      Given Alice has an event with
        | starts_on | 2044-11-23    |
        | time_zone | Europe/Berlin |
      When Alice lists the range from <from> to <to>
      Then the list has <count> events

      Examples:
        | from                 | to                   | count |
        | 2044-11-22T22:00:00Z | 2044-11-22T23:00:00Z | 0     |
        | 2044-11-22T22:00:00Z | 2044-11-22T23:00:01Z | 1     |
        | 2044-11-23T22:59:59Z | 2044-11-23T23:30:00Z | 1     |
        | 2044-11-23T23:00:00Z | 2044-11-24T23:00:00Z | 0     |

    Scenario Outline: An all-day event is sorted at the midnight of the list's time zone
      Given Alice has the events
        | title   | starts_at            | duration |
        | late    | 2044-11-22T20:00:00Z | PT1H     |
        | night   | 2044-11-22T23:30:00Z | PT1H     |
        | morning | 2044-11-23T06:00:00Z | PT1H     |
      And Alice has an event with
        | starts_on | 2044-11-23 |
      When Alice lists the week 2044-11-21 in <zone>
      Then the list contains <titles>

      Examples:
        | zone             | titles                                |
        | UTC              | "late", "night", "Holiday", "morning" |
        | Europe/Berlin    | "late", "Holiday", "night", "morning" |
        | Asia/Tokyo       | "Holiday", "late", "night", "morning" |
        | Pacific/Honolulu | "late", "night", "morning", "Holiday" |

  Rule: Lead times count from midnight, and may go past it by up to a day

    Scenario Outline: Lead times of an all-day event
      When Alice creates an event with
        | starts_on     | 2044-11-23 |
        | notify_before | <lead>     |
      Then the response is <status>

      Examples:
        | lead      | status |
        | P366D     | 201    |
        | PT0S      | 201    |
        | -PT9H     | 201    |
        | -P1D      | 201    |
        | -PT24H    | 201    |
        | P367D     | 422    |
        | -P1DT1S   | 422    |
        | -P2D      | 422    |

    Scenario: Negative lead times are shown as they are
      When Alice creates an event with
        | starts_on | 2044-11-23         |
        | reminders | -PT9H, P1D, -PT18H |
      Then the response is 201
      And the event has
        | notify_before | P1D                |
        | reminders     | P1D, -PT9H, -PT18H |

    Scenario: An event with times cannot keep a negative lead time
      Given Alice has an event with
        | starts_on     | 2044-11-23 |
        | notify_before | -PT9H      |
      When Alice changes "Holiday" to have
        | starts_at | 2044-11-25T10:00:00Z |
        | duration  | PT45M                |
      Then the response is 422

    Scenario: A reminder on the day itself
      Given Alice has an all-day event "Holiday" today, with a reminder that is due in 2 seconds
      Then Alice is notified of "Holiday" once
      And Alice's notification of "Holiday" matches the event
      And no notification of Alice is early

    Scenario: A reminder before the day
      Given Alice has an all-day event "Holiday" tomorrow, with a reminder 2 days before
      Then Alice is notified of "Holiday" once
      And Alice's notification of "Holiday" matches the event

    Scenario: On the day itself, only a reminder that is due later on that day is sent
      Given Alice has an all-day event "Holiday" today, with a reminder 1 day before and one that is due in 2 seconds
      Then Alice is notified of "Holiday" once
      And no notification of Alice is early

    Scenario: The reminder of a day that has started is not due any more
      Given Alice has an all-day event "Holiday" today, with a reminder 0 seconds before
      Then Alice is never notified of "Holiday"

    Scenario: Other dates move the reminder
      Given Alice has an all-day event "Holiday" today, with a reminder that is due in 6 seconds
      When Alice changes "Holiday" to have
        | starts_on | 2044-11-23 |
        | ends_on   | 2044-11-24 |
      Then the response is 200
      And Alice is never notified of "Holiday"
