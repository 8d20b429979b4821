Feature: Users
  Calendar does not authenticate users: a request names its user in the header X-User-Id or the parameter user_id.
  A user can access only their own events.

  Rule: Every request names its user

    Scenario Outline: Ways to name the user
      Given Alice has an event "Dentist"
      When a client lists the day 2044-11-23 and names Alice in <place>
      Then the list contains "Dentist"

      Examples:
        | place                      |
        | the header                 |
        | the parameter              |
        | the header and parameter   |

    Scenario: Header and parameter name different users
      When a client names Alice in the header and Bob in the parameter
      Then the response is 422

    Scenario Outline: A request without a user is rejected
      When an anonymous client sends <method> to <path>
      Then the response is 422

      Examples:
        | method | path                                            |
        | POST   | /v1/events                                      |
        | POST   | /v1/events/batch                                |
        | GET    | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | PUT    | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | PATCH  | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | DELETE | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | GET    | /v1/events/day?date=2044-11-23                  |
        | GET    | /v1/events/week?start=2044-11-23                |
        | GET    | /v1/events/month?start=2044-11-23               |

    Scenario Outline: Valid and invalid user IDs
      When a user with the ID <name> lists events
      Then the response is <status>

      Examples:
        | name                                        | status |
        | a                                           | 200    |
        | Alice.B_c@example.org:7+8-9                 | 200    |
        | 128 letters                                 | 200    |
        | 129 letters                                 | 422    |
        | nothing                                     | 422    |
        | alice smith                                 | 422    |
        | alice/smith                                 | 422    |
        | алиса                                       | 422    |
        | alice,bob                                   | 422    |

    Scenario: A plus sign in a URL is a space
      When an anonymous client sends GET to /v1/events/day?date=2044-11-23&user_id=ann+work@example.org
      Then the response is 422 and names query.user_id
      And the problem says "%2B"
      When an anonymous client sends GET to /v1/events/day?date=2044-11-23&user_id=ann%2Bwork@example.org
      Then the response is 200

  Rule: Other users' events are not accessible

    Scenario Outline: Another user's event responds like a missing event
      Given Alice has an event "Dentist"
      And Bob has an event "Football"
      And Bob has deleted "Football"
      When Bob tries to <call> "Dentist"
      Then the response is 404
      When Bob tries to <call> "Football"
      Then the response is 404
      And both responses are the same
      And the database contains Alice's "Dentist" as it was created
      And the database contains no event of Bob

      Examples:
        | call    |
        | get     |
        | replace |
        | change  |
        | delete  |

    Scenario: Two users can have events with the same ID
      Given Alice has an event "Dentist"
      When Bob creates an event with the ID of "Dentist" and
        | title | Football |
      Then the response is 201
      And the database contains 1 event of Alice
      And the database contains 1 event of Bob
      When Bob deletes "Dentist"
      Then the response is 204
      And the database contains Alice's "Dentist" as it was created
