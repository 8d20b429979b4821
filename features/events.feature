Feature: Events
  An event has a title, a start, an end and an optional reminder.
  Responses contain the whole event, with times in UTC.

  Rule: Creating an event

    Scenario: An event is created
      When Alice creates an event with
        | title         | Dentist                   |
        | starts_at     | 2044-11-23T10:00:00+03:00 |
        | duration      | PT45M                     |
        | description   | Bring the X-ray.          |
        | notify_before | P1D                       |
      Then the response is 201
      And the ETag is new
      And the event belongs to Alice
      And the event has
        | title         | Dentist              |
        | starts_at     | 2044-11-23T07:00:00Z |
        | ends_at       | 2044-11-23T07:45:00Z |
        | duration      | PT45M                |
        | description   | Bring the X-ray.     |
        | notify_before | P1D                  |
        | version       | 1                    |
      And the database contains Alice's "Dentist" as it was created
      When Alice follows the Location header
      Then the response is 200
      And the event is "Dentist" as it was created

    Scenario: Title, start and end are enough
      When Alice creates an event with
        | title     | Walk                 |
        | starts_at | 2044-11-23T10:00:00Z |
        | ends_at   | 2044-11-23T11:30:00Z |
      Then the response is 201
      And the event has
        | duration      | PT1H30M |
        | description   | null    |
        | notify_before | null    |
      And the event's ID is a UUID of version 7
      And the database contains Alice's "Walk" with
        | description   | null |
        | notify_before | null |

    Scenario: The client may choose the ID
      When Alice creates an event with
        | id    | 7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | title | Dentist                              |
      Then the response is 201
      And the event has
        | id | 7d444840-9dc0-41d1-b245-5ffdce74fad2 |

    Scenario: An ID of null counts as absent
      When Alice creates an event whose id is null
      Then the response is 201
      And the event's ID is a UUID of version 7

    Scenario Outline: Whitespace around a title is removed
      When Alice creates an event whose title is <title>
      Then the response is 201
      And the event is called "<stored>"

      Examples:
        | title                  | stored           |
        | "  Dentist "           | Dentist          |
        | "\t Day  out \r\\n"    | Day  out         |
        | "Зубной врач 🦷 "      | Зубной врач 🦷   |

    Scenario Outline: A title has up to 255 characters in any script
      When Alice creates an event with a title of 255 times "<character>"
      Then the response is 201
      And the event's title has 255 characters

      Examples:
        | character |
        | a         |
        | ж         |
        | 🦷        |

    Scenario: A description has up to 65,536 characters
      When Alice creates an event with a description of 65536 characters
      Then the response is 201

    Scenario: A location appears where it is set
      When Alice creates an event with
        | title    | Dentist       |
        | location | 5 High Street |
      Then the response is 201
      And the event has
        | location | 5 High Street |
      And the database contains Alice's "Dentist" with
        | location | 5 High Street |
      When Alice changes "Dentist" to have
        | location | null |
      Then the response is 200
      And the event has
        | location | absent |
      And the database contains Alice's "Dentist" with
        | location | null |

    Scenario: An event can leave its user free
      When Alice creates an event with
        | title | Holidays in France |
        | busy  | false              |
      Then the response is 201
      And the event has
        | busy | false |
      And the database contains Alice's "Holidays in France" with
        | busy | false |
      When Alice changes "Holidays in France" to have
        | busy | true |
      Then the response is 200
      And the event has
        | busy | absent |

    Scenario: A location has up to 1,024 characters
      When Alice creates an event with a location of 1024 characters
      Then the response is 201
      When Alice creates an event with a location of 1025 characters
      Then the response is 422 and names body.location

    Scenario Outline: A duration determines the end
      When Alice creates an event from 2044-11-23T10:00:00Z whose duration is "<duration>"
      Then the response is 201
      And the event ends at <end> and lasts <duration>

      Examples:
        | duration     | end                      |
        | PT0S         | 2044-11-23T10:00:00Z     |
        | PT45M        | 2044-11-23T10:45:00Z     |
        | PT90M        | 2044-11-23T11:30:00Z     |
        | PT1H30M15.5S | 2044-11-23T11:30:15.500Z |
        | P1D          | 2044-11-24T10:00:00Z     |
        | P1DT12H      | 2044-11-24T22:00:00Z     |
        | P1W          | 2044-11-30T10:00:00Z     |
        | P3650D       | 2054-11-21T10:00:00Z     |

    Scenario Outline: The last component of a duration may have a fraction
      When Alice creates an event from 2044-11-23T10:00:00Z whose duration is "<sent>"
      Then the response is 201
      And the event ends at <end> and lasts <duration>

      Examples:
        | sent                | end                         | duration     |
        | PT1.5H              | 2044-11-23T11:30:00Z        | PT1H30M      |
        | P0.5D               | 2044-11-23T22:00:00Z        | PT12H        |
        | P1.5W               | 2044-12-03T22:00:00Z        | P10DT12H     |
        | PT0.1S              | 2044-11-23T10:00:00.1Z      | PT0.1S       |
        | PT1,5M              | 2044-11-23T10:01:30Z        | PT1M30S      |
        | P1DT0.000001H       | 2044-11-24T10:00:00.003600Z | P1DT0.0036S  |
        | PT0.0000019S        | 2044-11-23T10:00:00.000001Z | PT0.000001S  |

    Scenario: A day in a duration is 24 hours, even when clocks change
      When Alice creates an event from 2044-03-26T12:00:00+01:00 whose duration is "P1D"
      Then the response is 201
      And the event ends at 2044-03-27T11:00:00Z and lasts PT24H

    Scenario Outline: A start can have any UTC offset and keeps its microseconds
      When Alice creates an event whose starts_at is "<sent>"
      Then the response is 201
      And the event starts at <stored>

      Examples:
        | sent                             | stored                      |
        | 2044-11-23T10:00:00Z             | 2044-11-23T10:00:00Z        |
        | 2044-11-23t10:00:00z             | 2044-11-23T10:00:00Z        |
        | 2044-11-23T10:00:00+05:45        | 2044-11-23T04:15:00Z        |
        | 2044-11-23T20:30:00-09:30        | 2044-11-24T06:00:00Z        |
        | 2044-11-23T10:00:00.123456+00:00 | 2044-11-23T10:00:00.123456Z |
        | 2044-02-29T23:59:59Z             | 2044-02-29T23:59:59Z        |
        | 0001-01-01T00:00:00Z             | 0001-01-01T00:00:00Z        |

    Scenario Outline: The longest lead time is 366 days
      When Alice creates an event whose notify_before is "<lead>"
      Then the response is 201
      And the event has
        | notify_before | <lead> |
      And the database contains Alice's "Dentist" with
        | notify_before | <lead> |

      Examples:
        | lead    |
        | PT0S    |
        | PT15M   |
        | P1DT12H |
        | P3D     |
        | P366D   |

    Scenario Outline: An invalid field is rejected and reported, and nothing is stored
      When Alice creates an event whose <field> is <value>
      Then the response is 422 and names body.<field>
      And the database contains no event of Alice

      Examples: A title has 1 to 255 characters
        | field | value         |
        | title | absent        |
        | title | null          |
        | title | ""            |
        | title | " \t\\n"      |
        | title | 5             |
        | title | ["Dentist"]   |
        | title | "a\u0000b"    |

      Examples: A title has a visible character
        | field | value                   |
        | title | "\u200b"                |
        | title | "\ufeff"                |
        | title | "\u2060"                |
        | title | "\u2800"                |
        | title | "\u00ad"                |
        | title | "\u3164"                |
        | title | "\u0007"                |
        | title | "\u0301"                |
        | title | "\ufe0f \u2800\u200d"   |

      Examples: A start is an instant between the years 1 and 9999
        | field     | value                       |
        | starts_at | absent                      |
        | starts_at | null                        |
        | starts_at | "tomorrow"                  |
        | starts_at | "2044-11-23"                |
        | starts_at | "2044-11-23T10:00:00"       |
        | starts_at | "2044-02-30T10:00:00Z"      |
        | starts_at | "2044-11-23T24:30:00Z"      |
        | starts_at | 2363335200                  |
        | starts_at | "2363335200"                |
        | starts_at | "0001-01-01T00:00:00+01:00" |
        | starts_at | "9999-12-31T23:59:59-23:59" |

      Examples: A duration has a fixed length and goes forward
        | field    | value        |
        | duration | "45 minutes" |
        | duration | "-PT45M"     |
        | duration | "P"          |
        | duration | "PT"         |
        | duration | "P1Y"        |
        | duration | "P1M"        |
        | duration | "PT1.5H30M"  |
        | duration | 2700         |
        | duration | "P9999999D"  |

      Examples: A lead time is from 0 to 366 days
        | field         | value        |
        | notify_before | "-P1D"       |
        | notify_before | "P367D"      |
        | notify_before | "P366DT1S"   |
        | notify_before | "P1M"        |
        | notify_before | "1 day"      |
        | notify_before | 86400        |

      Examples: A description is text
        | field       | value      |
        | description | 5          |
        | description | "a\u0000b" |

      Examples: A location is text
        | field    | value      |
        | location | 5          |
        | location | "a\u0000b" |

      Examples: Busy is a boolean
        | field | value   |
        | busy  | "false" |
        | busy  | 0       |

      Examples: An ID is a UUID
        | field | value       |
        | id    | "dentist-1" |
        | id    | 5           |

      Examples: Other fields are rejected
        | field         | value                 |
        | colour        | "red"                 |
        | recurrence_id | "2044-11-23T10:00:00" |

    Scenario Outline: A lone surrogate is rejected
      When Alice creates an event whose <field> is "\ud83e"
      Then the response is 422
      And the database contains no event of Alice

      Examples:
        | field       |
        | title       |
        | description |
        | location    |
        | colour      |

    Scenario: A title of 256 characters is too long
      When Alice creates an event with a title of 256 times "🦷"
      Then the response is 422 and names body.title

    Scenario: A description of more than 65,536 characters is too long
      When Alice creates an event with a description of 65537 characters
      Then the response is 422 and names body.description

    Scenario: A reminder must not be due before the year 1
      When Alice creates an event from 0001-01-02T00:00:00Z whose notify_before is "P3D"
      Then the response is 422 and names body.notify_before

    Scenario Outline: An end must be an instant, and not before the start
      When Alice creates an event that ends at <end>
      Then the response is 422
      And the database contains no event of Alice

      Examples:
        | end                         |
        | "2044-11-23T09:59:59Z"      |
        | "2044-11-23T11:00:00"       |
        | "9999-12-31T23:59:59-01:00" |
        | 5                           |
        | absent                      |

    Scenario Outline: End and duration can both be given if they agree
      When Alice creates an event with
        | title     | Dentist              |
        | starts_at | 2044-11-23T10:00:00Z |
        | ends_at   | 2044-11-23T11:00:00Z |
        | duration  | <duration>           |
      Then the response is <status>

      Examples:
        | duration | status |
        | PT1H     | 201    |
        | PT60M    | 201    |
        | PT59M    | 422    |
        | PT0S     | 422    |

    Scenario Outline: What the server says of an event is ignored in a request
      When Alice creates an event whose <field> is <value>
      Then the response is 201
      And the event belongs to Alice
      And the event has
        | version | 1 |

      Examples:
        | field      | value                  |
        | user_id    | "bob"                  |
        | version    | 7                      |
        | created_at | "2000-01-01T00:00:00Z" |
        | updated_at | null                   |

  Rule: Replacing an event

    Scenario: Optional fields missing in a replacement are cleared
      Given Alice has an event with
        | title         | Dentist          |
        | description   | Bring the X-ray. |
        | location      | 5 High Street    |
        | notify_before | P1D              |
      When Alice replaces "Dentist" with
        | title     | Surgeon              |
        | starts_at | 2044-11-24T08:00:00Z |
        | duration  | PT2H                 |
      Then the response is 200
      And the ETag is new
      And the event has
        | title         | Surgeon              |
        | starts_at     | 2044-11-24T08:00:00Z |
        | ends_at       | 2044-11-24T10:00:00Z |
        | description   | null                 |
        | location      | absent               |
        | notify_before | null                 |
        | version       | 2                    |
      And the event has the created_at of "Dentist" and a later updated_at
      And the database contains Alice's "Dentist" with
        | title         | Surgeon              |
        | starts_at     | 2044-11-24T08:00:00Z |
        | ends_at       | 2044-11-24T10:00:00Z |
        | description   | null                 |
        | location      | null                 |
        | notify_before | null                 |
        | version       | 2                    |

    Scenario: Replacing a missing event does not create it
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice replaces "Dentist" with
        | title | Surgeon |
      Then the response is 404
      And the database contains no event of Alice

    Scenario: The body can repeat the ID
      Given Alice has an event with
        | id    | 7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | title | Dentist                              |
      When Alice replaces "Dentist" with
        | id    | 7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | title | Surgeon                              |
      Then the response is 200
      And the event is called "Surgeon"

    Scenario Outline: A replacement is validated like a new event
      Given Alice has an event "Dentist"
      When Alice replaces "Dentist" with an event whose <field> is <value>
      Then the response is 422 and names body.<field>
      And the database contains Alice's "Dentist" as it was created

      Examples:
        | field         | value                                  |
        | id            | "7d444840-9dc0-41d1-b245-5ffdce74fad2" |
        | title         | absent                                 |
        | title         | " "                                    |
        | starts_at     | "2044-11-23T10:00:00"                  |
        | duration      | "P1Y"                                  |
        | notify_before | "P367D"                                |
        | colour        | "red"                                  |

  Rule: Changing some fields of an event

    Scenario Outline: Only the fields that are sent change
      Given Alice has an event with
        | title         | Dentist          |
        | description   | Bring the X-ray. |
        | notify_before | P1D              |
      When Alice changes "Dentist", sent as <content type>, to have
        | title | Surgeon |
      Then the response is 200
      And the ETag is new
      And the event has the created_at of "Dentist" and a later updated_at
      And the database contains Alice's "Dentist" with
        | title         | Surgeon              |
        | starts_at     | 2044-11-23T10:00:00Z |
        | ends_at       | 2044-11-23T10:45:00Z |
        | description   | Bring the X-ray.     |
        | notify_before | P1D                  |
        | version       | 2                    |

      Examples:
        | content type                 |
        | application/merge-patch+json |
        | application/json             |

    Scenario: null clears an optional field
      Given Alice has an event with
        | title         | Dentist          |
        | description   | Bring the X-ray. |
        | notify_before | P1D              |
      When Alice changes "Dentist" to have
        | description   | null |
        | notify_before | null |
      Then the response is 200
      And the database contains Alice's "Dentist" with
        | title         | Dentist |
        | description   | null    |
        | notify_before | null    |

    Scenario: A new start keeps the end
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | starts_at | 2044-11-23T10:30:00Z |
      Then the response is 200
      And the event has
        | starts_at | 2044-11-23T10:30:00Z |
        | ends_at   | 2044-11-23T10:45:00Z |
        | duration  | PT15M                |

    Scenario: A new start after the end is rejected
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | starts_at | 2044-11-23T11:00:00Z |
      Then the response is 422
      And the database contains Alice's "Dentist" as it was created

    Scenario: A new duration replaces the end
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | starts_at | 2044-11-25T08:00:00Z |
        | duration  | PT1H                 |
      Then the response is 200
      And the event ends at 2044-11-25T09:00:00Z and lasts PT1H

    Scenario: An empty change keeps the event
      Given Alice has an event "Dentist"
      When Alice sends an empty change to "Dentist"
      Then the response is 200
      And the event is "Dentist" as it was created
      And the ETag is the same

    Scenario: A change to what the event has already
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | title    | Dentist |
        | duration | PT0.75H |
      Then the response is 200
      And the event is "Dentist" as it was created
      And the ETag is the same
      And the database contains Alice's "Dentist" as it was created

    Scenario: A missing event cannot be changed
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice changes "Dentist" to have
        | title | Surgeon |
      Then the response is 404

    Scenario: End and duration must agree in a change
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | ends_at  | 2044-11-23T11:00:00Z |
        | duration | PT59M                |
      Then the response is 422 and names body.duration
      And the database contains Alice's "Dentist" as it was created
      When Alice changes "Dentist" to have
        | ends_at  | 2044-11-23T11:00:00Z |
        | duration | PT1H                 |
      Then the response is 200
      And the event ends at 2044-11-23T11:00:00Z and lasts PT1H

    Scenario Outline: A change is validated like a new event
      Given Alice has an event "Dentist"
      When Alice changes the <field> of "Dentist" to <value>
      Then the response is 422 and names body.<field>
      And the database contains Alice's "Dentist" as it was created

      Examples:
        | field         | value                                  |
        | id            | "7d444840-9dc0-41d1-b245-5ffdce74fad2" |
        | title         | null                                   |
        | title         | ""                                     |
        | starts_at     | null                                   |
        | starts_at     | "2044-11-23T10:00:00"                  |
        | ends_at       | "2044-11-23T09:00:00Z"                 |
        | duration      | "-PT1H"                                |
        | notify_before | "P367D"                                |
        | colour        | "red"                                  |
        | recurrence_id | "2044-11-23T10:00:00"                  |

  Rule: An event can be sent back as it was received

    Scenario Outline: Sending an event back changes nothing
      Given Alice has an event with
        | title         | Dentist              |
        | starts_at     | 2044-11-23T10:00:00Z |
        | duration      | P1DT1.5S             |
        | description   | Bring the X-ray.     |
        | location      | 5 High Street        |
        | notify_before | P1DT12H              |
      When Alice reads "Dentist" and sends it back by <method>
      Then the response is 200
      And the event is "Dentist" as it was created
      And the ETag is the same
      And the database contains Alice's "Dentist" as it was created

      Examples:
        | method |
        | PUT    |
        | PATCH  |
        | POST   |

    Scenario: Sending an event back with a change
      Given Alice has an event "Dentist"
      When Alice reads "Dentist" and sends it back by PUT with
        | title | Surgeon |
      Then the response is 200
      And the event has
        | title   | Surgeon |
        | version | 2       |
      And the ETag is new

    Scenario: A new start that contradicts end and duration is rejected
      Given Alice has an event "Dentist"
      When Alice reads "Dentist" and sends it back by PUT with
        | starts_at | 2044-11-23T10:30:00Z |
      Then the response is 422 and names body.duration
      And the database contains Alice's "Dentist" as it was created

  Rule: Deleting an event

    Scenario: A deleted event cannot be read or listed
      Given Alice has an event "Dentist"
      When Alice deletes "Dentist"
      Then the response is 204
      And the response has no body
      And the database no longer contains Alice's "Dentist"
      When Alice reads "Dentist"
      Then the response is 404
      When Alice lists the day 2044-11-23
      Then the list is empty

    Scenario: A missing event cannot be deleted
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice deletes "Dentist"
      Then the response is 404
