Feature: Gateways
  A request body is never parsed as another request, whichever protocol the request offers through a gateway.

  Scenario Outline: Request smuggling in the body of a request
    When Mallory sends through <gateway> an event that offers <protocol>, with an event of Alice hidden in its body
    Then Mallory's request is rejected as invalid
    And Alice has no event

    Examples:
      | gateway | protocol  |
      | gateway | h2c       |
      | gateway | websocket |
      | nginx   | h2c       |
      | nginx   | websocket |

  Scenario Outline: A client that offers HTTP/2 creates an event
    When Alice creates an event through <gateway>, and offers h2c
    Then the event is stored

    Examples:
      | gateway |
      | gateway |
      | nginx   |
