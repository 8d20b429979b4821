Feature: Gateways
  What a client writes into a request's body stays a body, whatever the request offers on its way through a gateway.

  Scenario Outline: A request is hidden in the body of another
    When Mallory sends through <gateway> an event that offers <protocol>, with an event of Alice hidden in its body
    Then Mallory's request is refused as invalid
    And Alice has no event

    Examples:
      | gateway | protocol  |
      | gateway | h2c       |
      | gateway | websocket |
      | nginx   | h2c       |
      | nginx   | websocket |

  Scenario Outline: A client that prefers HTTP/2 creates an event
    When Alice creates an event through <gateway>, and offers h2c
    Then the event is stored

    Examples:
      | gateway |
      | gateway |
      | nginx   |
