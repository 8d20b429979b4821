Feature: Webhooks
  Notifications are sent to the receivers that the operator configured. The example receiver accepts only what is signed
  with its secret, and prints each notification once.

  Scenario: A receiver gets each notification
    When Alice has 5 events whose reminders are due in 1 seconds
    Then the receiver prints each event of Alice once
