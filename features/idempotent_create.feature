Feature: Creating twice
  A client that got no answer may send its event again under the same ID: it is stored once.

  Scenario: The same event sent again
    Given Alice has an event "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title | Dentist |
    Then the answer is 200
    And the event has
      | title   | Dentist |
      | version | 1       |
    And the header ETag is "1"
    And the database holds 1 event of Alice

  Scenario: The same event, written in another way
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
    Then the answer is 200
    And the database holds 1 event of Alice

  Scenario Outline: Another event under the same ID
    Given Alice has an event "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title   | Dentist |
      | <field> | <value> |
    Then the answer is 409
    And the database holds Alice's "Dentist" as it was created

    Examples:
      | field         | value                |
      | title         | Surgeon              |
      | starts_at     | 2044-11-23T10:00:01Z |
      | duration      | PT46M                |
      | description   | Bring the X-ray.     |
      | notify_before | P1D                  |

  Scenario: An ID is free again when its event was deleted
    Given Alice has an event "Dentist"
    And Alice has deleted "Dentist"
    When Alice creates an event with the ID of "Dentist" and
      | title | Surgeon |
    Then the answer is 201
    And the database holds 1 event of Alice

  Scenario: Retries that overtake each other
    When Alice creates the same event 8 times at once
    Then all of those answers are 200 but one, which is 201
    And the database holds 1 event of Alice
