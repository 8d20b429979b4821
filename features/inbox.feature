Feature: Reading notifications
  A user reads their notifications from the Storer, in the order in which they arrived, and acknowledges them.
  Each page has a cursor, with which a client later asks for what arrived after it: no notification is ever missed.

  Rule: A notification is listed once it is stored

    Scenario: A user without notifications
      When Alice lists notifications
      Then the response is 200
      And there are no notifications

    Scenario: A reminder becomes a notification
      Given Alice has an event "Dentist" whose reminder is due in 1 second
      And Alice has been notified of "Dentist"
      When Alice lists notifications
      Then the notifications are "Dentist"
      And the notification is stored as Alice's

    Scenario: A notification has these members
      Given Alice has received a notification with
        | title      | Dentist                     |
        | event_date | 2044-11-23T10:00:00.123456Z |
        | notify_at  | 2044-11-22T10:00:00.5Z      |
      When Alice lists notifications
      Then the notification has what was sent
      And the notification is stored as Alice's
      And the notification has
        | recurrence_id   | absent |
        | user_id         | absent |
        | acknowledged_at | null   |

    Scenario Outline: Times are returned in UTC
      Given Alice has received a notification with
        | title      | Dentist      |
        | event_date | <event date> |
        | notify_at  | <notify at>  |
      When Alice lists notifications
      Then the notification has what was sent
      And the notification is stored as Alice's

      Examples:
        | event date                  | notify at                        |
        | 2044-11-23T13:00:00+03:00   | 2044-11-21T20:00:00-14:00        |
        | 2044-11-23T13:00:00.1Z      | 2044-11-23T12:59:59.000001+00:00 |
        | 9999-12-31T23:59:59.999999Z | 0001-01-01T00:00:00Z             |

    Scenario Outline: A title in any script
      Given Alice has received a notification with
        | title | <title> |
      When Alice lists notifications
      Then the notification has
        | title | <title> |

      Examples:
        | title                          |
        | Зубной врач                    |
        | 歯医者 👩‍⚕️                        |
        | <b>\\ & 'quoted' {"json": "😀"} |

    Scenario: The notification of an occurrence names it
      Given Alice has a series "Stand-up" in 2 seconds, 3 seconds and 1 day, with a reminder 0 seconds before
      And Alice has been notified of "Stand-up" 2 times
      When Alice lists notifications
      Then the notifications name the first and second occurrence of "Stand-up"

    Scenario Outline: The ID of an occurrence is returned as it was sent
      Given Alice has received a notification with
        | title         | Stand-up |
        | recurrence_id | <id>     |
      When Alice lists notifications
      Then the notification has
        | recurrence_id | <id> |

      Examples: A local date-time, or a date for all-day events
        | id                  |
        | 2044-11-23T09:00:00 |
        | 2044-11-23          |

    Scenario: Each reminder of an event has a notification
      Given Alice has an event "Dentist" that starts in 1 hour, with reminders 1 day and 2 days before
      And Alice has been notified of "Dentist" 2 times
      When Alice lists notifications
      Then the notifications are "Dentist", "Dentist"
      And the notifications have different IDs

    Scenario: A message that is repeated is listed once
      When a producer writes a notification for Alice
      And a producer writes that notification for Alice again
      And another notification for Alice is written to the same partition
      Then Alice's notification is stored as it was written
      And Alice's later notification is stored
      When Alice lists notifications
      Then the list has 2 notifications
      And the notifications have different IDs

    Scenario: A later change of the event does not change its notification
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice changes "Dentist" to have
        | title | Surgeon |
      And Alice lists notifications
      Then the notifications are "Dentist"

    Scenario: The notification of a deleted event is still listed
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice deletes "Dentist"
      And Alice lists notifications
      Then the notifications are "Dentist"

    Scenario: Users see only their own notifications
      Given Alice has received "Dentist"
      And Bob has received "Football"
      When Alice lists notifications
      Then the notifications are "Dentist"
      When Bob lists notifications
      Then the notifications are "Football"
      When Carol lists notifications
      Then there are no notifications

  Rule: Notifications are listed in order of arrival

    Scenario: The order is neither that of titles nor of due times
      Given Alice has received a notification with
        | title     | second               |
        | notify_at | 2044-11-22T10:00:00Z |
      And Alice has received a notification with
        | title     | third                |
        | notify_at | 2044-11-21T10:00:00Z |
      And Alice has received a notification with
        | title     | first                |
        | notify_at | 2044-11-20T10:00:00Z |
      When Alice lists notifications
      Then the notifications are "second", "third", "first"

    Scenario: What arrives later is listed later
      Given Alice has received "first", "second" and "third"
      When Alice lists notifications
      Then the notifications are "first", "second", "third"
      When Alice lists notifications again
      Then both responses are the same

  Rule: A cursor continues where a page ended

    Scenario: Paging through a list
      Given Alice has received 7 notifications
      When Alice pages through notifications by 3
      Then the pages have 3, 3, 1 notifications
      And the pages contain each notification of Alice once, in the list's order

    Scenario: A limit of all notifications
      Given Alice has received 3 notifications
      When Alice lists notifications with limit=3
      Then the list has 3 notifications
      When Alice continues the list
      Then there are no notifications

    Scenario: A page has at most 1000 notifications
      Given Alice has received 1001 notifications
      When Alice lists notifications
      Then the list has 1000 notifications
      When Alice continues the list
      Then the list has 1 notification
      When Alice pages through notifications by 1000
      Then the pages have 1000, 1 notifications
      And the pages contain each notification of Alice once, in the list's order

    Scenario: Resuming after the last page
      Given Alice has received "first" and "second"
      When Alice lists notifications
      And Alice continues the list
      Then there are no notifications
      When Alice receives "third"
      And Alice continues the list
      Then the notifications are "third"
      When Alice receives "fourth" and "fifth"
      And Alice continues the list
      Then the notifications are "fourth", "fifth"

    Scenario: Resuming after an empty list
      When Alice lists notifications
      Then there are no notifications
      When Bob receives "Football"
      And Alice continues the list
      Then there are no notifications
      When Alice receives "first"
      And Alice continues the list
      Then the notifications are "first"

    Scenario: A cursor can be used again
      Given Alice has received "first", "second" and "third"
      When Alice lists notifications with limit=1
      And Alice lists notifications after that page
      Then the notifications are "second", "third"
      When Alice receives "fourth"
      And Alice lists notifications after that page
      Then the notifications are "second", "third", "fourth"

    Scenario: No notification is missed while others arrive
      When 300 notifications for Alice arrive while a client pages through them by 7
      Then the pages contain each notification of Alice once, in the list's order

    Scenario Outline: Limits
      When Alice lists notifications with limit=<limit>
      Then the response is <status>

      Examples:
        | limit | status |
        | 1     | 200    |
        | 1000  | 200    |

    Scenario Outline: Limits that are rejected
      When Alice lists notifications with limit=<limit>
      Then the response is 422 and names query.limit

      Examples:
        | limit                |
        | 0                    |
        | -1                   |
        | 1001                 |
        | 99999999999999999999 |
        | 1.5                  |
        | many                 |
        | %00                  |

    Scenario Outline: Cursors that no page has given
      When Alice lists notifications with after=<cursor>
      Then the response is 422 and names query.after

      Examples:
        | cursor                                   |
        | x                                        |
        | -1                                       |
        | 7d444840-9dc0-41d1-b245-5ffdce74fad2     |
        | 2044-11-23T10:00:00Z                     |
        | AAAA                                     |
        | e30                                      |
        | %00                                      |
        | %ED%A0%80                                |
        | %F0%9F%98%80                             |
        | 99999999999999999999999999999999999999   |

    Scenario: A cursor that was cut off is rejected
      Given Alice has received "first"
      When Alice lists notifications
      And Alice lists notifications after that page, with the last 3 characters of the cursor cut off
      Then the response is 422 and names query.after

  Rule: A notification is acknowledged once

    Scenario: Acknowledging
      Given Alice has received "first" and "second"
      When Alice acknowledges "first"
      Then the response is 200
      And the notification is "first", now acknowledged
      When Alice lists notifications
      Then the notifications are "first", "second"
      And "first" is acknowledged as in that response
      And "second" is not acknowledged

    Scenario: Acknowledging again changes nothing
      Given Alice has received "first"
      When Alice acknowledges "first"
      And Alice acknowledges "first"
      Then the response is 200
      And both responses are the same

    Scenario: Many clients acknowledge at once
      Given Alice has received "first"
      When Alice acknowledges "first" from 10 clients at once
      Then all clients receive the same notification

    Scenario: Acknowledging does not bring a notification back
      Given Alice has received "first" and "second"
      When Alice lists notifications
      And Alice acknowledges "first"
      And Alice receives "third"
      And Alice lists notifications after that page
      Then the notifications are "third"

    Scenario: Listing what is not acknowledged
      Given Alice has received "first", "second" and "third"
      And Alice has acknowledged "second"
      When Alice lists notifications with unacknowledged=true
      Then the notifications are "first", "third"
      When Alice lists notifications with unacknowledged=false
      Then the notifications are "first", "second", "third"
      When Alice lists notifications
      Then the notifications are "first", "second", "third"

    Scenario: Everything is acknowledged
      Given Alice has received "first"
      And Alice has acknowledged "first"
      When Alice lists notifications with unacknowledged=true
      Then there are no notifications
      When Alice receives "second"
      And Alice lists notifications after that page, with unacknowledged=true
      Then the notifications are "second"

    Scenario: Paging through what is not acknowledged, acknowledging each page
      Given Alice has received 7 notifications
      When Alice pages through notifications by 2 with unacknowledged=true, acknowledging each
      Then the pages have 2, 2, 2, 1 notifications
      And the pages contain each notification of Alice once, in the list's order
      When Alice lists notifications with unacknowledged=true
      Then there are no notifications

    Scenario: A cursor is good for both lists
      Given Alice has received "first", "second", "third" and "fourth"
      And Alice has acknowledged "second"
      When Alice lists notifications with unacknowledged=true&limit=1
      And Alice lists notifications after that page
      Then the notifications are "second", "third", "fourth"
      When Alice lists notifications with limit=2
      And Alice lists notifications after that page, with unacknowledged=true
      Then the notifications are "third", "fourth"

    Scenario Outline: Values of unacknowledged that are rejected
      When Alice lists notifications with unacknowledged=<value>
      Then the response is 422 and names query.unacknowledged

      Examples:
        | value   |
        | maybe   |
        | 2       |
        | null    |

    Scenario: Another user's notification is not found
      Given Alice has received "Dentist"
      When Bob acknowledges "Dentist"
      Then the response is 404
      When Bob sends POST to the Storer's /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge
      Then the response is 404
      And both responses are the same
      When Alice lists notifications
      Then "Dentist" is not acknowledged

    Scenario: An event's ID is not a notification's
      Given Alice has an event "Dentist" that starts in 1 hour, with a reminder 1 day before
      And Alice has been notified of "Dentist"
      When Alice acknowledges the ID of the event "Dentist"
      Then the response is 404

    Scenario Outline: IDs that are malformed
      When Alice sends POST to the Storer's /v1/notifications/<id>/acknowledge
      Then the response is 422

      Examples:
        | id                                    |
        | dentist                               |
        | 1                                     |
        | 7d444840-9dc0-41d1-b245-5ffdce74fad   |
        | 7d444840-9dc0-41d1-b245-5ffdce74fad22 |
        | %00                                   |

  Rule: Every request names its user

    Scenario Outline: Ways to name the user
      Given Alice has received "Dentist"
      When a client lists notifications and names Alice in <place>
      Then the notifications are "Dentist"

      Examples:
        | place                    |
        | the header               |
        | the parameter            |
        | the header and parameter |

    Scenario: Acknowledging for the user in the parameter
      Given Alice has received "Dentist"
      When a client acknowledges "Dentist" and names Alice in the parameter
      Then the response is 200
      And the notification is "Dentist", now acknowledged

    Scenario: Header and parameter name different users
      When a client lists notifications, naming Alice in the header but Bob in the parameter
      Then the response is 422

    Scenario Outline: A request without a user is rejected
      When an anonymous client sends <method> to the Storer's <path>
      Then the response is 422

      Examples:
        | method | path                                                               |
        | GET    | /v1/notifications                                                  |
        | GET    | /v1/notifications/stream                                           |
        | POST   | /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge |

    Scenario Outline: Valid and invalid user IDs
      When a user with the ID <name> lists notifications
      Then the response is <status>

      Examples:
        | name                          | status |
        | Alice.B_c@example.org:7+8-9   | 200    |
        | 128 letters                   | 200    |
        | 129 letters                   | 422    |
        | nothing                       | 422    |
        | alice smith                   | 422    |
        | алиса                         | 422    |

  Rule: Errors are problem details

    Scenario: An error has a type, a status and an instance
      When Alice sends POST to the Storer's /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge
      Then the response is 404
      And the header Content-Type is application/problem+json
      And the problem has type, title, detail
      And the problem's instance is /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge

    Scenario: Every invalid parameter is reported
      When Alice lists notifications with limit=0&unacknowledged=maybe
      Then the response is 422 and names query.limit
      And the response is 422 and names query.unacknowledged

    Scenario Outline: Unknown query parameters
      When Alice sends <method> to the Storer's <path>?dry_run=1
      Then the response is 422 and names query.dry_run

      Examples:
        | method | path                                                               |
        | GET    | /v1/notifications                                                  |
        | GET    | /v1/notifications/stream                                           |
        | POST   | /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge |

    Scenario: The cursor's parameter is not that of events
      When Alice lists notifications with cursor=x
      Then the response is 422 and names query.cursor

    Scenario Outline: Unknown paths
      When Alice sends GET to the Storer's <path>
      Then the response is 404

      Examples:
        | path                                                             |
        | /v1                                                              |
        | /v1/notification                                                 |
        | /v1/events                                                       |
        | /v2/notifications                                                |
        | /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/forget    |

    Scenario Outline: Methods that a path does not allow
      When Alice sends <method> to the Storer's <path>
      Then the response is 405
      And the header Allow has <allowed>

      Examples:
        | method | path                                                               | allowed   |
        | PUT    | /v1/notifications                                                  | GET, HEAD |
        | DELETE | /v1/notifications                                                  | GET, HEAD |
        | DELETE | /v1/notifications/stream                                           | GET, HEAD |
        | GET    | /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge | POST      |

    Scenario: The client's request ID is returned
      When Alice lists notifications under the request ID checkout-2044.11.23_7
      Then the response is 200
      And the header X-Request-Id is checkout-2044.11.23_7

    Scenario: A body has at most 1 MiB
      Given Alice has received "Dentist"
      When Alice acknowledges "Dentist" with a body of 1048577 bytes
      Then the response is 413

  Rule: Browsers, caches and HTTP clients of every kind can use it

    Scenario Outline: HEAD returns the headers of GET
      Given Alice has received "Dentist"
      When Alice sends GET to the Storer's <path>
      And Alice sends HEAD to the Storer's <path>
      Then the response has no body
      And both responses have the same status and headers

      Examples:
        | path                      |
        | /                         |
        | /docs                     |
        | /openapi.json             |
        | /healthz                  |
        | /v1/notifications         |
        | /v1/notifications?limit=0 |
        | /v1/notification          |

    Scenario Outline: OPTIONS lists the methods of a path
      When Alice sends OPTIONS to the Storer's <path>
      Then the response is 204
      And the header Allow has <allowed>

      Examples:
        | path                                                               | allowed            |
        | /v1/notifications                                                  | GET, HEAD, OPTIONS |
        | /v1/notifications/stream                                           | GET, HEAD, OPTIONS |
        | /v1/notifications/7d444840-9dc0-41d1-b245-5ffdce74fad2/acknowledge | OPTIONS, POST      |

    # Every response of every scenario has these headers.
    Scenario: A response is for its user only
      When Alice lists notifications
      Then the header Cache-Control has private, no-cache
      And the header Vary has X-User-Id, Accept-Encoding

    Scenario: Other origins are not allowed unless configured
      When Alice lists notifications from a page of https://elsewhere.example.com
      Then the response is 200
      And the response has no header Access-Control-Allow-Origin

    Scenario Outline: A long list is compressed for clients that accept it
      Given Alice has received 30 notifications
      When Alice lists notifications and accepts <codings>
      Then the response is <form>

      Examples:
        | codings  | form           |
        | gzip     | compressed     |
        | identity | not compressed |

  Rule: The Storer describes itself

    Scenario: The OpenAPI document has every operation
      When Alice sends GET to the Storer's /openapi.json
      Then the response is 200
      And the document describes
        | path                                            | methods |
        | /v1/notifications                               | get     |
        | /v1/notifications/stream                        | get     |
        | /v1/notifications/{notification_id}/acknowledge | post    |

    Scenario: The root leads to the documentation
      When Alice sends GET to the Storer's /
      Then the response is 307
      And the header Location has ./docs

    Scenario: The documentation loads nothing from another host
      When Alice sends GET to the Storer's /docs
      Then the response is 200
      And the page and its files come from the Storer alone
