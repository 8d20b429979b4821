Feature: Several reminders
  An event can have up to ten reminders, each with a lead time of its own. Each becomes one notification.
  "notify_before" is the short form for one reminder; of several, it is the longest lead time.

  Rule: Reminders are lead times that differ

    Scenario: Two reminders
      When Alice creates an event with
        | reminders | PT15M, P1D |
      Then the response is 201
      And the event has
        | reminders     | P1D, PT15M |
        | notify_before | P1D        |
      When Alice reads "Dentist"
      Then the event is "Dentist" as it was created
      When Alice lists the day 2044-11-23
      Then the list contains "Dentist" as it was created

    Scenario: A list of one is the short form
      When Alice creates an event with
        | reminders | PT15M |
      Then the response is 201
      And the event has
        | reminders     | absent |
        | notify_before | PT15M  |

    Scenario: The short form alone shows no list
      When Alice creates an event with
        | notify_before | PT15M |
      Then the response is 201
      And the event has
        | reminders     | absent |
        | notify_before | PT15M  |

    Scenario Outline: No reminder
      When Alice creates an event whose reminders is <none>
      Then the response is 201
      And the event has
        | reminders     | absent |
        | notify_before | null   |

      Examples:
        | none |
        | []   |
        | null |

    Scenario: Ten reminders
      When Alice creates an event with
        | reminders | P366D, P30D, P7D, P3D, P2D, P1D, PT1H, PT15M, PT1S, PT0S |
      Then the response is 201
      And the event has
        | reminders     | P366D, P30D, P7D, P3D, P2D, P1D, PT1H, PT15M, PT1S, PT0S |
        | notify_before | P366D                                                    |

    Scenario Outline: List and short form together must agree
      When Alice creates an event with
        | reminders     | <reminders>     |
        | notify_before | <notify_before> |
      Then the response is <status>

      Examples:
        | reminders  | notify_before | status |
        | P1D, PT15M | P1D           | 201    |
        | P1D, PT15M | PT24H         | 201    |
        | PT15M      | PT15M         | 201    |
        | []         | null          | 201    |
        | P1D, PT15M | PT15M         | 422    |
        | P1D, PT15M | P2D           | 422    |
        | []         | P1D           | 422    |

    Scenario Outline: Invalid reminders are rejected, and nothing is stored
      When Alice creates an event whose reminders is <value>
      Then the response is 422 and names a part of body.reminders
      And the database contains no event of Alice

      Examples: Lead times that are equal
        | value                |
        | ["PT15M", "PT15M"]   |
        | ["PT60M", "PT1H"]    |
        | ["P1D", "PT24H"]     |
        | ["PT1.5H", "PT90M"]  |

      Examples: More than ten
        | value                                                                                        |
        | ["PT1M", "PT2M", "PT3M", "PT4M", "PT5M", "PT6M", "PT7M", "PT8M", "PT9M", "PT10M", "PT11M"] |

      Examples: The rules of a single reminder hold for each
        | value              |
        | ["P1D", "P367D"]   |
        | ["P1D", "-PT15M"]  |
        | ["P1M"]            |
        | ["P1D", "1 hour"]  |
        | ["P1D", 900]       |
        | ["P1D", null]      |
        | "P1D"              |
        | {"lead": "P1D"}    |

    Scenario: The events of a batch can have several reminders
      When Alice creates a batch of the events
        | title   | starts_at            | duration | reminders   |
        | Dentist | 2044-11-23T10:00:00Z | PT45M    | P1D, PT15M  |
        | Walk    | 2044-11-23T12:00:00Z | PT45M    | PT1H        |
      Then the response is 201
      When Alice reads "Dentist"
      Then the event has
        | reminders | P1D, PT15M |
      When Alice reads "Walk"
      Then the event has
        | reminders     | absent |
        | notify_before | PT1H   |

  Rule: A change of list or short form replaces all reminders

    Scenario Outline: What a change leaves
      Given Alice has an event with
        | reminders | P1D, PT15M |
      When Alice changes the <field> of "Dentist" to <value>
      Then the response is 200
      And the event has
        | reminders     | <reminders>     |
        | notify_before | <notify_before> |
        | version       | 2               |

      Examples:
        | field         | value            | reminders  | notify_before |
        | notify_before | "PT1H"           | absent     | PT1H          |
        | notify_before | "P1D"            | absent     | P1D           |
        | notify_before | null             | absent     | null          |
        | reminders     | ["PT2H", "PT1H"] | PT2H, PT1H | PT2H          |
        | reminders     | ["PT1H"]         | absent     | PT1H          |
        | reminders     | []               | absent     | null          |
        | reminders     | null             | absent     | null          |

    Scenario: Reminders are added to a single one
      Given Alice has an event with
        | notify_before | P1D |
      When Alice changes "Dentist" to have
        | reminders | PT1H, PT15M |
      Then the response is 200
      And the event has
        | reminders     | PT1H, PT15M |
        | notify_before | PT1H        |

    Scenario: Other changes keep the reminders
      Given Alice has an event with
        | reminders | P1D, PT15M |
      When Alice changes "Dentist" to have
        | title | Surgeon |
      Then the response is 200
      And the event has
        | reminders     | P1D, PT15M |
        | notify_before | P1D        |

    Scenario: A replacement without reminders has none
      Given Alice has an event with
        | reminders | P1D, PT15M |
      When Alice replaces "Dentist" with
        | title | Dentist |
      Then the response is 200
      And the event has
        | reminders     | absent |
        | notify_before | null   |

    Scenario Outline: The same reminders change nothing
      Given Alice has an event with
        | reminders | P1D, PT15M |
      When Alice changes "Dentist" to have
        | reminders | <reminders> |
      Then the response is 200
      And the event has
        | reminders | P1D, PT15M |
        | version   | 1          |

      Examples:
        | reminders    |
        | P1D, PT15M   |
        | PT24H, PT15M |

    Scenario Outline: An event with several reminders is sent back as it was read
      Given Alice has an event with
        | reminders | P1D, PT15M |
      When Alice reads "Dentist" and sends it back by <method>
      Then the response is 200
      And the event is "Dentist" as it was created
      And the ETag is the same

      Examples:
        | method |
        | PUT    |
        | PATCH  |
        | POST   |

  Rule: Each reminder becomes one notification when it is due

    Scenario: Two reminders are due one after the other
      Given Alice has an event "Dentist" that starts in 4 seconds, with reminders 2 seconds and 0 seconds before
      Then Alice is notified of "Dentist" 2 seconds and 0 seconds before it starts, once each
      And no notification of Alice is early

    Scenario: Reminders that are due already are sent at once, in the order in which they were due
      Given Alice has an event "Dentist" that starts in 1 hour, with reminders 2 hours, 30 minutes, 1 day and 3 days before
      Then Alice is notified of "Dentist" 3 days, 1 day and 2 hours before it starts, once each

    Scenario: The event has already started
      Given Alice has an event "Dentist" that starts in -1 minute, with reminders 1 day and 0 seconds before
      Then Alice is never notified of "Dentist"

    Scenario: A longer lead time is added after a notification
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice sets the lead times of "Dentist" to 1 day and 2 days
      Then Alice is notified of "Dentist" 1 day and 2 days before it starts, once each

    Scenario: A sent reminder is removed and added again
      Given Alice has an event "Dentist" that starts in 1 hour, with reminders 2 days and 1 day before
      Then Alice is notified of "Dentist" 2 days and 1 day before it starts, once each
      When Alice sets the lead times of "Dentist" to 10 minutes
      And Alice sets the lead times of "Dentist" to 2 days, 1 day and 10 minutes
      Then Alice is notified of "Dentist" 2 days and 1 day before it starts, once each

    Scenario: A lead time is removed before it is due
      Given Alice has an event "Dentist" that starts in 8 seconds, with reminders 1 day and 1 second before
      When Alice sets the lead times of "Dentist" to 1 day
      Then Alice is notified of "Dentist" 1 day before it starts, once each

    Scenario: All reminders are removed
      Given Alice has an event "Dentist" that starts in 10 seconds, with reminders 2 seconds and 1 second before
      When Alice changes "Dentist" to have
        | reminders | [] |
      Then the response is 200
      And Alice is never notified of "Dentist"

    Scenario: The event is deleted between two reminders
      Given Alice has an event "Dentist" that starts in 8 seconds, with reminders 1 day and 0 seconds before
      And Alice has been notified of "Dentist"
      When Alice deletes "Dentist"
      Then Alice is notified of "Dentist" 1 day before it starts, once each

    Scenario: A new start has new reminders
      Given Alice has an event "Dentist" that starts in 1 hour, with reminders 1 day and 2 hours before
      Then Alice is notified of "Dentist" 1 day and 2 hours before it starts, once each
      When Alice moves "Dentist" to start in 90 minutes
      Then Alice is notified of "Dentist" 4 times
      And Alice's notifications of "Dentist" have different IDs
      When Alice moves "Dentist" back
      Then Alice is notified of "Dentist" 4 times

    Scenario: A title that changes between two reminders
      Given Alice has an event "Dentist" that starts in 6 seconds, with reminders 1 day and 0 seconds before
      And Alice has been notified of "Dentist"
      When Alice changes "Dentist" to have
        | title | Surgeon |
      Then Alice is notified of "Dentist" 1 day and 0 seconds before it starts, once each
      And Alice's notifications of "Dentist" are titled "Dentist", "Surgeon"
