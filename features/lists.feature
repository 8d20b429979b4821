Feature: Lists
  A user lists the events of a day, a week, a month or a range.
  A list contains every event that overlaps its window. The window includes its start and excludes its end.

  Rule: A list contains the events that overlap its window

    Scenario: Days around midnight
      Given Alice has the events
        | title             | starts_at            | ends_at                     |
        | festival          | 2044-11-19T10:00:00Z | 2044-11-30T22:00:00Z        |
        | until the 23rd    | 2044-11-22T22:00:00Z | 2044-11-23T00:00:00Z        |
        | into the 23rd     | 2044-11-22T23:00:00Z | 2044-11-23T01:00:00Z        |
        | first instant     | 2044-11-23T00:00:00Z | 2044-11-23T00:00:00Z        |
        | all of the 23rd   | 2044-11-23T00:00:01Z | 2044-11-24T00:00:00Z        |
        | lunch             | 2044-11-23T12:00:00Z | 2044-11-23T13:00:00Z        |
        | out of the 23rd   | 2044-11-23T23:00:00Z | 2044-11-24T01:00:00Z        |
        | last microsecond  | 2044-11-23T23:59:59Z | 2044-11-23T23:59:59.999999Z |
        | next midnight     | 2044-11-24T00:00:00Z | 2044-11-24T00:00:00Z        |
        | next day          | 2044-11-24T08:00:00Z | 2044-11-24T09:00:00Z        |
      When Alice lists the day 2044-11-22
      Then the list contains "festival", "until the 23rd", "into the 23rd"
      When Alice lists the day 2044-11-23
      Then the list contains "festival", "into the 23rd", "first instant", "all of the 23rd", "lunch", "out of the 23rd", "last microsecond"
      When Alice lists the day 2044-11-24
      Then the list contains "festival", "out of the 23rd", "next midnight", "next day"

    Scenario: A long event is listed on each of its days
      Given Alice has the events
        | title    | starts_at            | ends_at              |
        | career   | 1990-01-01T00:00:00Z | 2070-01-01T00:00:00Z |
        | decade   | 2040-01-01T00:00:00Z | 2050-01-01T00:00:00Z |
        | semester | 2044-10-01T00:00:00Z | 2045-03-31T00:00:00Z |
        | visit    | 2044-11-20T00:00:00Z | 2044-11-25T00:00:00Z |
      When Alice lists the day 2044-11-23
      Then the list contains "career", "decade", "semester", "visit"

    Scenario: A list contains whole events
      Given Alice has an event with
        | title         | Dentist          |
        | description   | Bring the X-ray. |
        | notify_before | P1D              |
      When Alice lists the day 2044-11-23
      Then the list contains "Dentist" as it was created

    Scenario: A day without events
      When Alice lists the day 2044-11-23
      Then the response is 200
      And the list is empty
      And there is no next page

    Scenario: A moved event is listed on its new day only
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | starts_at | 2044-11-25T10:00:00Z |
        | duration  | PT45M                |
      And Alice lists the day 2044-11-23
      Then the list is empty
      When Alice lists the day 2044-11-25
      Then the list contains "Dentist"

  Rule: Days start in the given time zone

    Scenario Outline: The window of a day
      When Alice lists the day <date> in <zone>
      Then the response is 200
      And the window is from <from> to <to>

      Examples:
        | date       | zone                | from                 | to                   |
        | 2044-11-23 | UTC                 | 2044-11-23T00:00:00Z | 2044-11-24T00:00:00Z |
        | 2044-11-23 | Europe/Moscow       | 2044-11-22T21:00:00Z | 2044-11-23T21:00:00Z |
        | 2044-11-23 | Asia/Kolkata        | 2044-11-22T18:30:00Z | 2044-11-23T18:30:00Z |
        | 2044-11-23 | America/Los_Angeles | 2044-11-23T08:00:00Z | 2044-11-24T08:00:00Z |
        | 2044-02-29 | Pacific/Kiritimati  | 2044-02-28T10:00:00Z | 2044-02-29T10:00:00Z |

      Examples: When clocks go forward, a day has 23 hours
        | date       | zone             | from                 | to                   |
        | 2044-03-27 | Europe/Berlin    | 2044-03-26T23:00:00Z | 2044-03-27T22:00:00Z |
        | 2044-03-13 | America/New_York | 2044-03-13T05:00:00Z | 2044-03-14T04:00:00Z |

      Examples: When clocks go back, a day has 25 hours
        | date       | zone             | from                 | to                   |
        | 2044-10-30 | Europe/Berlin    | 2044-10-29T22:00:00Z | 2044-10-30T23:00:00Z |
        | 2044-11-06 | America/New_York | 2044-11-06T04:00:00Z | 2044-11-07T05:00:00Z |

      Examples: When clocks skip midnight, the day starts after the gap
        | date       | zone              | from                 | to                   |
        | 2018-11-04 | America/Sao_Paulo | 2018-11-04T03:00:00Z | 2018-11-05T02:00:00Z |

      Examples: The case of a zone's name does not matter
        | date       | zone          | from                 | to                   |
        | 2044-11-23 | europe/moscow | 2044-11-22T21:00:00Z | 2044-11-23T21:00:00Z |
        | 2044-11-23 | utc           | 2044-11-23T00:00:00Z | 2044-11-24T00:00:00Z |

      Examples: East of Greenwich, the last day ends before the year 10000 in UTC
        | date       | zone       | from                 | to                   |
        | 9999-12-31 | Asia/Tokyo | 9999-12-30T15:00:00Z | 9999-12-31T15:00:00Z |

    Scenario: A day of 25 hours contains its repeated hour
      Given Alice has the events
        | title        | starts_at                 | ends_at                   |
        | first hour   | 2044-10-30T00:00:00+02:00 | 2044-10-30T01:00:00+02:00 |
        | first 02:30  | 2044-10-30T02:30:00+02:00 | 2044-10-30T02:45:00+02:00 |
        | second 02:30 | 2044-10-30T02:30:00+01:00 | 2044-10-30T02:45:00+01:00 |
        | last hour    | 2044-10-30T23:00:00+01:00 | 2044-10-31T00:00:00+01:00 |
        | Monday       | 2044-10-31T00:00:00+01:00 | 2044-10-31T01:00:00+01:00 |
      When Alice lists the day 2044-10-30 in Europe/Berlin
      Then the list contains "first hour", "first 02:30", "second 02:30", "last hour"

    Scenario: The day of an event depends on the time zone
      Given Alice has the events
        | title | starts_at                 | ends_at                   |
        | party | 2044-11-23T23:00:00+03:00 | 2044-11-23T23:30:00+03:00 |
      When Alice lists the day 2044-11-23 in Europe/Moscow
      Then the list contains "party"
      When Alice lists the day 2044-11-24 in Asia/Tokyo
      Then the list contains "party"
      When Alice lists the day 2044-11-23 in Asia/Tokyo
      Then the list is empty

    Scenario Outline: An unknown time zone is rejected
      When Alice lists the day 2044-11-23 in <zone>
      Then the response is 422 and names query.tz

      Examples:
        | zone          |
        | Mars/Olympus  |
        | Europe/Berlin2 |
        | ../etc/passwd |

  Rule: A week has seven days, starting on any weekday

    Scenario Outline: The window of a week
      When Alice lists the week <start> in <zone>
      Then the response is 200
      And the window is from <from> to <to>

      Examples:
        | start      | zone             | from                 | to                   |
        | 2044-11-21 | UTC              | 2044-11-21T00:00:00Z | 2044-11-28T00:00:00Z |
        | 2044-11-23 | UTC              | 2044-11-23T00:00:00Z | 2044-11-30T00:00:00Z |
        | 2044-12-29 | Europe/Moscow    | 2044-12-28T21:00:00Z | 2045-01-04T21:00:00Z |
        | 2044-02-26 | UTC              | 2044-02-26T00:00:00Z | 2044-03-04T00:00:00Z |
        | 2044-03-24 | Europe/Berlin    | 2044-03-23T23:00:00Z | 2044-03-30T22:00:00Z |
        | 2044-11-01 | America/New_York | 2044-11-01T04:00:00Z | 2044-11-08T05:00:00Z |
        | 9999-12-25 | Asia/Tokyo       | 9999-12-24T15:00:00Z | 9999-12-31T15:00:00Z |

    Scenario: The eighth day is not part of the week
      Given Alice has the events
        | title     | starts_at            | ends_at              |
        | Tuesday   | 2044-11-22T10:00:00Z | 2044-11-22T11:00:00Z |
        | Wednesday | 2044-11-23T10:00:00Z | 2044-11-23T11:00:00Z |
        | last one  | 2044-11-29T23:30:00Z | 2044-11-30T00:30:00Z |
        | too late  | 2044-11-30T00:00:00Z | 2044-11-30T00:00:00Z |
      When Alice lists the week 2044-11-23
      Then the list contains "Wednesday", "last one"

  Rule: A month ends on the same day of the next month, or on its last day if that is shorter

    Scenario Outline: The window of a month
      When Alice lists the month <start> in <zone>
      Then the response is 200
      And the window is from <from> to <to>

      Examples:
        | start      | zone          | from                 | to                   |
        | 2044-11-01 | UTC           | 2044-11-01T00:00:00Z | 2044-12-01T00:00:00Z |
        | 2044-12-15 | UTC           | 2044-12-15T00:00:00Z | 2045-01-15T00:00:00Z |
        | 2045-02-01 | UTC           | 2045-02-01T00:00:00Z | 2045-03-01T00:00:00Z |
        | 2045-01-31 | UTC           | 2045-01-31T00:00:00Z | 2045-02-28T00:00:00Z |
        | 2044-01-31 | UTC           | 2044-01-31T00:00:00Z | 2044-02-29T00:00:00Z |
        | 2045-01-29 | UTC           | 2045-01-29T00:00:00Z | 2045-02-28T00:00:00Z |
        | 2044-10-31 | UTC           | 2044-10-31T00:00:00Z | 2044-11-30T00:00:00Z |
        | 2044-02-29 | UTC           | 2044-02-29T00:00:00Z | 2044-03-29T00:00:00Z |
        | 2044-03-01 | Europe/Berlin | 2044-02-29T23:00:00Z | 2044-03-31T22:00:00Z |
        | 9999-12-01 | Asia/Tokyo    | 9999-11-30T15:00:00Z | 9999-12-31T15:00:00Z |

    Scenario: The first of the next month is not part of the month
      Given Alice has the events
        | title    | starts_at            | ends_at              |
        | before   | 2044-10-31T22:00:00Z | 2044-11-01T00:00:00Z |
        | first    | 2044-11-01T00:00:00Z | 2044-11-01T01:00:00Z |
        | thirtieth | 2044-11-30T23:00:00Z | 2044-11-30T23:59:59Z |
        | after    | 2044-12-01T00:00:00Z | 2044-12-01T01:00:00Z |
      When Alice lists the month 2044-11-01
      Then the list contains "first", "thirtieth"

  Rule: A range lasts up to 366 days

    Scenario: A range with offsets
      Given Alice has the events
        | title   | starts_at            | ends_at              |
        | earlier | 2044-11-23T06:00:00Z | 2044-11-23T07:00:00Z |
        | inside  | 2044-11-23T07:00:00Z | 2044-11-23T08:00:00Z |
        | later   | 2044-11-23T08:00:00Z | 2044-11-23T09:00:00Z |
      When Alice lists the range from 2044-11-23T10:00:00+03:00 to 2044-11-23T11:00:00+03:00
      Then the window is from 2044-11-23T07:00:00Z to 2044-11-23T08:00:00Z
      And the list contains "inside"

    Scenario Outline: Range limits
      When Alice lists the range from <from> to <to>
      Then the response is <status>

      Examples:
        | from                 | to                        | status |
        | 2044-01-01T00:00:00Z | 2045-01-01T00:00:00Z      | 200    |
        | 2044-01-01T00:00:00Z | 2044-01-01T00:00:00.000001Z | 200  |
        | 2044-01-01T00:00:00Z | 2045-01-01T00:00:01Z      | 422    |
        | 2044-01-01T00:00:00Z | 2044-01-01T00:00:00Z      | 422    |
        | 2044-01-02T00:00:00Z | 2044-01-01T00:00:00Z      | 422    |
        | 2044-01-01T00:00:00  | 2044-01-02T00:00:00Z      | 422    |
        | 2044-01-01T00:00:00Z | 2044-01-02T00:00:00       | 422    |
        | 2044-01-01           | 2044-01-02                | 422    |
        | 0001-01-01T00:00:00+01:00 | 0001-01-02T00:00:00Z | 422    |
        | 9999-12-31T00:00:00Z | 9999-12-31T23:59:59-01:00 | 422    |

  Rule: Invalid parameters are rejected, not ignored

    Scenario Outline: Invalid parameters
      When Alice requests /v1/events<query>
      Then the response is 422

      Examples: A date is missing or invalid
        | query                        |
        | /day                         |
        | /week                        |
        | /month                       |
        | /day?date=                   |
        | /day?date=2044-02-30         |
        | /day?date=23.11.2044         |
        | /day?date=2044-11-23T00:00:00Z |
        | /week?start=today            |
        | ?from=2044-11-23T00:00:00Z   |
        | ?to=2044-11-23T00:00:00Z     |
        | ?limit=10                    |

      Examples: The window is outside the years 1 to 9999
        | query                              |
        | /day?date=0001-01-01&tz=Asia/Tokyo |
        | /day?date=9999-12-31               |
        | /week?start=9999-12-28             |
        | /month?start=9999-12-01            |
        | /day?date=0000-12-31               |
        | /week?start=10000-01-01            |

      Examples: The parameter is unknown
        | query                                        |
        | /day?date=2044-11-23&timezone=UTC            |
        | /day?start=2044-11-23                        |
        | /week?date=2044-11-23                        |
        | /month?start=2044-11-01&title=Dentist        |

      Examples: The value cannot be stored as text
        | query                                      |
        | /day?date=2044-11-23&tz=Europe%00Berlin    |
        | /day?date=2044-11-23&cursor=%00            |
        | /day?date=2044-11-23&user_id=alice%00      |
        | /day?date=2044-11-23&tz=%ED%A0%BD          |

      Examples: A page has 1 to 1,000 events
        | query                                |
        | /day?date=2044-11-23&limit=0         |
        | /day?date=2044-11-23&limit=-1        |
        | /day?date=2044-11-23&limit=1001      |
        | /day?date=2044-11-23&limit=ten       |
        | /day?date=2044-11-23&limit=          |
        | /day?date=2044-11-23&cursor=nonsense |

  Rule: Lists are paged

    Scenario: Order is by start, then by ID
      Given Alice has the events
        | title | starts_at            | ends_at              | id                                   |
        | fifth | 2044-11-23T10:00:00Z | 2044-11-23T11:00:00Z | 7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | third | 2044-11-23T09:00:00Z | 2044-11-23T10:00:00Z | f0000000-0000-4000-8000-000000000000 |
        | first | 2044-11-23T09:00:00Z | 2044-11-23T09:00:00Z | 00000000-0000-4000-8000-000000000000 |
        | second | 2044-11-23T09:00:00Z | 2044-11-23T20:00:00Z | 10000000-0000-4000-8000-000000000000 |
        | fourth | 2044-11-23T09:30:00Z | 2044-11-23T09:45:00Z | 00000000-0000-4000-8000-000000000001 |
      When Alice lists the day 2044-11-23
      Then the list contains "first", "second", "third", "fourth", "fifth"

    Scenario Outline: The pages contain the whole list
      Given Alice has 23 events <when> on 2044-11-23
      When Alice pages through the day 2044-11-23 by <limit>
      Then the pages have <sizes> events
      And the pages contain each event once, in order

      Examples:
        | when           | limit | sizes          |
        | a minute apart | 10    | 10, 10, 3      |
        | at once        | 10    | 10, 10, 3      |
        | at once        | 1000  | 23             |
        | a minute apart | 23    | 23             |
        | at once        | 22    | 22, 1          |

    Scenario: Pages are consistent during concurrent changes
      Given Alice has 20 events a minute apart on 2044-11-23
      When Alice pages through the day 2044-11-23 by 5, adding and deleting an event before each page
      Then the pages contain each of the first 15 events once

    Scenario: A full page links to the next one
      Given Alice has 1000 events at once on 2044-11-23
      And Alice has an event "one more"
      When Alice lists the day 2044-11-23
      Then the list has 1000 events
      And there is a next page

  Rule: A list contains only the user's own events

    Scenario: Two users on the same day
      Given Alice has an event "Dentist"
      And Bob has an event "Football"
      When Alice lists the day 2044-11-23
      Then the list contains "Dentist"
      When Bob lists the month 2044-11-01
      Then the list contains "Football"
