Feature: Errors
  Errors are problem details (RFC 9457), and every response has the request ID under which it is logged.

  Rule: Errors are problem details

    Scenario: An error has a type, a status and an instance
      When Alice requests /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2
      Then the response is 404
      And the header Content-Type is application/problem+json
      And the problem has type, title, detail
      And the problem's status is 404
      And the problem's instance is /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2

    Scenario: Every invalid field is reported
      When Alice posts the document {"title": " ", "starts_at": "2044-11-23T10:00:00", "duration": "P1Y"} to /v1/events
      Then the response is 422 and names body.title
      And the response is 422 and names body.starts_at
      And the response is 422 and names body.duration

    Scenario Outline: A body that is not JSON
      When Alice posts the text <text> to /v1/events
      Then the response is 422
      And the database contains no event of Alice

      Examples:
        | text                     |
        | Dentist                  |
        | {"title": "Dentist"      |
        | {"title": "Dentist",}    |
        | {'title': 'Dentist'}     |
        | <title>Dentist</title>   |

    Scenario Outline: JSON that is not an event
      When Alice posts the document <document> to /v1/events
      Then the response is 422

      Examples:
        | document    |
        | {}          |
        | []          |
        | null        |
        | "Dentist"   |
        | 5           |

    Scenario: An empty body
      When Alice posts an empty body to /v1/events
      Then the response is 422

    Scenario: A body that is not UTF-8
      When Alice posts bytes that are not UTF-8 to /v1/events
      Then the response is 422

    Scenario: A byte order mark is ignored
      When Alice posts an event after a byte order mark to /v1/events
      Then the response is 201

    Scenario: Deeply nested JSON
      When Alice posts a document with 100000 nested arrays to /v1/events
      Then the response is 422

    Scenario Outline: Content types
      When Alice posts an event as <content type>
      Then the response is <status>

      Examples:
        | content type                      | status |
        | application/json                  | 201    |
        | application/json; charset=utf-8   | 201    |
        | application/json; charset="UTF8"  | 201    |
        | application/json;                 | 201    |
        | application/json; version=1       | 201    |
        | application/json; charset=latin-1 | 415    |
        | text/plain                        | 415    |
        | application/x-www-form-urlencoded | 415    |
        | application/xml                   | 415    |
        | application/merge-patch+json      | 415    |
        | no type                           | 415    |

  Rule: Body size is limited

    Scenario Outline: Body size limits
      When Alice sends <an event> in <bytes> bytes, <manner>
      Then the response is <status>

      Examples: An event has up to 1 MiB
        | an event | bytes   | manner    | status |
        | an event | 1048576 | announced | 201    |
        | an event | 1048577 | announced | 413    |
        | an event | 1048576 | in chunks | 201    |
        | an event | 1048577 | in chunks | 413    |

      Examples: A batch has up to 16 MiB
        | an event | bytes    | manner    | status |
        | a batch  | 16777216 | announced | 201    |
        | a batch  | 16777217 | announced | 413    |
        | a batch  | 16777217 | in chunks | 413    |

  Rule: Paths and methods

    Scenario Outline: Unknown paths
      When Alice sends GET to <path>
      Then the response is 404

      Examples:
        | path                                                     |
        | /v1                                                      |
        | /v1/evnts                                                |
        | /v2/events                                               |
        | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2/reminder |

    Scenario Outline: Methods that a path does not allow
      When Alice sends <method> to <path>
      Then the response is 405
      And the header Allow has <allowed>

      Examples:
        | method | path                                            | allowed                       |
        | PUT    | /v1/events                                      | GET, HEAD, POST               |
        | DELETE | /v1/events                                      | GET, HEAD, POST               |
        | POST   | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 | GET, HEAD, PUT, PATCH, DELETE |
        | POST   | /v1/events/day                                  | GET, HEAD                     |
        | DELETE | /v1/events/week                                 | GET, HEAD                     |
        | PATCH  | /v1/events/month                                | GET, HEAD                     |
        | GET    | /v1/events/batch                                | POST                          |

    Scenario Outline: Unknown query parameters
      When Alice sends <method> to <path>?dry_run=1
      Then the response is 422 and names query.dry_run

      Examples:
        | method | path                                            |
        | POST   | /v1/events                                      |
        | POST   | /v1/events/batch                                |
        | GET    | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | PUT    | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | PATCH  | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | DELETE | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | GET    | /v1/events/day                                  |

  Rule: Every response has a request ID

    Scenario: The client's request ID is returned
      When Alice sends a request with the ID "checkout-2044.11.23_7"
      Then the response is 200
      And the header X-Request-Id is checkout-2044.11.23_7

    Scenario Outline: A request ID that is unsafe to log is replaced
      When Alice sends a request with the ID "<id>"
      Then the response is 200
      And the response has a new request ID

      Examples:
        | id                            |
        | two words                     |
        | {"admin": true}               |
        | 1000 letters                  |

    Scenario: Each request without an ID gets a new one
      When Alice sends GET to /v1/events/day?date=2044-11-23
      And Alice sends GET to /v1/events/day?date=2044-11-23
      Then both requests have different IDs

    Scenario: Errors have a request ID
      When Alice sends GET to /v1/evnts
      Then the response is 404
      And the response has a new request ID

  Rule: The API describes itself

    Scenario: The OpenAPI document has every operation
      When Alice sends GET to /openapi.json
      Then the response is 200
      And the document describes
        | path                  | methods                 |
        | /v1/events            | get, post               |
        | /v1/events/batch      | post                    |
        | /v1/events/{event_id} | get, put, patch, delete |
        | /v1/events/day        | get                     |
        | /v1/events/week       | get                     |
        | /v1/events/month      | get                     |

    Scenario: Interactive documentation is available
      When Alice sends GET to /docs
      Then the response is 200
