Feature: Operations
  Each of the three services tells whether it is alive, whether it is ready, and how it is doing.

  Scenario Outline: Alive, ready, measured
    When an operator asks the <service> for <path>
    Then the service answers <status>

    Examples:
      | service   | path     | status |
      | API       | /healthz | 200    |
      | API       | /readyz  | 200    |
      | Scheduler | /healthz | 200    |
      | Scheduler | /readyz  | 200    |
      | Storer    | /healthz | 200    |
      | Storer    | /readyz  | 200    |
      | Scheduler | /nothing | 404    |
      | Storer    | /nothing | 404    |

  Scenario Outline: What a person would be woken for is measured
    When an operator asks the <service> for /metrics
    Then the service answers 200
    And there is the metric <metric>

    Examples:
      | service   | metric                                          |
      | API       | http_requests_total                             |
      | API       | http_request_duration_seconds_bucket            |
      | API       | process_resident_memory_bytes                   |
      | Scheduler | calendar_scheduler_publish_lag_seconds_bucket   |
      | Scheduler | calendar_scheduler_oldest_due_timestamp_seconds |
      | Scheduler | process_resident_memory_bytes                   |
      | Storer    | calendar_storer_end_to_end_seconds_bucket       |
      | Storer    | process_resident_memory_bytes                   |

  Scenario: Metrics name routes, never users or events
    Given Alice has an event "Dentist"
    When Alice asks for "Dentist"
    And an operator asks the API for /metrics
    Then the metrics name neither Alice nor the ID of "Dentist"

  Scenario Outline: Metrics tell no secrets
    When an operator asks the <service> for /metrics
    Then the database's password is not in the answer

    Examples:
      | service   |
      | API       |
      | Scheduler |
      | Storer    |
