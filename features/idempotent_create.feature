Feature: Idempotent create
  A client that received no response can send its event again with the same ID: it is stored once.

  Scenario: The same event sent again
    Given Alice has an event "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title | Dentist |
    Then the response is 200
    And the event has
      | title   | Dentist |
      | version | 1       |
    And the header ETag is "1"
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
