@webhooks
Feature: Webhooks
  Every notification is sent to each endpoint that the operator has configured, by the Standard Webhooks
  specification: at least once, always under the same ID, and signed.

  The system under test has five endpoints at one receiver. The first, second and third answer 200 unless a scenario
  says otherwise; the second has two secrets. "silent" never answers, "gone" answers 410.

  Rule: Every notification is sent to each endpoint

    Scenario: A reminder that becomes due
      Given Alice has an event "Dentist" whose reminder is due in 1 second
      Then the first endpoint receives "Dentist" for Alice
      And its ID is that of Alice's notification of "Dentist"
      And the second endpoint receives "Dentist" for Alice
      And its ID is that of Alice's notification of "Dentist"

    Scenario: The body has what the message has
      When a producer writes a notification for Alice
      Then the first endpoint receives "Dentist" for Alice
      And its body has the type notification.due, a time, and the data of the message
      And its data has
        | recurrence_id | absent |

    Scenario: The notification of an occurrence names it
      Given Alice has received a notification with
        | title         | Stand-up            |
        | recurrence_id | 2044-11-23T09:00:00 |
      Then the first endpoint receives "Stand-up" for Alice
      And its data has
        | recurrence_id | 2044-11-23T09:00:00 |

    Scenario: Times at the ends of the calendar
      Given Alice has received a notification with
        | title      | Dentist                     |
        | event_date | 9999-12-31T23:59:59.999999Z |
        | notify_at  | 0001-01-01T00:00:00Z        |
      Then the first endpoint receives "Dentist" for Alice
      And its data is what was sent

    Scenario: All endpoints receive the same
      When Alice receives "Зубной врач 👩‍⚕️"
      Then the first and second endpoint receive "Зубной врач 👩‍⚕️" for Alice
      And both requests have the same ID and body

    Scenario: Each of many notifications is sent
      Given Alice has received 200 notifications
      Then the first endpoint receives all notifications of Alice
      And the second endpoint receives all notifications of Alice

    Scenario: A repeated message is sent once
      When a producer writes a notification for Alice
      And a producer writes that notification for Alice again
      And Alice receives "Surgeon"
      Then the first endpoint receives "Surgeon" for Alice
      And the first endpoint receives "Dentist" for Alice
      And the first endpoint has received "Dentist" for Alice once

  Rule: Requests are signed

    Scenario Outline: A receiver verifies the signature
      When Alice receives "Dentist"
      Then the <endpoint> endpoint receives "Dentist" for Alice
      And it is a document in JSON, sent at the time of its timestamp
      And it is signed with each of the <count> secrets of the <endpoint> endpoint
      And it is not signed with the secret of the <other> endpoint

      Examples:
        | endpoint | count | other  |
        | first    | 1     | second |
        | second   | 2     | first  |

  Rule: Only 2xx is success, everything else is tried again

    Scenario Outline: An answer that is no success
      Given the first endpoint answers Alice's next request with <answer>
      When Alice receives "Dentist"
      Then the first endpoint receives "Dentist" for Alice twice, at least 4 seconds apart
      And both requests have the same ID and body
      And both are signed with the secret of the first endpoint

      Examples:
        | answer                    |
        | 500                       |
        | 503                       |
        | 400                       |
        | 404                       |
        | 304                       |
        | a redirect                |
        | a closed connection       |
        | something other than HTTP |

    Scenario: A redirect is not followed
      Given the first endpoint answers Alice's next request with a redirect
      When Alice receives "Dentist"
      Then the first endpoint receives "Dentist" for Alice twice, at least 4 seconds apart
      And the target of the redirect has received nothing for Alice

    Scenario Outline: An answer that says when to try again
      Given the third endpoint answers Alice's next request with <answer>
      When Alice receives "Dentist"
      Then the third endpoint receives "Dentist" for Alice twice, at least 9 seconds apart

      Examples:
        | answer                           |
        | 429, to be repeated in 9 seconds |
        | 503, to be repeated in 9 seconds |

    Scenario Outline: An answer that is success
      Given the first endpoint answers Alice's next request with <answer>
      When Alice receives "Dentist"
      Then the first endpoint receives "Dentist" for Alice
      Given the first endpoint answers Alice's next request with 500
      When Alice receives "Surgeon"
      Then the first endpoint receives "Surgeon" for Alice twice, at least 4 seconds apart
      And the first endpoint has received "Dentist" for Alice once

      Examples:
        | answer     |
        | 202        |
        | 204        |
        | 299        |
        | a long 200 |

  Rule: An endpoint delays neither storage nor another endpoint

    Scenario: An endpoint that fails
      Given the first endpoint answers Alice's next request with 500
      When Alice receives "Dentist"
      And Alice lists notifications
      Then the notifications are "Dentist"
      And the second endpoint receives "Dentist" for Alice
      And the first endpoint receives "Dentist" for Alice twice, at least 4 seconds apart
      And the second endpoint has received "Dentist" for Alice once

    Scenario: An endpoint that never answers
      When Alice receives "Dentist"
      Then the silent endpoint has received requests
      And the first endpoint receives "Dentist" for Alice
      When Alice receives "Surgeon"
      Then the first endpoint receives "Surgeon" for Alice

    Scenario: An endpoint that is gone is not asked again
      When Alice receives "Dentist"
      Then the gone endpoint has received requests
      And soon the first endpoint receives notifications of Alice that the gone endpoint does not

  Rule: Operators see how each endpoint fares

    Scenario Outline: The metrics of an endpoint are exported
      When Alice receives "Dentist"
      Then the first endpoint receives "Dentist" for Alice
      When an operator requests /metrics from the Storer
      Then the metric calendar_storer_webhook_<metric> is exported for the first endpoint

      Examples:
        | metric                               |
        | attempts_total                       |
        | failures_total                       |
        | delivery_seconds_bucket              |
        | oldest_undelivered_timestamp_seconds |
        | parked_deliveries                    |
        | disabled                             |

    Scenario: Metrics contain no secrets
      When Alice receives "Dentist"
      Then the first endpoint receives "Dentist" for Alice
      When an operator requests /metrics from the Storer
      Then the service responds with 200
      And the response contains no secret of an endpoint
