Feature: Reminders of series
  Each occurrence of a series has the reminders of the series, or its own. Each of them becomes exactly one
  notification when it is due: never early, and late at worst, whatever happens to the series.

  Rule: Each occurrence is notified once

    Scenario: Occurrences one after the other
      Given Alice has a series "Stand-up" in 2 seconds, 3 seconds, 4 seconds and 1 day, with a reminder 0 seconds before
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | second     | 0 seconds before |
        | third      | 0 seconds before |
      And no notification of Alice is early
      And Alice's notifications of "Stand-up" have different IDs

    Scenario: The only occurrence
      Given Alice has a daily series "Stand-up" of 1 occurrence that starts in 2 seconds, with a reminder 0 seconds before
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
      And no notification of Alice is early

    Scenario: A series without reminders
      Given Alice has a series "Stand-up" in 2 seconds, 3 seconds and 1 day, without a reminder
      Then Alice is not notified of any occurrence of "Stand-up"

    Scenario: Occurrences whose reminders are due when the series is created
      Given Alice has a daily series "Stand-up" of 5 occurrences that starts in 12 hours, with a reminder 3 days before
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder      |
        | first      | 3 days before |
        | second     | 3 days before |
        | third      | 3 days before |

    Scenario: Occurrences that have started when the series is created are not notified
      Given Alice has a daily series "Stand-up" that began 10 days ago and occurs again in 2 seconds, with a reminder 0 seconds before
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | next       | 0 seconds before |
      And no notification of Alice is early

    Scenario: A series that began long ago
      Given Alice has a daily series "Stand-up" that began 36500 days ago and occurs again in 2 seconds, with a reminder 1 day before
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder     |
        | next       | 1 day before |
        | second     | 1 day before |

    Scenario: Several reminders of several occurrences, in the order in which they are due
      Given Alice has a series "Stand-up" in 4 seconds and 6 seconds, with reminders 5 seconds and 0 seconds before
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 5 seconds before |
        | second     | 5 seconds before |
        | first      | 0 seconds before |
        | second     | 0 seconds before |
      And no notification of Alice is early
      And Alice's notifications of "Stand-up" have different IDs

    Scenario: A long backlog is sent completely and in order
      Given Alice has a daily series "Stand-up" of 300 occurrences that starts in 12 hours, with a reminder 250 days before
      Then Alice is notified of the first 250 occurrences of "Stand-up" once each, in order

    Scenario: The backlog of one series does not hold up others
      Given Alice has a daily series "Stand-up" of 300 occurrences that starts in 12 hours, with a reminder 250 days before
      And Bob has an event "Football" whose reminder is due in 1 second
      And Bob has a series "Training" in 2 seconds and 3 seconds, with a reminder 0 seconds before
      Then Bob is notified of "Football" once
      And Bob is notified of "Training" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | second     | 0 seconds before |
      And Alice is notified of the first 250 occurrences of "Stand-up" once each, in order

    Scenario: A series that is created twice is notified once
      Given Alice has a daily series "Stand-up" of 3 occurrences that starts in 12 hours, with a reminder 1 day before
      When Alice reads "Stand-up" and sends it back by POST
      Then the response is 200
      And Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder     |
        | first      | 1 day before |

    Scenario: The series of a batch
      Given Alice has a batch of daily series
        | title    | starts in | occurrences | reminder before |
        | Stand-up | 12 hours  | 2           | 1 day           |
        | Review   | 2 seconds | 1           | 0 seconds       |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder     |
        | first      | 1 day before |
      And Alice is notified of "Review" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |

    Scenario: A series of all-day events, on the day itself
      Given Alice has a daily all-day series "Duty" from today, with a reminder that is due in 2 seconds
      Then Alice is notified of "Duty" once for each of these
        | occurrence | reminder      |
        | first      | on the day    |
      And no notification of Alice is early

  Rule: The message names the occurrence

    Scenario: The message of an occurrence
      Given a consumer listens to the notification topic
      And Alice has a daily series "Stand-up" of 2 occurrences that starts in 12 hours, with a reminder 2 days before
      Then a message for Alice arrives
      And it describes the first occurrence of "Stand-up"
      And another message for Alice arrives, with a different ID
      And it describes the second occurrence of "Stand-up"
      And Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder      |
        | first      | 2 days before |
        | second     | 2 days before |

    Scenario: The message of an all-day occurrence
      Given a consumer listens to the notification topic
      And Alice has a daily all-day series "Duty" from today, with a reminder that is due in 2 seconds
      Then a message for Alice arrives
      And it describes the first occurrence of "Duty"

    Scenario: The message of a changed occurrence has its own title and start
      Given a consumer listens to the notification topic
      And Alice has a series "Stand-up" in 6 seconds and 1 day, with a reminder 0 seconds before
      When Alice changes the first occurrence of "Stand-up" to have
        | title | Long |
      And Alice moves the first occurrence of "Stand-up" to start in 4 seconds
      Then a message for Alice arrives
      And it describes the first occurrence of "Stand-up"
      And its title is "Long"

    Scenario: The message of a single event names no occurrence
      Given a consumer listens to the notification topic
      And Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      Then a message for Alice arrives
      And it names no occurrence

  Rule: An occurrence changes before its reminder is sent

    Scenario: An occurrence with another title
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 8 seconds, with a reminder 0 seconds before
      When Alice changes the second occurrence of "Stand-up" to have
        | title | Long |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | second     | 0 seconds before |
        | third      | 0 seconds before |
      And Alice's notifications of "Stand-up" are titled "Stand-up", "Long", "Stand-up"

    Scenario: The series gets another title between two occurrences
      Given Alice has a series "Stand-up" in 2 seconds and 8 seconds, with a reminder 0 seconds before
      And Alice has been notified of "Stand-up"
      When Alice changes "Stand-up" to have
        | title | Meeting |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | second     | 0 seconds before |
      And Alice's notifications of "Stand-up" are titled "Stand-up", "Meeting"

    Scenario: An occurrence is deleted
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 8 seconds, with a reminder 0 seconds before
      When Alice deletes the second occurrence of "Stand-up"
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | third      | 0 seconds before |

    Scenario: The next occurrence is deleted
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 1 day, with a reminder 0 seconds before
      When Alice deletes the first occurrence of "Stand-up"
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | second     | 0 seconds before |

    Scenario: An occurrence is moved
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 1 day, with a reminder 0 seconds before
      When Alice moves the first occurrence of "Stand-up" to start in 8 seconds
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | second     | 0 seconds before |
        | first      | 0 seconds before |
      And no notification of Alice is early

    Scenario: A later occurrence is moved to before the next one
      Given Alice has a series "Stand-up" in 6 seconds and 1 day, with a reminder 0 seconds before
      When Alice moves the second occurrence of "Stand-up" to start in 3 seconds
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | second     | 0 seconds before |
        | first      | 0 seconds before |
      And no notification of Alice is early

    Scenario: An occurrence is moved onto another, and the two are notified once
      Given Alice has a series "Stand-up" in 6 seconds, 1 hour and 1 day, with a reminder 0 seconds before
      When Alice moves the second occurrence of "Stand-up" onto the first
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |

    Scenario: An occurrence has reminders of its own
      Given Alice has a series "Stand-up" in 6 seconds, 8 seconds and 1 hour, with a reminder 0 seconds before
      When Alice changes the second occurrence of "Stand-up" to have
        | reminders | PT1S, PT2H |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | second     | 2 hours before   |
        | first      | 0 seconds before |
        | second     | 1 second before  |
      And no notification of Alice is early

    Scenario: An occurrence has no reminder
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 8 seconds, with a reminder 0 seconds before
      When Alice changes the second occurrence of "Stand-up" to have
        | reminders | [] |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | third      | 0 seconds before |

    Scenario: An occurrence returns to the reminders of the series
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 1 day, with a reminder 0 seconds before
      When Alice changes the second occurrence of "Stand-up" to have
        | reminders | [] |
      And Alice changes the second occurrence of "Stand-up" to have
        | reminders | null |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | second     | 0 seconds before |

  Rule: The series changes before reminders are sent

    Scenario: The series is deleted
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 1 day, with a reminder 0 seconds before
      When Alice deletes "Stand-up"
      Then Alice is not notified of any occurrence of "Stand-up"

    Scenario: The series is deleted between two occurrences
      Given Alice has a series "Stand-up" in 2 seconds, 8 seconds and 1 day, with a reminder 0 seconds before
      And Alice has been notified of "Stand-up"
      When Alice deletes "Stand-up"
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |

    Scenario: The reminders are removed
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 1 day, with a reminder 0 seconds before
      When Alice changes "Stand-up" to have
        | notify_before | null |
      Then the response is 200
      And Alice is not notified of any occurrence of "Stand-up"

    Scenario: A reminder is added after some were sent
      Given Alice has a daily series "Stand-up" of 5 occurrences that starts in 12 hours, with a reminder 1 day before
      And Alice has been notified of "Stand-up"
      When Alice changes "Stand-up" to have
        | reminders | P1D, P2D |
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder      |
        | first      | 1 day before  |
        | first      | 2 days before |
        | second     | 2 days before |

    Scenario: Other changes do not notify again
      Given Alice has a daily series "Stand-up" of 5 occurrences that starts in 12 hours, with a reminder 1 day before
      And Alice has been notified of "Stand-up"
      When Alice changes "Stand-up" to have
        | title       | Meeting |
        | description | New.    |
        | duration    | PT3H    |
      And Alice changes the first occurrence of "Stand-up" to have
        | title | Long |
      And Alice deletes the third occurrence of "Stand-up"
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder     |
        | first      | 1 day before |

    Scenario: The whole series moves
      Given Alice has a daily series "Stand-up" of 5 occurrences that starts in 12 hours, with a reminder 1 day before
      And Alice has been notified of "Stand-up"
      When Alice moves the whole series "Stand-up" to start in 13 hours
      Then Alice is notified of "Stand-up" 2 times
      And Alice's notifications of "Stand-up" have different IDs
      When Alice moves the whole series "Stand-up" back
      Then Alice is notified of "Stand-up" 2 times

    Scenario: An occurrence is moved away and back after its reminder was sent
      Given Alice has a daily series "Stand-up" of 5 occurrences that starts in 12 hours, with a reminder 1 day before
      And Alice has been notified of "Stand-up"
      When Alice moves the first occurrence of "Stand-up" to start in 5 days
      And Alice moves the first occurrence of "Stand-up" back
      Then Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder     |
        | first      | 1 day before |

    Scenario: A single event becomes a series
      Given Alice has an event "Stand-up" on the clocks of UTC that starts in 3600 seconds, with a reminder 2 days before
      And Alice has been notified of "Stand-up"
      When Alice changes "Stand-up" to have
        | rule | FREQ=DAILY;COUNT=4 |
      Then the response is 200
      And Alice is notified of "Stand-up" 2 times
      And Alice's notifications of "Stand-up" have different IDs

  Rule: A split does not notify again what was notified

    Scenario: What was sent is not sent again under the new series
      Given Alice has a daily series "Stand-up" of 3 occurrences that starts in 12 hours, with a reminder 3 days before
      And Alice has been notified of "Stand-up" 3 times
      When Alice splits "Stand-up" at its second occurrence, renaming it to "Meeting"
      Then the response is 201
      And Alice is notified of "Stand-up" 3 times
      And Alice is notified of "the new series" 0 times

    Scenario: What is due later is sent by the new series
      Given Alice has a series "Stand-up" in 2 seconds, 8 seconds and 9 seconds, with a reminder 0 seconds before
      And Alice has been notified of "Stand-up"
      When Alice splits "Stand-up" at its second occurrence, renaming it to "Meeting"
      Then the response is 201
      And Alice is notified of "the new series" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
        | second     | 0 seconds before |
      And Alice's notifications of "the new series" are titled "Meeting", "Meeting"
      And Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |

    Scenario: Occurrences that start later in the new series are notified anew
      Given Alice has a daily series "Stand-up" of 3 occurrences that starts in 12 hours, with a reminder 3 days before
      And Alice has been notified of "Stand-up" 3 times
      When Alice splits "Stand-up" at its second occurrence, moving it to start 1 hour later
      Then the response is 201
      And Alice is notified of "the new series" once for each of these
        | occurrence | reminder      |
        | first      | 3 days before |
        | second     | 3 days before |
      And Alice is notified of "Stand-up" 3 times

    Scenario: Occurrences with another lead time in the new series are notified anew
      Given Alice has a daily series "Stand-up" of 3 occurrences that starts in 12 hours, with a reminder 3 days before
      And Alice has been notified of "Stand-up" 3 times
      When Alice splits "Stand-up" at its second occurrence, with a reminder 4 days before
      Then the response is 201
      And Alice is notified of "the new series" once for each of these
        | occurrence | reminder      |
        | first      | 4 days before |
        | second     | 4 days before |
      And Alice is notified of "Stand-up" 3 times

    Scenario: What comes after the end of a series is not sent
      Given Alice has a series "Stand-up" in 6 seconds, 7 seconds and 8 seconds, with a reminder 0 seconds before
      When Alice ends "Stand-up" before its second occurrence
      Then the response is 204
      And Alice is notified of "Stand-up" once for each of these
        | occurrence | reminder         |
        | first      | 0 seconds before |
