Feature: Idempotent create
  A client that received no response can send its event again with the same ID: it is stored once.
  A client that does not choose the ID can send an Idempotency-Key instead.

  Scenario: The same event sent again
    Given Alice has an event "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title | Dentist |
    Then the response is 200
    And the event has
      | title   | Dentist |
      | version | 1       |
    And the ETag is the same
    And the database contains 1 event of Alice

  Scenario: The same event in different notation
    Given Alice has an event with
      | title         | Dentist              |
      | starts_at     | 2044-11-23T10:00:00Z |
      | duration      | PT45M                |
      | notify_before | P1D                  |
    When Alice creates an event with the ID of "Dentist" and
      | title         | Dentist                       |
      | starts_at     | 2044-11-23T13:00:00.000+03:00 |
      | ends_at       | 2044-11-23T10:45:00Z          |
      | description   | null                          |
      | notify_before | PT24H                         |
    Then the response is 200
    And the database contains 1 event of Alice

  Scenario Outline: A different event with the same ID
    Given Alice has an event "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title   | Dentist |
      | <field> | <value> |
    Then the response is 409
    And the database contains Alice's "Dentist" as it was created

    Examples:
      | field         | value                |
      | title         | Surgeon              |
      | starts_at     | 2044-11-23T10:00:01Z |
      | duration      | PT46M                |
      | description   | Bring the X-ray.     |
      | notify_before | P1D                  |

  Scenario: The ID of a deleted event can be used again
    Given Alice has an event "Dentist"
    And Alice has deleted "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title | Surgeon |
    Then the response is 201
    And the database contains 1 event of Alice

  Scenario: Concurrent retries
    When Alice creates the same event 8 times at once
    Then one response is 201 and the others are 200
    And the database contains 1 event of Alice

  Rule: With an Idempotency-Key, the ID follows from user and key

    Scenario: The same event sent again with the same key
      Given Alice has created "Dentist" with the Idempotency-Key 8e03978e-40d5-43dd-bc93-6894a57f9324
      When Alice creates "Dentist" with the Idempotency-Key 8e03978e-40d5-43dd-bc93-6894a57f9324
      Then the response is 200
      And the event is "Dentist" as it was created
      And the event's ID is a UUID of version 5
      And the database contains 1 event of Alice

    Scenario: A different event with the same key
      Given Alice has created "Dentist" with the Idempotency-Key one
      When Alice creates "Surgeon" with the Idempotency-Key one
      Then the response is 409
      And the database contains Alice's "Dentist" as it was created

    Scenario Outline: Keys are compared as they are, and may be in double quotes
      Given Alice has created "Dentist" with the Idempotency-Key <first>
      When Alice creates "Dentist" with the Idempotency-Key <second>
      Then the response is <status>

      Examples:
        | first   | second  | status |
        | one     | "one"   | 200    |
        | "one 1" | "one 1" | 200    |
        | one     | two     | 201    |
        | one     | One     | 201    |

    Scenario: Users have keys of their own
      Given Alice has created "Dentist" with the Idempotency-Key one
      When Bob creates "Dentist" with the Idempotency-Key one
      Then the response is 201

    Scenario Outline: A key has 1 to 255 characters
      When Alice creates "Dentist" with an Idempotency-Key of <length> characters
      Then the response is <status>

      Examples:
        | length | status |
        | 1      | 201    |
        | 255    | 201    |
        | 0      | 422    |
        | 256    | 422    |

    Scenario Outline: An invalid key is rejected
      When Alice creates "Dentist" with the Idempotency-Key <key>
      Then the response is 422 and names header.Idempotency-Key
      And the database contains no event of Alice

      Examples:
        | key        |
        | one two    |
        | "one       |
        | "one", "two" |

    Scenario: An ID in the event counts more than the key
      Given Alice has created "Dentist" with the Idempotency-Key one
      When Alice creates "Surgeon" with an ID and the Idempotency-Key one
      Then the response is 201
      And the database contains 2 events of Alice

    Scenario: A batch takes no key
      When Alice creates a batch of 3 events with the Idempotency-Key one
      Then the response is 422 and names header.Idempotency-Key
      And the problem says "set the id of each event"
      And the database contains no event of Alice
