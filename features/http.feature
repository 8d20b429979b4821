Feature: HTTP
  Browsers, caches and HTTP clients of every kind can use the API.

  Rule: HEAD and OPTIONS

    Scenario Outline: HEAD returns the headers of GET
      Given Alice has an event "Dentist"
      When Alice sends GET to <path>
      And Alice sends HEAD to <path>
      Then the response has no body
      And both responses have the same status and headers

      Examples:
        | path                                            |
        | /                                               |
        | /docs                                           |
        | /openapi.json                                   |
        | /healthz                                        |
        | /v1/events/day?date=2044-11-23                  |
        | /v1/events/month?start=2044-11-01               |
        | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 |
        | /v1/evnts                                       |

    Scenario Outline: OPTIONS lists the methods of a path
      When Alice sends OPTIONS to <path>
      Then the response is 204
      And the header Allow has <allowed>

      Examples:
        | path                                            | allowed                                   |
        | /                                               | GET, HEAD, OPTIONS                        |
        | /v1/events                                      | GET, HEAD, OPTIONS, POST                  |
        | /v1/events/batch                                | OPTIONS, POST                             |
        | /v1/events/7d444840-9dc0-41d1-b245-5ffdce74fad2 | DELETE, GET, HEAD, OPTIONS, PATCH, PUT    |

  Rule: Caches

    # Every response of every scenario has these headers.
    Scenario: A response is for its user only
      When Alice sends GET to /v1/events/day?date=2044-11-23
      Then the header Cache-Control has private, no-cache
      And the header Vary has X-User-Id, Accept-Encoding

  Rule: Compression

    Scenario Outline: A long list is compressed for clients that accept it
      Given Alice has 100 events on 2044-11-23
      When Alice lists the day 2044-11-23 and accepts <codings>
      Then the response is <form>

      Examples:
        | codings                     | form           |
        | gzip                        | compressed     |
        | br;q=1, gzip;q=0.8          | compressed     |
        | *                           | compressed     |
        | nothing                     | not compressed |
        | identity                    | not compressed |
        | gzip;q=0, *                 | not compressed |
        | gzip;q=0.5, identity        | not compressed |

    Scenario: A short list is not compressed
      When Alice lists the day 2044-11-23 and accepts gzip
      Then the response is not compressed

    Scenario Outline: A compressed request body is rejected
      When Alice posts an event that <is compressed>, with the header Content-Encoding: gzip
      Then the response is 415
      And the header Accept-Encoding has identity
      And the database contains no event of Alice

      Examples:
        | is compressed     |
        | is compressed     |
        | is not compressed |

  Rule: The documentation is part of the service

    Scenario: The root leads to the documentation
      When Alice sends GET to /
      Then the response is 307
      And the header Location has ./docs

    Scenario: The documentation loads nothing from another host
      When Alice sends GET to /docs
      Then the response is 200
      And the page and its files come from the API alone
