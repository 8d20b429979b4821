Feature: Calendar on Kubernetes
  Acknowledged events are kept and every reminder results in exactly one notification, during operations and when pods
  are deleted. The scenarios run on one cluster, in this order; the last one uninstalls and reinstalls the release.

  Scenarios tagged @weekly repeat a proof of the compose scenarios, of `faults` or of another scenario; CI runs them
  once a week.

  Scenario: The feature scenarios pass inside the cluster
    When helm test is run
    Then all scenarios have passed

  Scenario: A setting is changed under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When the release is upgraded with log.level=debug
    And each client has created 20 more events
    Then the pods of api, scheduler and storer have been replaced
    And no request failed
    And each client is notified of each event once
    And no reminder was published twice

  @weekly
  Scenario: A setting is changed while the feature scenarios run
    Given 4 clients create events one after another, with reminders that are due immediately
    And the feature scenarios run in a pod like that of helm test
    When the release is upgraded with log.level=info
    And each client has created 20 more events
    Then the pods of api, scheduler and storer have been replaced
    And no request failed
    And the running scenarios pass
    And each client is notified of each event once
    And no reminder was published twice

  @weekly
  Scenario: The release is rolled back under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When the release is rolled back
    And each client has created 20 more events
    Then the pods of api, scheduler and storer have been replaced
    And no request failed
    And each client is notified of each event once
    And no reminder was published twice

  @weekly
  Scenario: Schedulers and storers are scaled up under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When the release is upgraded with scheduler.replicas=3,storer.replicas=3
    And each client has created 20 more events
    Then no request failed
    And each client is notified of each event once
    And no reminder was published twice

  Scenario: More storers than the topic has partitions
    When an upgrade with storer.replicas=7 is attempted
    Then it is refused: "storer.replicas is 7, but the topic has 6 partitions"

  Scenario: A receiver in the cluster gets webhooks
    Given a receiver of webhooks runs in the cluster, and a Secret lists it
    When the release is upgraded with storer.webhooks.existingSecret=webhooks
    And Alice has 5 events whose reminders are due in 1 seconds
    Then the receiver prints each event of Alice once

  Scenario Outline: A pod is deleted under traffic
    Given 4 clients create events one after another, with reminders that are due immediately
    When a pod of <component> is deleted and replaced
    And each client has created 20 more events
    Then each client is notified of each event once
    And no container of api, scheduler or storer has been restarted

    Examples:
      | component |
      | api       |
      | scheduler |
      | storer    |
      | kafka     |
      | postgres  |

  @weekly
  Scenario: External PostgreSQL and Kafka, in another namespace
    Given a namespace with a Secret for a new database on the first release's PostgreSQL
    When a second release is installed there, with a new topic on the first release's Kafka
    And helm test is run for it
    Then all scenarios have passed
    And the second release runs no PostgreSQL or Kafka

  @weekly
  Scenario: The release is uninstalled and installed again
    Given Alice has 20 events whose reminders are due in 60 seconds
    When the release is uninstalled
    Then only two volumes are left
    When it is installed again
    Then Alice is notified of each event once
