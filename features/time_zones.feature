Feature: Time zones
  An event can have the time zone in which it is planned. Its wall time in that zone is what is kept; its start and
  end are given in UTC. Without a time zone, an event is an instant forever.

  Rule: A start without an offset is read in the event's time zone

    Scenario Outline: The start and the end of an event in a time zone
      When Alice creates an event with
        | starts_at | <start> |
        | time_zone | <zone>  |
        | duration  | PT1H    |
      Then the response is 201
      And the event has
        | starts_at | <starts at> |
        | ends_at   | <ends at>   |
        | time_zone | <zone>      |

      Examples:
        | start               | zone                | starts at            | ends at              |
        | 2044-01-15T09:00:00 | Europe/Berlin       | 2044-01-15T08:00:00Z | 2044-01-15T09:00:00Z |
        | 2044-07-15T09:00:00 | Europe/Berlin       | 2044-07-15T07:00:00Z | 2044-07-15T08:00:00Z |
        | 2044-07-15T09:00:00 | America/New_York    | 2044-07-15T13:00:00Z | 2044-07-15T14:00:00Z |
        | 2044-07-15T09:00:00 | Asia/Kathmandu      | 2044-07-15T03:15:00Z | 2044-07-15T04:15:00Z |
        | 2044-07-15T09:00:00 | Australia/Lord_Howe | 2044-07-14T22:30:00Z | 2044-07-14T23:30:00Z |
        | 2044-12-15T09:00:00 | Australia/Lord_Howe | 2044-12-14T22:00:00Z | 2044-12-14T23:00:00Z |
        | 2044-07-15T09:00:00 | UTC                 | 2044-07-15T09:00:00Z | 2044-07-15T10:00:00Z |

      Examples: The zone's rules are those of 2026
        | start               | zone              | starts at            | ends at              |
        | 2044-01-15T09:00:00 | America/Vancouver | 2044-01-15T16:00:00Z | 2044-01-15T17:00:00Z |
        | 2044-01-15T09:00:00 | America/Edmonton  | 2044-01-15T15:00:00Z | 2044-01-15T16:00:00Z |
        | 2044-07-15T09:00:00 | Africa/Casablanca | 2044-07-15T09:00:00Z | 2044-07-15T10:00:00Z |

      Examples: With an offset, the start is an instant
        | start                     | zone          | starts at            | ends at              |
        | 2044-01-15T09:00:00Z      | Europe/Berlin | 2044-01-15T09:00:00Z | 2044-01-15T10:00:00Z |
        | 2044-01-15T09:00:00+09:00 | Europe/Berlin | 2044-01-15T00:00:00Z | 2044-01-15T01:00:00Z |

    Scenario: An end without an offset
      When Alice creates an event with
        | starts_at | 2044-03-26T12:00:00 |
        | ends_at   | 2044-03-27T12:00:00 |
        | time_zone | Europe/Berlin       |
      Then the response is 201
      And the event has
        | starts_at | 2044-03-26T11:00:00Z |
        | ends_at   | 2044-03-27T10:00:00Z |
        | duration  | PT23H                |

    Scenario: A duration is exact, even when clocks change
      When Alice creates an event with
        | starts_at | 2044-03-26T12:00:00 |
        | duration  | P1D                 |
        | time_zone | Europe/Berlin       |
      Then the response is 201
      And the event has
        | starts_at | 2044-03-26T11:00:00Z |
        | ends_at   | 2044-03-27T11:00:00Z |

    Scenario: The case of a zone's name does not matter
      When Alice creates an event with
        | starts_at | 2044-01-15T09:00:00 |
        | time_zone | europe/BERLIN       |
      Then the response is 201
      And the event starts at 2044-01-15T08:00:00Z

    Scenario: An event without a time zone does not show one
      When Alice creates an event with
        | title | Dentist |
      Then the response is 201
      And the event has
        | time_zone | absent |

    Scenario Outline: A time zone has a name
      When Alice creates an event whose time_zone is <value>
      Then the response is 422 and names body.time_zone
      And the database contains no event of Alice

      Examples:
        | value            |
        | "Mars/Olympus"   |
        | "+01:00"         |
        | ""               |
        | "../etc/passwd"  |
        | "Europe\u0000"   |
        | 5                |

    Scenario Outline: Without a time zone, times have an offset
      When Alice creates an event with
        | starts_at | <start> |
        | ends_at   | <end>   |
        | time_zone | null    |
      Then the response is 422 and names body.<field>

      Examples:
        | start                | end                  | field     |
        | 2044-01-15T09:00:00  | 2044-01-15T10:00:00Z | starts_at |
        | 2044-01-15T09:00:00Z | 2044-01-15T10:00:00  | ends_at   |

    Scenario Outline: Instants outside the years 1 to 9999 are rejected
      When Alice creates an event with
        | starts_at | <start> |
        | duration  | PT15M   |
        | time_zone | <zone>  |
      Then the response is 422
      And the database contains no event of Alice

      Examples:
        | start               | zone             |
        | 0001-01-01T08:00:00 | Asia/Tokyo       |
        | 9999-12-31T23:00:00 | America/New_York |

  Rule: When clocks change, a wall time is still one instant

    Scenario Outline: A wall time that clocks skip is shifted forward by the gap
      When Alice creates an event with
        | starts_at | <start> |
        | time_zone | <zone>  |
      Then the response is 201
      And the event starts at <starts at>

      Examples:
        | start               | zone                | starts at            |
        | 2044-03-27T02:30:00 | Europe/Berlin       | 2044-03-27T01:30:00Z |
        | 2044-03-13T02:30:00 | America/New_York    | 2044-03-13T07:30:00Z |
        | 2044-10-02T02:15:00 | Australia/Lord_Howe | 2044-10-01T15:45:00Z |
        | 2044-04-29T00:30:00 | Africa/Cairo        | 2044-04-28T22:30:00Z |

    Scenario Outline: A wall time that clocks repeat is the first, unless the offset says the second
      When Alice creates an event with
        | starts_at | <start>       |
        | time_zone | Europe/Berlin |
      Then the response is 201
      And the event starts at <starts at>

      Examples:
        | start                     | starts at            |
        | 2044-10-30T02:30:00       | 2044-10-30T00:30:00Z |
        | 2044-10-30T02:30:00+02:00 | 2044-10-30T00:30:00Z |
        | 2044-10-30T02:30:00+01:00 | 2044-10-30T01:30:00Z |

    Scenario Outline: Such an event is sent back as it was read
      Given Alice has an event with
        | starts_at | <start>       |
        | time_zone | Europe/Berlin |
      When Alice reads "Dentist" and sends it back by <method>
      Then the response is 200
      And the event is "Dentist" as it was created
      And the ETag is the same

      Examples:
        | start                     | method |
        | 2044-03-27T02:30:00       | PUT    |
        | 2044-03-27T02:30:00       | PATCH  |
        | 2044-03-27T02:30:00       | POST   |
        | 2044-10-30T02:30:00+01:00 | PUT    |
        | 2044-10-30T02:30:00+01:00 | PATCH  |
        | 2044-10-30T02:30:00+01:00 | POST   |

    Scenario: The wall time in a gap is remembered
      Given Alice has an event with
        | starts_at | 2044-03-27T02:30:00 |
        | time_zone | Europe/Berlin       |
      When Alice reads "Dentist" and sends it back by PUT
      And Alice changes "Dentist" to have
        | time_zone | America/New_York |
      Then the response is 200
      And the event starts at 2044-03-27T06:30:00Z

  Rule: A change of the zone keeps the wall time of an event that has one

    Scenario: Another time zone
      Given Alice has an event with
        | starts_at | 2044-01-15T09:00:00 |
        | duration  | PT1H                |
        | time_zone | Europe/Berlin       |
      When Alice changes "Dentist" to have
        | time_zone | America/New_York |
      Then the response is 200
      And the event has
        | starts_at | 2044-01-15T14:00:00Z |
        | ends_at   | 2044-01-15T15:00:00Z |
        | time_zone | America/New_York     |
        | version   | 2                    |

    Scenario: A time zone for an event that had none keeps the instant
      Given Alice has an event with
        | starts_at | 2044-01-15T09:00:00Z |
        | duration  | PT1H                 |
      When Alice changes "Dentist" to have
        | time_zone | America/New_York |
      Then the response is 200
      And the event has
        | starts_at | 2044-01-15T09:00:00Z |
        | ends_at   | 2044-01-15T10:00:00Z |
        | time_zone | America/New_York     |
      When Alice changes "Dentist" to have
        | time_zone | Europe/Berlin |
      Then the response is 200
      And the event starts at 2044-01-15T03:00:00Z

    Scenario: An event without its time zone is the same instant
      Given Alice has an event with
        | starts_at | 2044-01-15T09:00:00 |
        | time_zone | Europe/Berlin       |
      When Alice changes "Dentist" to have
        | time_zone | null |
      Then the response is 200
      And the event has
        | starts_at | 2044-01-15T08:00:00Z |
        | time_zone | absent               |

    Scenario: A new start without an offset is read in the zone that the event has
      Given Alice has an event with
        | starts_at | 2044-01-15T09:00:00 |
        | time_zone | Europe/Berlin       |
      When Alice changes "Dentist" to have
        | starts_at | 2044-07-15T09:00:00 |
        | duration  | PT1H                |
      Then the response is 200
      And the event has
        | starts_at | 2044-07-15T07:00:00Z |
        | ends_at   | 2044-07-15T08:00:00Z |

    Scenario: A new start alone keeps the end
      Given Alice has an event with
        | starts_at | 2044-01-15T09:00:00 |
        | duration  | PT2H                |
        | time_zone | Europe/Berlin       |
      When Alice changes "Dentist" to have
        | starts_at | 2044-01-15T10:30:00 |
      Then the response is 200
      And the event has
        | starts_at | 2044-01-15T09:30:00Z |
        | ends_at   | 2044-01-15T10:00:00Z |

    Scenario: An event without a time zone does not accept a start without an offset
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | starts_at | 2044-11-23T10:30:00 |
      Then the response is 422 and names body.starts_at

    Scenario: A replacement without a time zone has none
      Given Alice has an event with
        | starts_at | 2044-01-15T09:00:00 |
        | time_zone | Europe/Berlin       |
      When Alice replaces "Dentist" with
        | starts_at | 2044-01-15T09:00:00Z |
      Then the response is 200
      And the event has
        | starts_at | 2044-01-15T09:00:00Z |
        | time_zone | absent               |

  Rule: Lists and reminders use the instant

    Scenario: The day of an event in another zone
      Given Alice has an event with
        | starts_at | 2044-11-24T01:00:00 |
        | time_zone | Asia/Tokyo          |
      When Alice lists the day 2044-11-23
      Then the list contains "Dentist" as it was created
      When Alice lists the day 2044-11-24 in Asia/Tokyo
      Then the list contains "Dentist" as it was created
      When Alice lists the day 2044-11-24
      Then the list is empty

    Scenario: A reminder is due a lead time before the instant
      Given Alice has an event "Dentist" on the clocks of Asia/Tokyo that starts in 3 seconds, with a reminder 0 seconds before
      Then Alice is notified of "Dentist" once
      And Alice's notification of "Dentist" matches the event
      And no notification of Alice is early

    Scenario: A new time zone moves the reminder
      Given Alice has an event "Dentist" on the clocks of Asia/Tokyo that starts in 6 seconds, with a reminder 0 seconds before
      When Alice changes "Dentist" to have
        | time_zone | Asia/Kolkata |
      Then the response is 200
      And Alice is never notified of "Dentist"
