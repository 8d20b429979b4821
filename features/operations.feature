Feature: Operations
  Each service has endpoints for liveness, readiness and metrics.

  Scenario Outline: Liveness and readiness
    When an operator requests <path> from the <service>
    Then the service responds with <status>

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

  Scenario Outline: The metrics of the alerts are exported
    Given Alice has an event "Dentist"
    When Alice lists notifications
    And an operator requests /metrics from the <service>
    Then the service responds with 200
    And the metric <metric> is exported

    Examples:
      | service   | metric                                          |
      | API       | http_requests_total                             |
      | API       | http_request_duration_seconds_bucket            |
      | API       | process_resident_memory_bytes                   |
      | Scheduler | calendar_scheduler_publish_lag_seconds_bucket   |
      | Scheduler | calendar_scheduler_oldest_due_timestamp_seconds |
      | Scheduler | process_resident_memory_bytes                   |
      | Storer    | calendar_storer_end_to_end_seconds_bucket       |
      | Storer    | calendar_storer_notifications_stored_total      |
      | Storer    | calendar_storer_notifications_deleted_total     |
      | Storer    | calendar_storer_streams                         |
      | Storer    | calendar_storer_stream_delay_seconds_bucket     |
      | Storer    | http_requests_total                             |
      | Storer    | http_request_duration_seconds_bucket            |
      | Storer    | process_resident_memory_bytes                   |

  Scenario: Metrics contain no user or event IDs
    Given Alice has an event "Dentist"
    When Alice reads "Dentist"
    And an operator requests /metrics from the API
    Then the metrics name neither Alice nor the ID of "Dentist"

  Scenario: Metrics contain no user or notification IDs
    Given Alice has received "Football"
    When Alice acknowledges "Football"
    And an operator requests /metrics from the Storer
    Then the metrics name neither Alice nor the ID of the notification "Football"

  Scenario Outline: Metrics contain no secrets
    When an operator requests /metrics from the <service>
    Then the response does not contain the database password

    Examples:
      | service   |
      | API       |
      | Scheduler |
      | Storer    |
