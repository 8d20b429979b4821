Feature: Batches
  Up to 1,000 events are created together: all of them or none.

  Scenario: A batch is stored whole, and answered in its order
    When Alice creates a batch of "breakfast", "lunch", "dinner"
    Then the answer is 201
    And the batch's answer holds "breakfast", "lunch", "dinner"
    And the database holds Alice's "lunch" as it was created
    And the database holds 3 events of Alice

  Scenario Outline: The size of a batch
    When Alice creates a batch of <count> events
    Then the answer is <status>
    And the database holds <stored> events of Alice

    Examples:
      | count | status | stored |
      | 1     | 201    | 1      |
      | 1000  | 201    | 1000   |
      | 0     | 422    | 0      |
      | 1001  | 422    | 0      |

  Scenario Outline: One bad event spoils the batch, and is named
    When Alice creates a batch of 10 where the <field> of number 7 is <value>
    Then the answer is 422 and names body.events.7.<field>
    And the database holds no event of Alice

    Examples:
      | field         | value                 |
      | title         | ""                    |
      | title         | absent                |
      | starts_at     | "2044-11-23T10:00:00" |
      | notify_before | "P367D"               |
      | colour        | "red"                 |

  Scenario: Everything that is wrong is named at once
    When Alice creates a batch of 10 where
      | number | field     | value                 |
      | 2      | title     | ""                    |
      | 5      | starts_at | "2044-11-23T10:00:00" |
    Then the answer is 422 and names body.events.2.title
    And the answer is 422 and names body.events.5.starts_at

  Scenario Outline: What is no batch is refused
    When Alice posts the document <document> to /v1/events/batch
    Then the answer is 422

    Examples:
      | document                    |
      | {}                          |
      | {"events": null}            |
      | {"events": {}}              |
      | {"events": [5]}             |
      | {"events": [], "dry": true} |
      | []                          |

  Scenario: A batch sent again
    Given Alice has created a batch of "breakfast", "lunch", "dinner"
    When Alice creates the same batch again
    Then the answer is 200
    And the batch's answer holds "breakfast", "lunch", "dinner"
    And the database holds 3 events of Alice

  Scenario: A batch that was stored in part before is completed
    Given Alice has created a batch of "breakfast", "lunch", "dinner"
    And Alice has deleted "lunch"
    When Alice creates the same batch again
    Then the answer is 201
    And the batch's answer holds "breakfast", "lunch", "dinner"
    And the database holds 3 events of Alice

  Scenario: A batch with other content under a known ID
    Given Alice has created a batch of "breakfast", "lunch", "dinner"
    And Alice has deleted "lunch"
    When Alice creates the same batch again, but "dinner" is called "supper"
    Then the answer is 409
    And the database holds 2 events of Alice
    And the database holds Alice's "dinner" as it was created
