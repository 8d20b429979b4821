Feature: Calendar on Kubernetes
  Whatever an operator does, and whichever pod dies: what was acknowledged stays, and every reminder becomes exactly one
  notification. All on one cluster, in this order; the last scenario removes the release and installs it again.

  What is tagged @weekly repeats what compose, faults or another scenario prove; CI runs it once a week.

  Scenario: The scenarios of Calendar pass inside the cluster
    When helm test is run
    Then all scenarios have passed

  Scenario: A setting is changed under traffic
    Given 4 people create one event after the other, with reminders that are due at once
    When the release is upgraded with log.level=debug
    And each of them has created 20 more events
    Then the pods of api, scheduler and storer are new ones
    And no request failed
    And each of them is notified of each event once
    And no reminder was sent twice

  @weekly
  Scenario: A setting is changed while the scenarios run
    Given 4 people create one event after the other, with reminders that are due at once
    And the scenarios run in a pod like that of helm test
    When the release is upgraded with log.level=info
    And each of them has created 20 more events
    Then the pods of api, scheduler and storer are new ones
    And no request failed
    And the running scenarios pass
    And each of them is notified of each event once
    And no reminder was sent twice

  @weekly
  Scenario: The release is rolled back under traffic
    Given 4 people create one event after the other, with reminders that are due at once
    When the release is rolled back
    And each of them has created 20 more events
    Then the pods of api, scheduler and storer are new ones
    And no request failed
    And each of them is notified of each event once
    And no reminder was sent twice

  @weekly
  Scenario: Schedulers and storers are added under traffic
    Given 4 people create one event after the other, with reminders that are due at once
    When the release is upgraded with scheduler.replicas=3,storer.replicas=3
    And each of them has created 20 more events
    Then no request failed
    And each of them is notified of each event once
    And no reminder was sent twice

  Scenario: More storers than the topic has partitions
    When an upgrade with storer.replicas=7 is tried
    Then it is refused: "storer.replicas is 7, and the topic has 6 partitions"

  Scenario Outline: A pod is deleted under traffic
    Given 4 people create one event after the other, with reminders that are due at once
    When a pod of <component> is deleted, and replaced
    And each of them has created 20 more events
    Then each of them is notified of each event once
    And no container of api, scheduler or storer has been restarted

    Examples:
      | component |
      | api       |
      | scheduler |
      | storer    |
      | kafka     |
      | postgres  |

  @weekly
  Scenario: PostgreSQL and Kafka of somebody else, in another namespace
    Given a namespace with a Secret for a database of its own on the first release's PostgreSQL
    When a second release is installed there, with a topic of its own on the first release's Kafka
    And helm test is run for it
    Then all scenarios have passed
    And the second release runs no server of its own

  @weekly
  Scenario: The release goes, and comes again
    Given Alice has 20 events whose reminders are due in 60 seconds
    When the release is uninstalled
    Then nothing of it is left but two volumes
    When it is installed again
    Then Alice is notified of each event once
