Feature: Users
  Calendar has no log-in: a request names its user, in the header X-User-Id or in the parameter user_id.
  A user only ever sees their own events.

  Rule: Every request names its user

    Scenario Outline: Ways to name the user
      Given Alice has an event "Dentist"
      When somebody lists the day 2044-11-23 and names Alice in <place>
      Then the list holds "Dentist"

      Examples:
        | place                      |
        | the header                 |
        | the parameter              |
        | the header and parameter   |

    Scenario: Header and parameter name two users
      When somebody names Alice in the header and Bob in the parameter
      Then the answer is 422

    Scenario Outline: Nobody is named
      When a user without a name sends <method> to <path>
      Then the answer is 422

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

    Scenario Outline: Names of users
      When a user called <name> asks for a list
      Then the answer is <status>

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

  Rule: Other users' events do not exist

    Scenario Outline: Somebody else's event answers as one that does not exist
      Given Alice has an event "Dentist"
      And Bob has an event "Football"
      And Bob has deleted "Football"
      When Bob tries to <call> "Dentist"
      Then the answer is 404
      When Bob tries to <call> "Football"
      Then the answer is 404
      And both answers say the same
      And the database holds Alice's "Dentist" as it was created
      And the database holds no event of Bob

      Examples:
        | call    |
        | get     |
        | replace |
        | change  |
        | delete  |

    Scenario: Somebody else's ID is free
      Given Alice has an event "Dentist"
      When Bob creates an event with the ID of "Dentist" and
        | title | Football |
      Then the answer is 201
      And the database holds 1 event of Alice
      And the database holds 1 event of Bob
      When Bob deletes "Dentist"
      Then the answer is 204
      And the database holds Alice's "Dentist" as it was created
