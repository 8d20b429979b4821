Feature: Gateways
  A request body is never parsed as another request, whichever protocol the request offers through a gateway.
  A gateway forwards every method and path for users, and streams without delay.

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

  Scenario Outline: A notification passes a gateway as soon as it is stored
    Given Alice watches her notifications through <gateway>
    When a reminder that Alice creates through <gateway> is due
    Then Alice's stream shows it

    Examples:
      | gateway |
      | gateway |
      | nginx   |

  Scenario Outline: What browsers request passes a gateway
    When Alice sends <method> to <path> through <gateway>
    Then the gateway's response is <status>

    Examples:
      | gateway | method  | path                       | status |
      | gateway | HEAD    | /                          | 307    |
      | gateway | OPTIONS | /v1/events                 | 204    |
      | gateway | GET     | /docs/swagger-ui-bundle.js | 200    |
      | nginx   | HEAD    | /                          | 307    |
      | nginx   | OPTIONS | /v1/events                 | 204    |
      | nginx   | GET     | /docs/swagger-ui-bundle.js | 200    |
