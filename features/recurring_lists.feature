Feature: Lists with series
  Lists contain the occurrences of a series, each like an event of its own. Lists that are not expanded contain each
  series once.

  Rule: Each occurrence that overlaps the window is listed

    Scenario: A day, a week, a month and a range
      Given Alice has an event with
        | title     | Stand-up                            |
        | starts_at | 2044-10-03T09:00:00                 |
        | duration  | PT15M                               |
        | time_zone | Europe/Berlin                       |
        | rule      | FREQ=WEEKLY;BYDAY=MO,WE             |
      When Alice lists the day 2044-11-23 in Europe/Berlin
      Then the list contains exactly
        | title    | recurrence_id       | starts_at            | ends_at              |
        | Stand-up | 2044-11-23T09:00:00 | 2044-11-23T08:00:00Z | 2044-11-23T08:15:00Z |
      When Alice lists the day 2044-11-24 in Europe/Berlin
      Then the list is empty
      When Alice lists the week 2044-11-23 in Europe/Berlin
      Then the list contains exactly
        | title    | recurrence_id       |
        | Stand-up | 2044-11-23T09:00:00 |
        | Stand-up | 2044-11-28T09:00:00 |
      When Alice lists the month 2044-10-01 in Europe/Berlin
      Then the list contains exactly
        | title    | recurrence_id       | starts_at            |
        | Stand-up | 2044-10-03T09:00:00 | 2044-10-03T07:00:00Z |
        | Stand-up | 2044-10-05T09:00:00 | 2044-10-05T07:00:00Z |
        | Stand-up | 2044-10-10T09:00:00 | 2044-10-10T07:00:00Z |
        | Stand-up | 2044-10-12T09:00:00 | 2044-10-12T07:00:00Z |
        | Stand-up | 2044-10-17T09:00:00 | 2044-10-17T07:00:00Z |
        | Stand-up | 2044-10-19T09:00:00 | 2044-10-19T07:00:00Z |
        | Stand-up | 2044-10-24T09:00:00 | 2044-10-24T07:00:00Z |
        | Stand-up | 2044-10-26T09:00:00 | 2044-10-26T07:00:00Z |
        | Stand-up | 2044-10-31T09:00:00 | 2044-10-31T08:00:00Z |
      When Alice lists the range from 2044-11-23T08:14:59Z to 2044-11-28T08:00:01Z
      Then the list contains exactly
        | title    | recurrence_id       |
        | Stand-up | 2044-11-23T09:00:00 |
        | Stand-up | 2044-11-28T09:00:00 |
      When Alice lists the range from 2044-11-23T08:15:00Z to 2044-11-28T08:00:00Z
      Then the list is empty
      When Alice lists the month 2044-09-01 in Europe/Berlin
      Then the list is empty

    Scenario: An occurrence past midnight is listed on both days
      Given Alice has an event with
        | title     | Night shift         |
        | starts_at | 2044-11-21T22:00:00 |
        | duration  | PT8H                |
        | time_zone | UTC                 |
        | rule      | FREQ=WEEKLY;COUNT=2 |
      When Alice lists the day 2044-11-28
      Then the list contains exactly
        | title       | recurrence_id       |
        | Night shift | 2044-11-28T22:00:00 |
      When Alice lists the day 2044-11-29
      Then the list contains exactly
        | title       | recurrence_id       |
        | Night shift | 2044-11-28T22:00:00 |

    Scenario: Occurrences that overlap each other
      Given Alice has an event with
        | title     | On call             |
        | starts_at | 2044-11-20T08:00:00 |
        | duration  | P3D                 |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=3  |
      When Alice lists the day 2044-11-23
      Then the list contains exactly
        | title   | recurrence_id       |
        | On call | 2044-11-20T08:00:00 |
        | On call | 2044-11-21T08:00:00 |
        | On call | 2044-11-22T08:00:00 |
      When Alice lists the day 2044-11-25
      Then the list contains exactly
        | title   | recurrence_id       |
        | On call | 2044-11-22T08:00:00 |

    Scenario: The day of an occurrence depends on the time zone
      Given Alice has an event with
        | title     | Party               |
        | starts_at | 2044-11-23T23:00:00 |
        | duration  | PT30M               |
        | time_zone | Europe/Moscow       |
        | rule      | FREQ=WEEKLY;COUNT=2 |
      When Alice lists the day 2044-11-23 in Europe/Moscow
      Then the list contains "Party"
      When Alice lists the day 2044-11-24 in Asia/Tokyo
      Then the list contains "Party"
      When Alice lists the day 2044-11-23 in Asia/Tokyo
      Then the list is empty

    Scenario: An occurrence in the hour that clocks skip at midnight is listed on its own day
      Given Alice has an event with
        | title     | Night bus           |
        | starts_at | 2054-04-22T00:30:00 |
        | duration  | PT15M               |
        | time_zone | Africa/Cairo        |
        | rule      | FREQ=DAILY;COUNT=4  |
      When Alice lists the day 2054-04-24 in Africa/Cairo
      Then the list contains exactly
        | title     | recurrence_id       | starts_at            |
        | Night bus | 2054-04-24T00:30:00 | 2054-04-23T22:30:00Z |

    Scenario: On a day of 25 hours, an occurrence in the repeated hour is listed once
      Given Alice has an event with
        | title     | Night bus           |
        | starts_at | 2044-10-29T02:30:00 |
        | duration  | PT15M               |
        | time_zone | Europe/Berlin       |
        | rule      | FREQ=DAILY;COUNT=3  |
      When Alice lists the day 2044-10-30 in Europe/Berlin
      Then the list contains exactly
        | title     | recurrence_id       | starts_at            |
        | Night bus | 2044-10-30T02:30:00 | 2044-10-30T00:30:00Z |

    Scenario: Series and single events are listed together, in order
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | duration  | PT15M               |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=3  |
      And Alice has the events
        | title   | starts_at            | ends_at              |
        | early   | 2044-11-22T08:00:00Z | 2044-11-22T10:00:00Z |
        | late    | 2044-11-22T10:00:00Z | 2044-11-22T11:00:00Z |
        | long    | 2044-11-20T10:00:00Z | 2044-11-25T11:00:00Z |
      When Alice lists the week 2044-11-21
      Then the list contains "long", "Stand-up", "early", "Stand-up", "late", "Stand-up"

    Scenario: Users see their own occurrences only
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=3  |
      And Bob has an event with
        | title     | Training            |
        | starts_at | 2044-11-22T09:00:00 |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=3  |
      When Alice lists the month 2044-11-01
      Then the list contains "Stand-up", "Stand-up", "Stand-up"
      When Bob lists the day 2044-11-23
      Then the list contains "Training"

    Scenario: A deleted series is not listed
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=3  |
        | overrides | {"2044-11-22T09:00:00": {"title": "Long"}} |
      When Alice deletes "Stand-up"
      Then the response is 204
      When Alice lists the month 2044-11-01
      Then the list is empty

  Rule: A changed occurrence is listed once, where it is now

    Background:
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | duration  | PT15M               |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=3  |

    Scenario: It moves to another day
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | 2044-12-24T16:00:00 |
        | duration  | PT1H                |
        | title     | Party               |
      And Alice lists the month 2044-11-01
      Then the list contains exactly
        | title    | recurrence_id       |
        | Stand-up | 2044-11-21T09:00:00 |
        | Stand-up | 2044-11-23T09:00:00 |
      When Alice lists the day 2044-11-22
      Then the list is empty
      When Alice lists the day 2044-12-24
      Then the list contains exactly
        | title | recurrence_id       | starts_at            | ends_at              |
        | Party | 2044-11-22T09:00:00 | 2044-12-24T16:00:00Z | 2044-12-24T17:00:00Z |

    Scenario: It moves to before the series
      When Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | 2044-10-24T16:00:00 |
        | duration  | PT1H                |
      And Alice lists the month 2044-10-01
      Then the list contains exactly
        | recurrence_id       | starts_at            |
        | 2044-11-22T09:00:00 | 2044-10-24T16:00:00Z |

    Scenario: It moves past another occurrence
      When Alice changes the occurrence 2044-11-21T09:00:00 of "Stand-up" to have
        | starts_at | 2044-11-22T10:00:00 |
        | duration  | PT15M               |
      And Alice lists the month 2044-11-01
      Then the list contains exactly
        | recurrence_id       | starts_at            |
        | 2044-11-22T09:00:00 | 2044-11-22T09:00:00Z |
        | 2044-11-21T09:00:00 | 2044-11-22T10:00:00Z |
        | 2044-11-23T09:00:00 | 2044-11-23T09:00:00Z |

    Scenario: It moves onto another occurrence, and both stay listed
      When Alice changes the occurrence 2044-11-21T09:00:00 of "Stand-up" to have
        | starts_at | 2044-11-22T09:00:00 |
        | duration  | PT15M               |
      And Alice lists the day 2044-11-22
      Then the list contains exactly
        | recurrence_id       | starts_at            |
        | 2044-11-21T09:00:00 | 2044-11-22T09:00:00Z |
        | 2044-11-22T09:00:00 | 2044-11-22T09:00:00Z |

    Scenario: It becomes longer
      When Alice changes the occurrence 2044-11-23T09:00:00 of "Stand-up" to have
        | duration | P30D |
      And Alice lists the day 2044-12-20
      Then the list contains exactly
        | recurrence_id       | starts_at            | ends_at              |
        | 2044-11-23T09:00:00 | 2044-11-23T09:00:00Z | 2044-12-23T09:00:00Z |

    Scenario: It is deleted after it has moved
      Given Alice changes the occurrence 2044-11-22T09:00:00 of "Stand-up" to have
        | starts_at | 2044-12-24T16:00:00 |
        | duration  | PT1H                |
      When Alice deletes the occurrence 2044-11-22T09:00:00 of "Stand-up"
      And Alice lists the month 2044-12-01
      Then the list is empty
      When Alice lists the month 2044-11-01
      Then the list contains exactly
        | recurrence_id       |
        | 2044-11-21T09:00:00 |
        | 2044-11-23T09:00:00 |

  Rule: A list that is not expanded contains each series once

    Background:
      Given Alice has an event with
        | title     | Stand-up                                   |
        | starts_at | 2044-11-21T09:00:00                        |
        | duration  | PT15M                                      |
        | time_zone | UTC                                        |
        | rule      | FREQ=DAILY;COUNT=10                        |
        | excluded  | 2044-11-26T09:00:00                        |
        | overrides | {"2044-11-24T09:00:00": {"starts_at": "2044-12-24T09:00:00", "duration": "PT1H"}} |

    Scenario Outline: A series is listed if any of its occurrences overlaps the window
      When Alice lists the <window> without expanding series
      Then the list contains "Stand-up" as it was created

      Examples:
        | window           |
        | day 2044-11-21   |
        | day 2044-11-23   |
        | week 2044-11-22  |
        | month 2044-11-01 |
        | day 2044-12-24   |

    Scenario Outline: A series without an occurrence in the window is not listed
      When Alice lists the <window> without expanding series
      Then the list is empty

      Examples:
        | window           |
        | day 2044-11-20   |
        | day 2044-11-24   |
        | day 2044-11-26   |
        | day 2044-12-01   |
        | month 2045-01-01 |

    Scenario: Single events are listed as always
      Given Alice has an event "Dentist"
      When Alice lists the month 2044-11-01 without expanding series
      Then the list contains "Stand-up", "Dentist"

    Scenario Outline: Expanding is yes or no
      When Alice requests /v1/events/month?start=2044-11-01&expand=<value>
      Then the response is <status>

      Examples:
        | value | status |
        | true  | 200    |
        | false | 200    |
        | maybe | 422    |
        |       | 422    |

  Rule: All-day series are listed by their dates

    Scenario Outline: A day, whatever its time zone
      Given Alice has an event with
        | title     | Duty                            |
        | starts_on | 2044-11-21                      |
        | time_zone | <own zone>                      |
        | rule      | FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4 |
      When Alice lists the day 2044-11-22 in <zone>
      Then the list is empty
      When Alice lists the day 2044-11-23 in <zone>
      Then the list contains exactly
        | title | recurrence_id | starts_on  | ends_on    |
        | Duty  | 2044-11-23    | 2044-11-23 | 2044-11-24 |
      When Alice lists the day 2044-11-24 in <zone>
      Then the list is empty
      When Alice lists the week 2044-11-24 in <zone>
      Then the list contains exactly
        | title | recurrence_id |
        | Duty  | 2044-11-28    |
        | Duty  | 2044-11-30    |

      Examples:
        | own zone         | zone               |
        | null             | UTC                |
        | null             | Pacific/Kiritimati |
        | null             | Pacific/Honolulu   |
        | Europe/Berlin    | America/New_York   |
        | Pacific/Honolulu | Pacific/Kiritimati |

    Scenario: All-day occurrences are sorted at the midnight of the list's time zone
      Given Alice has an event with
        | title     | Duty               |
        | starts_on | 2044-11-22         |
        | rule      | FREQ=DAILY;COUNT=2 |
      And Alice has an event with
        | title     | Night bus           |
        | starts_at | 2044-11-21T23:30:00 |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=2  |
      When Alice lists the week 2044-11-20
      Then the list contains "Night bus", "Duty", "Night bus", "Duty"
      When Alice lists the week 2044-11-20 in Europe/Berlin
      Then the list contains "Duty", "Night bus", "Duty", "Night bus"

    Scenario: A range goes by start and end
      Given Alice has an event with
        | title     | Duty               |
        | starts_on | 2044-11-21         |
        | time_zone | Europe/Berlin      |
        | rule      | FREQ=DAILY;COUNT=3 |
      When Alice lists the range from 2044-11-21T23:00:00Z to 2044-11-22T23:00:00Z
      Then the list contains exactly
        | recurrence_id | starts_at            |
        | 2044-11-22    | 2044-11-21T23:00:00Z |

  Rule: Lists of occurrences are paged

    Scenario Outline: The pages of a mixed list contain each item once, in order
      Given Alice has 20 events a minute apart on 2044-11-23
      And Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-01T12:05:00 |
        | duration  | PT15M               |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY          |
      And Alice has an event with
        | title     | Review              |
        | starts_at | 2044-11-02T12:05:00 |
        | duration  | PT1H                |
        | time_zone | UTC                 |
        | rule      | FREQ=WEEKLY         |
      And Alice has an event with
        | title     | Duty       |
        | starts_on | 2044-11-20 |
        | ends_on   | 2044-11-25 |
      When Alice pages through the month 2044-11-01 by <limit>
      Then the pages have <sizes> events
      And the pages together are Alice's list of the month 2044-11-01

      Examples:
        | limit | sizes                                  |
        | 10    | 10, 10, 10, 10, 10, 6                  |
        | 56    | 56                                     |
        | 55    | 55, 1                                  |
        | 37    | 37, 19                                 |

    Scenario: Occurrences that were moved onto one instant are on different pages
      Given Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-21T09:00:00 |
        | duration  | PT15M               |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY;COUNT=4  |
        | overrides | {"2044-11-21T09:00:00": {"starts_at": "2044-11-23T09:00:00", "ends_at": "2044-11-23T10:00:00"}, "2044-11-22T09:00:00": {"starts_at": "2044-11-23T09:00:00", "ends_at": "2044-11-23T10:00:00"}} |
      When Alice pages through the month 2044-11-01 by 1
      Then the pages have 1, 1, 1, 1 events
      And the pages together are Alice's list of the month 2044-11-01

    Scenario: Pages are consistent while events and series come and go
      Given Alice has 20 events a minute apart on 2044-11-23
      And Alice has an event with
        | title     | Stand-up            |
        | starts_at | 2044-11-01T12:05:30 |
        | duration  | PT15M               |
        | time_zone | UTC                 |
        | rule      | FREQ=DAILY          |
      When Alice pages through the month 2044-11-01 by 5, adding and deleting an event and a series before each page
      Then the pages contain each of the first 10 events once
      And the pages contain "Stand-up" on each day of November 2044 once

    Scenario: A page that is full of occurrences links to the next one
      Given Alice has 40 daily series in November 2044
      When Alice lists the month 2044-11-01
      Then the list has 1000 events
      And there is a next page

    Scenario: Pages of a list that is not expanded
      Given Alice has 40 daily series in November 2044
      When Alice lists the month 2044-11-01 without expanding series
      Then the list has 40 events
      And there is no next page
