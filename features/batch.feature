Feature: Batches
  A batch creates up to 1,000 events: all of them or none.

  Scenario: A batch is stored, and the response has the same order
    When Alice creates a batch of "breakfast", "lunch", "dinner"
    Then the response is 201
    And the batch response contains "breakfast", "lunch", "dinner"
    And the database contains Alice's "lunch" as it was created
    And the database contains 3 events of Alice

  Scenario Outline: Size limits of a batch
    When Alice creates a batch of <count> events
    Then the response is <status>
    And the database contains <stored> events of Alice

    Examples:
      | count | status | stored |
      | 1     | 201    | 1      |
      | 1000  | 201    | 1000   |
      | 0     | 422    | 0      |
      | 1001  | 422    | 0      |

  Scenario Outline: One invalid event rejects the batch and is reported
    When Alice creates a batch of 10 events where the <field> of event 7 is <value>
    Then the response is 422 and names body.events.7.<field>
    And the database contains no event of Alice

    Examples:
      | field         | value                 |
      | title         | ""                    |
      | title         | absent                |
      | starts_at     | "2044-11-23T10:00:00" |
      | notify_before | "P367D"               |
      | colour        | "red"                 |

  Scenario: All errors are reported at once
    When Alice creates a batch of 10 events where
      | number | field     | value                 |
      | 2      | title     | ""                    |
      | 5      | starts_at | "2044-11-23T10:00:00" |
    Then the response is 422 and names body.events.2.title
    And the response is 422 and names body.events.5.starts_at

  Scenario Outline: An invalid batch document is rejected
    When Alice posts the document <document> to /v1/events/batch
    Then the response is 422

    Examples:
      | document                    |
      | {}                          |
      | {"events": null}            |
      | {"events": {}}              |
      | {"events": [5]}             |
      | {"events": [], "dry": true} |
      | []                          |

  Scenario: A batch is sent again
    Given Alice has created a batch of "breakfast", "lunch", "dinner"
    When Alice creates the same batch again
    Then the response is 200
    And the batch response contains "breakfast", "lunch", "dinner"
    And the database contains 3 events of Alice

  Scenario: A partly stored batch is completed
    Given Alice has created a batch of "breakfast", "lunch", "dinner"
    And Alice has deleted "lunch"
    When Alice creates the same batch again
    Then the response is 201
    And the batch response contains "breakfast", "lunch", "dinner"
    And the database contains 3 events of Alice

  Scenario: A batch with different content for an existing ID
    Given Alice has created a batch of "breakfast", "lunch", "dinner"
    And Alice has deleted "lunch"
    When Alice creates the same batch again, but "dinner" is called "supper"
    Then the response is 409
    And the database contains 2 events of Alice
    And the database contains Alice's "dinner" as it was created
