Feature: Recurring events
  A series is an event that repeats: by a rule, on given dates, or both. Occurrences keep the wall time of the series'
  time zone. Single occurrences can be excluded or changed. A series with all of that is one document.

  Rules are those of iCalendar (RFC 5545). In the tables, an occurrence is written as its wall time with the offset
  from UTC, as in 2044-11-21T09:00+01:00.

  Rule: A series is one document

    Scenario: A series is created
      When Alice creates an event with
        | title         | Stand-up             |
        | starts_at     | 2044-11-21T09:00:00  |
        | duration      | PT15M                |
        | time_zone     | Europe/Berlin        |
        | rule          | FREQ=DAILY;COUNT=5   |
        | description   | Three sentences.     |
        | notify_before | PT10M                |
      Then the response is 201
      And the ETag is new
      And the event has
        | title         | Stand-up             |
        | starts_at     | 2044-11-21T08:00:00Z |
        | ends_at       | 2044-11-21T08:15:00Z |
        | duration      | PT15M                |
        | time_zone     | Europe/Berlin        |
        | rule          | FREQ=DAILY;COUNT=5   |
        | dates         | absent               |
        | excluded      | absent               |
        | overrides     | absent               |
        | recurrence_id | absent               |
        | notify_before | PT10M                |
        | version       | 1                    |
      When Alice follows the Location header
      Then the event is "Stand-up" as it was created

    Scenario: An event that does not repeat has no member of a series
      When Alice creates an event with
        | title | Dentist |
      Then the response is 201
      And the event has
        | recurrence    | absent |
        | overrides     | absent |
        | recurrence_id | absent |

    Scenario: A series needs a time zone
      When Alice creates an event with
        | rule | FREQ=DAILY |
      Then the response is 422 and names body.time_zone
      And the database contains no event of Alice

    Scenario: A series of all-day events needs none
      When Alice creates an event with
        | starts_on | 2044-11-21         |
        | rule      | FREQ=DAILY;COUNT=3 |
      Then the response is 201
      And Alice's "Holiday" occurs on 2044-11-21, 2044-11-22, 2044-11-23

    Scenario: The events of a batch can repeat
      When Alice creates a batch of the events
        | title    | starts_at            | duration | time_zone     | rule                |
        | Stand-up | 2044-11-21T09:00:00  | PT15M    | Europe/Berlin | FREQ=DAILY;COUNT=2  |
        | Review   | 2044-11-25T14:00:00  | PT1H     | Europe/Berlin | FREQ=WEEKLY;COUNT=2 |
      Then the response is 201
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22
      And Alice's "Review" occurs on 2044-11-25, 2044-12-02

    Scenario Outline: A series is sent back as it was read
      Given Alice has an event with
        | title     | Stand-up                                                  |
        | starts_at | 2044-11-21T09:00:00                                       |
        | duration  | PT15M                                                     |
        | time_zone | Europe/Berlin                                             |
        | rule      | FREQ=DAILY;COUNT=5                                        |
        | dates     | 2044-12-01T15:00:00                                       |
        | excluded  | 2044-11-22T09:00:00                                       |
        | overrides | {"2044-11-23T09:00:00": {"title": "Long", "duration": "PT1H"}} |
      When Alice reads "Stand-up" and sends it back by <method>
      Then the response is 200
      And the event is "Stand-up" as it was created
      And the ETag is the same

      Examples:
        | method |
        | PUT    |
        | PATCH  |
        | POST   |

    Scenario: A replacement replaces all of a series
      Given Alice has an event with
        | title     | Stand-up                                                  |
        | starts_at | 2044-11-21T09:00:00                                       |
        | time_zone | Europe/Berlin                                             |
        | rule      | FREQ=DAILY;COUNT=3                                        |
        | excluded  | 2044-11-22T09:00:00                                       |
        | overrides | {"2044-11-23T09:00:00": {"title": "Long"}}                |
      When Alice replaces "Stand-up" with
        | title     | Meeting             |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=4  |
      Then the response is 200
      And the event has
        | rule      | FREQ=DAILY;COUNT=4 |
        | excluded  | absent             |
        | overrides | absent             |
        | version   | 2                  |
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22, 2044-11-23, 2044-11-24

    Scenario: An event becomes a series
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
      When Alice changes "Stand-up" to have
        | rule | FREQ=DAILY;COUNT=2 |
      Then the response is 200
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-22

    Scenario: A series becomes a single event
      Given Alice has an event with
        | title     | Stand-up                                   |
        | starts_at | 2044-11-21T09:00:00                        |
        | time_zone | Europe/Berlin                              |
        | rule      | FREQ=DAILY;COUNT=3                         |
        | overrides | {"2044-11-22T09:00:00": {"title": "Long"}} |
      When Alice changes "Stand-up" to have
        | recurrence | null |
      Then the response is 200
      And the event has
        | recurrence | absent               |
        | overrides  | absent               |
        | starts_at  | 2044-11-21T08:00:00Z |
        | time_zone  | Europe/Berlin        |
      When Alice lists the month 2044-11-01
      Then the list contains "Stand-up"

    Scenario: A change of the rule keeps the dates and the excluded occurrences
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=3  |
        | dates     | 2044-12-24T09:00:00 |
        | excluded  | 2044-11-22T09:00:00 |
      When Alice changes "Stand-up" to have
        | rule | FREQ=DAILY;COUNT=4 |
      Then the response is 200
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-23, 2044-11-24, 2044-12-24

    Scenario: A series can lose its time zone only with its rule
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=3  |
      When Alice changes "Stand-up" to have
        | time_zone | null |
      Then the response is 422
      When Alice changes "Stand-up" to have
        | time_zone  | null |
        | recurrence | null |
      Then the response is 200
      And the event has
        | time_zone | absent               |
        | starts_at | 2044-11-21T08:00:00Z |

    Scenario Outline: An occurrence is no event of its own
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=3  |
      When Alice sends the occurrence 2044-11-22T09:00:00 of "Stand-up" back by <method>
      Then the response is 422 and names body.recurrence_id

      Examples:
        | method |
        | POST   |
        | PUT    |

    Scenario Outline: An invalid series is rejected, and nothing is stored
      When Alice creates a series whose <field> is <value>
      Then the response is 422 and names a part of body.<field>
      And the database contains no event of Alice

      Examples: A series has a rule or dates
        | field      | value                                                      |
        | recurrence | {}                                                         |
        | recurrence | {"rule": null}                                             |
        | recurrence | {"dates": []}                                              |
        | recurrence | {"excluded": ["2044-11-22T09:00:00"]}                      |
        | recurrence | "FREQ=DAILY"                                               |
        | recurrence | {"rule": "FREQ=DAILY", "colour": "red"}                    |

      Examples: Dates and excluded occurrences are local times or instants
        | field      | value                                                      |
        | recurrence | {"rule": "FREQ=DAILY", "dates": ["tomorrow"]}              |
        | recurrence | {"rule": "FREQ=DAILY", "dates": ["2044-11-31T09:00:00"]}   |
        | recurrence | {"rule": "FREQ=DAILY", "dates": ["2044-11-22"]}            |
        | recurrence | {"rule": "FREQ=DAILY", "dates": "2044-11-22T09:00:00"}     |
        | recurrence | {"rule": "FREQ=DAILY", "dates": [null]}                    |
        | recurrence | {"rule": "FREQ=DAILY", "excluded": ["tomorrow"]}           |
        | recurrence | {"rule": "FREQ=DAILY", "excluded": ["2044-11-22"]}         |

      Examples: Changes belong to occurrences, and follow the rules of their fields
        | field     | value                                                       |
        | overrides | []                                                          |
        | overrides | {"tomorrow": {"title": "Long"}}                             |
        | overrides | {"2044-11-22T09:00:00": "Long"}                             |
        | overrides | {"2044-11-22T09:00:00": {"title": ""}}                      |
        | overrides | {"2044-11-22T09:00:00": {"colour": "red"}}                  |
        | overrides | {"2044-11-22T09:00:00": {"time_zone": "Asia/Tokyo"}}        |
        | overrides | {"2044-11-22T09:00:00": {"recurrence": {"rule": "FREQ=DAILY"}}} |
        | overrides | {"2044-11-22T09:00:00": {"starts_on": "2044-11-22"}}        |
        | overrides | {"2044-11-22T09:00:00": {"notify_before": "P367D"}}         |
        | overrides | {"2044-11-22T09:00:00": {"ends_at": "2044-11-22T08:00:00"}} |

    Scenario: Changes of occurrences without a series are rejected
      When Alice creates an event whose overrides is {"2044-11-22T09:00:00": {"title": "Long"}}
      Then the response is 422 and names a part of body.overrides

    Scenario Outline: An occurrence lasts up to 366 days
      When Alice creates an event with
        | starts_at | 2044-11-21T09:00:00         |
        | duration  | <duration>                  |
        | time_zone | Europe/Berlin               |
        | rule      | FREQ=YEARLY;COUNT=2         |
      Then the response is <status>

      Examples:
        | duration | status |
        | P366D    | 201    |
        | P366DT1S | 422    |

  Rule: A rule says when the series repeats

    Scenario Outline: Occurrences of a rule
      When Alice creates an event with
        | title     | Meeting |
        | starts_at | <start> |
        | duration  | PT1H    |
        | time_zone | <zone>  |
        | rule      | <rule>  |
      Then the response is 201
      And Alice's "Meeting" occurs at <occurrences>

      Examples: Months without such a day are left out
        | start               | zone          | rule                 | occurrences |
        | 2054-01-31T10:00:00 | Europe/Berlin | FREQ=MONTHLY;COUNT=7 | 2054-01-31T10:00+01:00, 2054-03-31T10:00+02:00, 2054-05-31T10:00+02:00, 2054-07-31T10:00+02:00, 2054-08-31T10:00+02:00, 2054-10-31T10:00+01:00, 2054-12-31T10:00+01:00 |

      Examples: The year 2100 has no 29 February
        | start               | zone | rule                | occurrences |
        | 2096-02-29T12:00:00 | UTC  | FREQ=YEARLY;COUNT=3 | 2096-02-29T12:00Z, 2104-02-29T12:00Z, 2108-02-29T12:00Z |

      Examples: The last Friday of the month
        | start               | zone             | rule                            | occurrences |
        | 2054-01-30T17:00:00 | America/New_York | FREQ=MONTHLY;BYDAY=-1FR;COUNT=5 | 2054-01-30T17:00-05:00, 2054-02-27T17:00-05:00, 2054-03-27T17:00-04:00, 2054-04-24T17:00-04:00, 2054-05-29T17:00-04:00 |

      Examples: The second and the last but one working day of the month
        | start               | zone | rule                                                       | occurrences |
        | 2054-01-02T09:00:00 | UTC  | FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2,-2;COUNT=5    | 2054-01-02T09:00Z, 2054-01-29T09:00Z, 2054-02-03T09:00Z, 2054-02-26T09:00Z, 2054-03-03T09:00Z |

      Examples: Every Monday and the second Tuesday of the month
        | start               | zone | rule                              | occurrences |
        | 2054-01-05T09:00:00 | UTC  | FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=6 | 2054-01-05T09:00Z, 2054-01-12T09:00Z, 2054-01-13T09:00Z, 2054-01-19T09:00Z, 2054-01-26T09:00Z, 2054-02-02T09:00Z |

      Examples: The weekday of the start in the first two weeks of a year, which may begin in the year before
        | start               | zone | rule                                            | occurrences |
        | 2041-01-08T00:00:00 | UTC  | FREQ=YEARLY;BYWEEKNO=1,2;UNTIL=20450101T000000Z | 2041-01-08T00:00Z, 2041-12-31T00:00Z, 2042-01-07T00:00Z, 2042-12-30T00:00Z, 2043-01-06T00:00Z, 2044-01-05T00:00Z, 2044-01-12T00:00Z |

      Examples: A date as the limit includes all of that day in the time zone
        | start               | zone          | rule                      | occurrences |
        | 2054-01-01T20:00:00 | Europe/Berlin | FREQ=DAILY;UNTIL=20540103 | 2054-01-01T20:00+01:00, 2054-01-02T20:00+01:00, 2054-01-03T20:00+01:00 |

      Examples: An instant as the limit is included
        | start               | zone          | rule                             | occurrences |
        | 2054-01-01T20:00:00 | Europe/Berlin | FREQ=DAILY;UNTIL=20540103T190000Z | 2054-01-01T20:00+01:00, 2054-01-02T20:00+01:00, 2054-01-03T20:00+01:00 |
        | 2054-01-01T20:00:00 | Europe/Berlin | FREQ=DAILY;UNTIL=20540103T185959Z | 2054-01-01T20:00+01:00, 2054-01-02T20:00+01:00 |

      Examples: A local time as the limit is read in the time zone
        | start               | zone          | rule                             | occurrences |
        | 2054-01-01T20:00:00 | Europe/Berlin | FREQ=DAILY;UNTIL=20540103T200000 | 2054-01-01T20:00+01:00, 2054-01-02T20:00+01:00, 2054-01-03T20:00+01:00 |
        | 2054-01-01T20:00:00 | Europe/Berlin | FREQ=DAILY;UNTIL=20540103T195959 | 2054-01-01T20:00+01:00, 2054-01-02T20:00+01:00 |

      Examples: Every other week, and the day on which a week starts
        | start               | zone             | rule                                                | occurrences |
        | 2053-08-05T09:00:00 | America/New_York | FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO  | 2053-08-05T09:00-04:00, 2053-08-10T09:00-04:00, 2053-08-19T09:00-04:00, 2053-08-24T09:00-04:00 |
        | 2053-08-05T09:00:00 | America/New_York | FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU  | 2053-08-05T09:00-04:00, 2053-08-17T09:00-04:00, 2053-08-19T09:00-04:00, 2053-08-31T09:00-04:00 |

      Examples: The end of the calendar ends a series quietly
        | start               | zone | rule        | occurrences |
        | 9999-12-10T09:00:00 | UTC  | FREQ=WEEKLY | 9999-12-10T09:00Z, 9999-12-17T09:00Z, 9999-12-24T09:00Z, 9999-12-31T09:00Z |

      Examples: Parts come in any order and in any case
        | start               | zone | rule                             | occurrences |
        | 2054-01-05T09:00:00 | UTC  | count=3;byday=mo,we;freq=weekly  | 2054-01-05T09:00Z, 2054-01-07T09:00Z, 2054-01-12T09:00Z |
        | 2054-01-05T09:00:00 | UTC  | Byday=We,Mo;Count=3;Freq=Weekly  | 2054-01-05T09:00Z, 2054-01-07T09:00Z, 2054-01-12T09:00Z |

      Examples: Days of the year, and days from the end of a month
        | start               | zone | rule                                     | occurrences |
        | 2054-04-10T09:00:00 | UTC  | FREQ=YEARLY;BYYEARDAY=100,-1;COUNT=4     | 2054-04-10T09:00Z, 2054-12-31T09:00Z, 2055-04-10T09:00Z, 2055-12-31T09:00Z |
        | 2054-01-31T09:00:00 | UTC  | FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3       | 2054-01-31T09:00Z, 2054-02-28T09:00Z, 2054-03-31T09:00Z |
        | 2054-11-03T09:00:00 | UTC  | FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2 | 2054-11-03T09:00Z, 2055-11-02T09:00Z |

      Examples: The longest interval
        | start               | zone | rule                             | occurrences |
        | 2054-01-05T09:00:00 | UTC  | FREQ=DAILY;INTERVAL=999;COUNT=3  | 2054-01-05T09:00Z, 2056-09-30T09:00Z, 2059-06-26T09:00Z |

    Scenario Outline: When clocks change, occurrences keep their wall time
      When Alice creates an event with
        | title     | Meeting |
        | starts_at | <start> |
        | duration  | PT1H    |
        | time_zone | <zone>  |
        | rule      | <rule>  |
      Then the response is 201
      And Alice's "Meeting" occurs at <occurrences>

      Examples: The hour is right in summer and in winter
        | start               | zone             | rule                                   | occurrences |
        | 2054-03-27T09:00:00 | Europe/Berlin    | FREQ=DAILY;COUNT=4                     | 2054-03-27T09:00+01:00, 2054-03-28T09:00+01:00, 2054-03-29T09:00+02:00, 2054-03-30T09:00+02:00 |
        | 2054-10-30T09:00:00 | America/New_York | FREQ=DAILY;COUNT=3                     | 2054-10-30T09:00-04:00, 2054-10-31T09:00-04:00, 2054-11-01T09:00-05:00 |

      Examples: A wall time that clocks skip is shifted forward, and the day after is as before
        | start               | zone          | rule               | occurrences |
        | 2054-03-27T02:30:00 | Europe/Berlin | FREQ=DAILY;COUNT=4 | 2054-03-27T02:30+01:00, 2054-03-28T02:30+01:00, 2054-03-29T02:30+01:00, 2054-03-30T02:30+02:00 |

      Examples: Of a wall time that clocks repeat, the first counts
        | start               | zone          | rule               | occurrences |
        | 2054-10-24T02:30:00 | Europe/Berlin | FREQ=DAILY;COUNT=3 | 2054-10-24T02:30+02:00, 2054-10-25T02:30+02:00, 2054-10-26T02:30+01:00 |

      Examples: Clocks skip midnight
        | start               | zone         | rule               | occurrences |
        | 2054-04-22T00:30:00 | Africa/Cairo | FREQ=DAILY;COUNT=4 | 2054-04-22T00:30+02:00, 2054-04-23T00:30+02:00, 2054-04-24T00:30+02:00, 2054-04-25T00:30+03:00 |

      Examples: A zone skips a date, so that two occurrences fall on one instant and are one
        | start               | zone         | rule       | occurrences |
        | 2011-12-28T09:00:00 | Pacific/Apia | FREQ=DAILY | 2011-12-28T09:00-10:00, 2011-12-29T09:00-10:00, 2011-12-30T09:00-10:00, 2012-01-01T09:00+14:00, and so on |

    Scenario: An occurrence in a gap is shown at its start, under its scheduled time
      Given Alice has an event with
        | title     | Meeting             |
        | starts_at | 2054-03-28T02:30:00 |
        | duration  | PT1H                |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=3  |
      When Alice reads the occurrence 2054-03-29T02:30:00 of "Meeting"
      Then the response is 200
      And the event has
        | recurrence_id | 2054-03-29T02:30:00  |
        | starts_at     | 2054-03-29T01:30:00Z |
        | ends_at       | 2054-03-29T02:30:00Z |

    Scenario: The length of an occurrence is exact when clocks change
      Given Alice has an event with
        | title     | Night shift         |
        | starts_at | 2054-03-21T22:00:00 |
        | duration  | PT8H                |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=WEEKLY;COUNT=3 |
      When Alice lists the occurrences of "Night shift" from 2054-03-01T00:00:00Z to 2054-05-01T00:00:00Z
      Then the list contains exactly
        | title       | recurrence_id       | starts_at            | ends_at              |
        | Night shift | 2054-03-21T22:00:00 | 2054-03-21T21:00:00Z | 2054-03-22T05:00:00Z |
        | Night shift | 2054-03-28T22:00:00 | 2054-03-28T21:00:00Z | 2054-03-29T05:00:00Z |
        | Night shift | 2054-04-04T22:00:00 | 2054-04-04T20:00:00Z | 2054-04-05T04:00:00Z |

    Scenario: A series that began long ago still occurs
      Given Alice has an event with
        | title     | Breakfast           |
        | starts_at | 1901-01-01T07:00:00 |
        | duration  | PT30M               |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY          |
      When Alice lists the day 2044-11-23 in Europe/Berlin
      Then the list contains exactly
        | title     | recurrence_id       | starts_at            |
        | Breakfast | 2044-11-23T07:00:00 | 2044-11-23T06:00:00Z |

    Scenario: A series has occurrences far in the future
      Given Alice has an event with
        | title     | Breakfast           |
        | starts_at | 2044-11-23T07:00:00 |
        | duration  | PT30M               |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY          |
      When Alice lists the day 9000-07-01 in Europe/Berlin
      Then the list contains exactly
        | title     | recurrence_id       | starts_at            |
        | Breakfast | 9000-07-01T07:00:00 | 9000-07-01T05:00:00Z |

    Scenario: 10,000 occurrences
      Given Alice has an event with
        | title     | Breakfast              |
        | starts_at | 2044-01-01T07:00:00    |
        | duration  | PT30M                  |
        | time_zone | UTC                    |
        | rule      | FREQ=DAILY;COUNT=10000 |
      When Alice lists the occurrences of "Breakfast" from 2071-05-17T00:00:00Z to 2071-06-01T00:00:00Z
      Then the list contains exactly
        | title     | recurrence_id       |
        | Breakfast | 2071-05-17T07:00:00 |
        | Breakfast | 2071-05-18T07:00:00 |

    Scenario Outline: An invalid rule is rejected, and its part is named
      When Alice creates a series with the rule <rule>
      Then the response is 422 because of <part>
      And the response names body.recurrence.rule
      And the database contains no event of Alice

      Examples: The frequency
        | rule                 | part |
        | FREQ=HOURLY          | FREQ |
        | FREQ=MINUTELY        | FREQ |
        | FREQ=SECONDLY        | FREQ |
        | FREQ=FORTNIGHTLY     | FREQ |
        | FREQ=                | FREQ |
        | COUNT=3              | FREQ |
        | FREQ=DAILY;FREQ=DAILY | FREQ |

      Examples: Numbers
        | rule                           | part       |
        | FREQ=DAILY;INTERVAL=0          | INTERVAL   |
        | FREQ=DAILY;INTERVAL=1000       | INTERVAL   |
        | FREQ=DAILY;INTERVAL=-1         | INTERVAL   |
        | FREQ=DAILY;INTERVAL=two        | INTERVAL   |
        | FREQ=DAILY;COUNT=0             | COUNT      |
        | FREQ=DAILY;COUNT=10001         | COUNT      |
        | FREQ=DAILY;BYMONTH=0           | BYMONTH    |
        | FREQ=DAILY;BYMONTH=13          | BYMONTH    |
        | FREQ=MONTHLY;BYMONTHDAY=0      | BYMONTHDAY |
        | FREQ=MONTHLY;BYMONTHDAY=32     | BYMONTHDAY |
        | FREQ=YEARLY;BYYEARDAY=367      | BYYEARDAY  |
        | FREQ=YEARLY;BYWEEKNO=54        | BYWEEKNO   |
        | FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0 | BYSETPOS |
        | FREQ=MONTHLY;BYDAY=0MO         | BYDAY      |
        | FREQ=YEARLY;BYDAY=54MO         | BYDAY      |
        | FREQ=MONTHLY;BYMONTHDAY=1,,2   | BYMONTHDAY |

      Examples: Names of days
        | rule                        | part  |
        | FREQ=WEEKLY;BYDAY=XX        | BYDAY |
        | FREQ=WEEKLY;BYDAY=Monday    | BYDAY |
        | FREQ=WEEKLY;BYDAY=          | BYDAY |
        | FREQ=WEEKLY;WKST=XX         | WKST  |
        | FREQ=WEEKLY;WKST=1MO        | WKST  |

      Examples: The limit
        | rule                                       | part  |
        | FREQ=DAILY;COUNT=3;UNTIL=20441231T000000Z  | UNTIL |
        | FREQ=DAILY;UNTIL=20440231                  | UNTIL |
        | FREQ=DAILY;UNTIL=2044-12-31                | UNTIL |
        | FREQ=DAILY;UNTIL=tomorrow                  | UNTIL |

      Examples: Parts that do not go together
        | rule                                 | part       |
        | FREQ=WEEKLY;BYMONTHDAY=21            | BYMONTHDAY |
        | FREQ=DAILY;BYYEARDAY=326             | BYYEARDAY  |
        | FREQ=WEEKLY;BYYEARDAY=326            | BYYEARDAY  |
        | FREQ=MONTHLY;BYYEARDAY=326           | BYYEARDAY  |
        | FREQ=DAILY;BYWEEKNO=47               | BYWEEKNO   |
        | FREQ=WEEKLY;BYWEEKNO=47              | BYWEEKNO   |
        | FREQ=MONTHLY;BYWEEKNO=47             | BYWEEKNO   |
        | FREQ=DAILY;BYDAY=1MO                 | BYDAY      |
        | FREQ=WEEKLY;BYDAY=1MO                | BYDAY      |
        | FREQ=YEARLY;BYWEEKNO=47;BYDAY=1MO    | BYDAY      |
        | FREQ=MONTHLY;BYSETPOS=1              | BYSETPOS   |

      Examples: Parts that are not supported
        | rule                          | part      |
        | FREQ=DAILY;BYHOUR=9           | BYHOUR    |
        | FREQ=DAILY;BYMINUTE=0         | BYMINUTE  |
        | FREQ=DAILY;BYSECOND=0         | BYSECOND  |
        | FREQ=DAILY;BYEASTER=0         | BYEASTER  |
        | RSCALE=GREGORIAN;FREQ=YEARLY  | RSCALE    |
        | FREQ=DAILY;X-COLOUR=RED       | X-COLOUR  |

    Scenario Outline: Text that is no rule
      When Alice creates a series whose recurrence is <value>
      Then the response is 422 and names body.recurrence.rule

      Examples:
        | value                                  |
        | {"rule": ""}                           |
        | {"rule": " "}                          |
        | {"rule": 5}                            |
        | {"rule": "daily"}                      |
        | {"rule": "FREQ=DAILY\\nCOUNT=3"}        |
        | {"rule": "FREQ=DAILY;COUNT=\u0665"}    |
        | {"rule": "FREQ=DAILY;COUNT=3\u0000"}   |

    Scenario: A rule has up to 512 characters
      When Alice creates a series with a rule of 512 characters
      Then the response is 201
      When Alice creates a series with a rule of 513 characters
      Then the response is 422 and names body.recurrence.rule

    Scenario Outline: A rule that never has an occurrence is rejected
      When Alice creates a series with the rule <rule>
      Then the response is 422
      And the database contains no event of Alice

      Examples:
        | rule                                          |
        | FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30           |
        | FREQ=MONTHLY;BYMONTH=2,4;BYMONTHDAY=31        |
        | FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30            |
        | FREQ=YEARLY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=30 |
        | FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6              |
        | FREQ=MONTHLY;BYDAY=6MO                        |
        | FREQ=DAILY;UNTIL=20441120                     |

  Rule: The start is an occurrence

    Scenario Outline: A start that the rule does not have
      When Alice creates an event with
        | starts_at | <start>       |
        | time_zone | Europe/Berlin |
        | rule      | <rule>        |
      Then the response is 422 with the code "recurrence_start"
      And the database contains no event of Alice

      Examples:
        | start               | rule                           |
        | 2044-11-21T09:00:00 | FREQ=WEEKLY;BYDAY=TU           |
        | 2044-11-21T09:00:00 | FREQ=MONTHLY;BYMONTHDAY=1      |
        | 2044-11-21T09:00:00 | FREQ=YEARLY;BYMONTH=12         |

      Examples: Of a wall time that clocks repeat, a series has the first
        | start                     | rule       |
        | 2044-10-30T02:30:00+01:00 | FREQ=DAILY |

    Scenario: The first of a repeated wall time can be the start
      When Alice creates an event with
        | title     | Meeting                   |
        | starts_at | 2044-10-30T02:30:00+02:00 |
        | time_zone | Europe/Berlin             |
        | rule      | FREQ=DAILY;COUNT=2        |
      Then the response is 201
      And Alice's "Meeting" occurs at 2044-10-30T02:30+02:00, 2044-10-31T02:30+01:00

    Scenario: The start is one of the dates
      When Alice creates an event with
        | title     | Meeting                            |
        | starts_at | 2044-11-21T09:00:00                |
        | time_zone | Europe/Berlin                      |
        | rule      | FREQ=WEEKLY;BYDAY=TU;UNTIL=20441201 |
        | dates     | 2044-11-21T09:00:00                |
      Then the response is 201
      And Alice's "Meeting" occurs on 2044-11-21, 2044-11-22, 2044-11-29

    Scenario: A new start that the rule does not have
      Given Alice has an event with
        | title     | Meeting              |
        | starts_at | 2044-11-21T09:00:00  |
        | time_zone | Europe/Berlin        |
        | rule      | FREQ=WEEKLY;BYDAY=MO |
      When Alice changes "Meeting" to have
        | starts_at | 2044-11-22T09:00:00 |
        | duration  | PT1H                |
      Then the response is 422 with the code "recurrence_start"

  Rule: Dates add occurrences, and excluded ones are left out

    Scenario: Dates alone
      When Alice creates an event with
        | title     | Lessons                                                       |
        | starts_at | 2044-11-21T09:00:00                                           |
        | time_zone | Europe/Berlin                                                 |
        | dates     | 2044-11-21T09:00:00, 2044-12-24T10:30:00, 2044-11-25T18:00:00 |
      Then the response is 201
      And Alice's "Lessons" occurs at 2044-11-21T09:00+01:00, 2044-11-25T18:00+01:00, 2044-12-24T10:30+01:00

    Scenario: Dates alone, without the start
      When Alice creates an event with
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
        | dates     | 2044-12-24T10:30:00 |
      Then the response is 422 with the code "recurrence_start"

    Scenario: A rule and dates
      When Alice creates an event with
        | title     | Meeting                                  |
        | starts_at | 2044-11-21T09:00:00                      |
        | time_zone | Europe/Berlin                            |
        | rule      | FREQ=DAILY;COUNT=3                       |
        | dates     | 2044-11-22T15:00:00, 2044-12-24T09:00:00 |
      Then the response is 201
      And Alice's "Meeting" occurs at 2044-11-21T09:00+01:00, 2044-11-22T09:00+01:00, 2044-11-22T15:00+01:00, 2044-11-23T09:00+01:00, 2044-12-24T09:00+01:00

    Scenario: A date that the rule has, too, is one occurrence
      When Alice creates an event with
        | title     | Meeting                                  |
        | starts_at | 2044-11-21T09:00:00                      |
        | time_zone | Europe/Berlin                            |
        | rule      | FREQ=DAILY;COUNT=3                       |
        | dates     | 2044-11-22T09:00:00, 2044-11-22T09:00:00 |
      Then the response is 201
      And Alice's "Meeting" occurs on 2044-11-21, 2044-11-22, 2044-11-23

    Scenario: Dates and excluded occurrences can be instants
      When Alice creates an event with
        | title     | Meeting                   |
        | starts_at | 2044-11-21T09:00:00       |
        | time_zone | Europe/Berlin             |
        | rule      | FREQ=DAILY;COUNT=3        |
        | dates     | 2044-12-24T10:00:00+02:00 |
        | excluded  | 2044-11-22T08:00:00Z      |
      Then the response is 201
      And Alice's "Meeting" occurs at 2044-11-21T09:00+01:00, 2044-11-23T09:00+01:00, 2044-12-24T09:00+01:00

    Scenario: An excluded occurrence counts as one of the number, and is not made up for
      When Alice creates an event with
        | title     | Meeting             |
        | starts_at | 2054-01-05T09:00:00 |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=5  |
        | excluded  | 2054-01-06T09:00:00 |
      Then the response is 201
      And the event has
        | excluded | 2054-01-06T09:00:00 |
      And Alice's "Meeting" occurs on 2054-01-05, 2054-01-07, 2054-01-08, 2054-01-09

    Scenario: The start can be excluded
      When Alice creates an event with
        | title     | Meeting             |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=3  |
        | excluded  | 2044-11-21T09:00:00 |
      Then the response is 201
      And the event starts at 2044-11-21T08:00:00Z
      And Alice's "Meeting" occurs on 2044-11-22, 2044-11-23

    Scenario: What names no occurrence is left out of the document
      When Alice creates an event with
        | title     | Meeting                                                                                  |
        | starts_at | 2044-11-21T09:00:00                                                                      |
        | time_zone | Europe/Berlin                                                                            |
        | rule      | FREQ=DAILY;COUNT=3                                                                       |
        | excluded  | 2044-11-22T10:00:00, 2044-11-24T09:00:00                                                 |
        | overrides | {"2044-11-24T09:00:00": {"title": "Late"}, "2044-11-23T09:00:00": {"title": "Long"}}     |
      Then the response is 201
      And the event has
        | excluded  | absent                                     |
        | overrides | {"2044-11-23T09:00:00": {"title": "Long"}} |
      And Alice's "Meeting" occurs on 2044-11-21, 2044-11-22, 2044-11-23

    Scenario: A series without any occurrence is rejected
      When Alice creates an event with
        | starts_at | 2044-11-21T09:00:00                      |
        | time_zone | Europe/Berlin                            |
        | rule      | FREQ=DAILY;COUNT=2                       |
        | excluded  | 2044-11-21T09:00:00, 2044-11-22T09:00:00 |
      Then the response is 422
      And the database contains no event of Alice

    Scenario Outline: Up to 1,000 dates, excluded and changed occurrences together
      When Alice creates a daily series with <dates> dates, <excluded> excluded and <changed> changed occurrences
      Then the response is <status>

      Examples:
        | dates | excluded | changed | status |
        | 1000  | 0        | 0       | 201    |
        | 0     | 1000     | 0       | 201    |
        | 0     | 0        | 1000    | 201    |
        | 300   | 300      | 400     | 201    |
        | 1001  | 0        | 0       | 422    |
        | 0     | 1001     | 0       | 422    |
        | 0     | 0        | 1001    | 422    |
        | 300   | 300      | 401     | 422    |

  Rule: The document has the changed occurrences

    Scenario: Occurrences with another title, another time and another length
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | duration  | PT15M               |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=4  |
        | overrides | {"2044-11-22T09:00:00": {"title": "Long", "duration": "PT1H"}, "2044-11-23T09:00:00": {"starts_at": "2044-11-23T16:00:00", "duration": "PT30M"}} |
      When Alice lists the occurrences of "Stand-up" from 2044-11-01T00:00:00Z to 2044-12-01T00:00:00Z
      Then the list contains exactly
        | title    | recurrence_id       | starts_at            | ends_at              |
        | Stand-up | 2044-11-21T09:00:00 | 2044-11-21T08:00:00Z | 2044-11-21T08:15:00Z |
        | Long     | 2044-11-22T09:00:00 | 2044-11-22T08:00:00Z | 2044-11-22T09:00:00Z |
        | Stand-up | 2044-11-23T09:00:00 | 2044-11-23T15:00:00Z | 2044-11-23T15:30:00Z |
        | Stand-up | 2044-11-24T09:00:00 | 2044-11-24T08:00:00Z | 2044-11-24T08:15:00Z |

    Scenario: A change of the series merges the changes of occurrences
      Given Alice has an event with
        | title     | Stand-up                                                                             |
        | starts_at | 2044-11-21T09:00:00                                                                  |
        | time_zone | Europe/Berlin                                                                        |
        | rule      | FREQ=DAILY;COUNT=4                                                                   |
        | overrides | {"2044-11-22T09:00:00": {"title": "Long"}, "2044-11-23T09:00:00": {"title": "Short"}} |
      When Alice changes "Stand-up" to have
        | overrides | {"2044-11-22T09:00:00": null, "2044-11-24T09:00:00": {"title": "Last"}} |
      Then the response is 200
      And the event has
        | overrides | {"2044-11-23T09:00:00": {"title": "Short"}, "2044-11-24T09:00:00": {"title": "Last"}} |
      When Alice lists the month 2044-11-01
      Then the list contains "Stand-up", "Stand-up", "Short", "Last"

    Scenario: Without changes, all occurrences are as the series
      Given Alice has an event with
        | title     | Stand-up                                   |
        | starts_at | 2044-11-21T09:00:00                        |
        | time_zone | Europe/Berlin                              |
        | rule      | FREQ=DAILY;COUNT=2                         |
        | overrides | {"2044-11-22T09:00:00": {"title": "Long"}} |
      When Alice changes "Stand-up" to have
        | overrides | null |
      Then the response is 200
      And the event has
        | overrides | absent |
      When Alice lists the month 2044-11-01
      Then the list contains "Stand-up", "Stand-up"

  Rule: When the series changes, excluded and changed occurrences follow by date

    Background:
      Given Alice has an event with
        | title     | Stand-up                                   |
        | starts_at | 2044-11-21T09:00:00                        |
        | duration  | PT15M                                      |
        | time_zone | Europe/Berlin                              |
        | rule      | FREQ=DAILY;COUNT=5                         |
        | excluded  | 2044-11-22T09:00:00                        |
        | overrides | {"2044-11-24T09:00:00": {"title": "Long"}} |

    Scenario: Another hour
      When Alice changes "Stand-up" to have
        | starts_at | 2044-11-21T10:30:00 |
        | duration  | PT15M               |
      Then the response is 200
      And the event has
        | excluded  | 2044-11-22T10:30:00                        |
        | overrides | {"2044-11-24T10:30:00": {"title": "Long"}} |
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | title    | recurrence_id       | starts_at            |
        | Stand-up | 2044-11-21T10:30:00 | 2044-11-21T09:30:00Z |
        | Stand-up | 2044-11-23T10:30:00 | 2044-11-23T09:30:00Z |
        | Long     | 2044-11-24T10:30:00 | 2044-11-24T09:30:00Z |
        | Stand-up | 2044-11-25T10:30:00 | 2044-11-25T09:30:00Z |

    Scenario: Another time zone
      When Alice changes "Stand-up" to have
        | time_zone | America/New_York |
      Then the response is 200
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | title    | recurrence_id       | starts_at            |
        | Stand-up | 2044-11-21T09:00:00 | 2044-11-21T14:00:00Z |
        | Stand-up | 2044-11-23T09:00:00 | 2044-11-23T14:00:00Z |
        | Long     | 2044-11-24T09:00:00 | 2044-11-24T14:00:00Z |
        | Stand-up | 2044-11-25T09:00:00 | 2044-11-25T14:00:00Z |

    Scenario: Another rule, without the excluded and the changed date
      When Alice changes "Stand-up" to have
        | rule | FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=5 |
      Then the response is 200
      And the event has
        | excluded  | absent |
        | overrides | absent |
      And Alice's "Stand-up" occurs on 2044-11-21, 2044-11-23, 2044-11-25, 2044-11-28, 2044-11-30

    Scenario: Another first day
      When Alice changes "Stand-up" to have
        | starts_at | 2044-11-23T09:00:00 |
        | duration  | PT15M               |
      Then the response is 200
      And the event has
        | excluded  | absent                                     |
        | overrides | {"2044-11-24T09:00:00": {"title": "Long"}} |
      And Alice's "Stand-up" occurs on 2044-11-23, 2044-11-24, 2044-11-25, 2044-11-26, 2044-11-27

    Scenario: Another title
      When Alice changes "Stand-up" to have
        | title | Meeting |
      Then the response is 200
      When Alice lists the month 2044-11-01
      Then the list contains "Meeting", "Meeting", "Long", "Meeting"

  Rule: An all-day event can repeat, and its occurrences have dates

    Scenario: A birthday
      When Alice creates an event with
        | title     | Birthday            |
        | starts_on | 2044-02-29          |
        | rule      | FREQ=YEARLY;COUNT=3 |
      Then the response is 201
      And Alice's "Birthday" occurs on 2044-02-29, 2048-02-29, 2052-02-29

    Scenario: Several days, in a time zone
      Given Alice has an event with
        | title     | Weekend              |
        | starts_on | 2044-03-26           |
        | ends_on   | 2044-03-28           |
        | time_zone | Europe/Berlin        |
        | rule      | FREQ=WEEKLY;COUNT=2  |
      When Alice lists the occurrences of "Weekend" from 2044-03-01T00:00:00Z to 2044-05-01T00:00:00Z
      Then the list contains exactly
        | title   | recurrence_id | starts_on  | ends_on    | starts_at            | ends_at              |
        | Weekend | 2044-03-26    | 2044-03-26 | 2044-03-28 | 2044-03-25T23:00:00Z | 2044-03-27T22:00:00Z |
        | Weekend | 2044-04-02    | 2044-04-02 | 2044-04-04 | 2044-04-01T22:00:00Z | 2044-04-03T22:00:00Z |

    Scenario: Dates and excluded days
      When Alice creates an event with
        | title     | Holiday            |
        | starts_on | 2044-11-21         |
        | rule      | FREQ=DAILY;COUNT=3 |
        | dates     | 2044-12-24         |
        | excluded  | 2044-11-22         |
      Then the response is 201
      And the event has
        | dates    | 2044-12-24 |
        | excluded | 2044-11-22 |
      And Alice's "Holiday" occurs on 2044-11-21, 2044-11-23, 2044-12-24

    Scenario: A limit is a date
      When Alice creates an event with
        | title     | Holiday                   |
        | starts_on | 2044-11-21                |
        | rule      | FREQ=DAILY;UNTIL=20441123 |
      Then the response is 201
      And Alice's "Holiday" occurs on 2044-11-21, 2044-11-22, 2044-11-23

    Scenario: A changed day
      Given Alice has an event with
        | title     | Duty                                                                          |
        | starts_on | 2044-11-21                                                                    |
        | rule      | FREQ=DAILY;COUNT=3                                                            |
        | overrides | {"2044-11-22": {"starts_on": "2044-11-26", "ends_on": "2044-11-28", "title": "Weekend duty"}} |
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | title        | recurrence_id | starts_on  | ends_on    |
        | Duty         | 2044-11-21    | 2044-11-21 | 2044-11-22 |
        | Duty         | 2044-11-23    | 2044-11-23 | 2044-11-24 |
        | Weekend duty | 2044-11-22    | 2044-11-26 | 2044-11-28 |

    Scenario Outline: Occurrences of an all-day event are dates
      When Alice creates a series of all-day events whose <field> is <value>
      Then the response is 422 and names a part of body.<field>

      Examples:
        | field      | value                                                     |
        | recurrence | {"rule": "FREQ=DAILY", "dates": ["2044-11-22T09:00:00"]}    |
        | recurrence | {"rule": "FREQ=DAILY", "excluded": ["2044-11-22T09:00:00"]} |

    Scenario: A series becomes one of all-day events
      Given Alice has an event with
        | title     | Duty                                       |
        | starts_at | 2044-11-21T09:00:00                        |
        | time_zone | Europe/Berlin                              |
        | rule      | FREQ=DAILY;COUNT=4                         |
        | excluded  | 2044-11-22T09:00:00                        |
        | overrides | {"2044-11-23T09:00:00": {"title": "Long"}} |
      When Alice changes "Duty" to have
        | starts_on | 2044-11-21 |
      Then the response is 200
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | title | recurrence_id | starts_on  |
        | Duty  | 2044-11-21    | 2044-11-21 |
        | Long  | 2044-11-23    | 2044-11-23 |
        | Duty  | 2044-11-24    | 2044-11-24 |
