Feature: Watching notifications
  A user watches their notifications arrive: a stream of server-sent events, one for each notification. Its ID is a
  cursor, as those of lists are: a client that was disconnected resumes after the last event that it received,
  without missing or repeating one.

  Rule: A stream delivers what arrives

    Scenario: A reminder that becomes due is delivered
      Given Alice has opened a stream
      And Alice has an event "Dentist" whose reminder is due in 1 second
      Then Alice's stream delivers "Dentist"
      And each event of Alice's stream is the notification that the list contains

    Scenario: The notification of an occurrence names it
      Given Alice has opened a stream
      And Alice has a series "Stand-up" in 2 seconds, 3 seconds and 1 day, with a reminder 0 seconds before
      Then Alice's stream delivers "Stand-up", "Stand-up"
      And each event of Alice's stream is the notification that the list contains

    Scenario: A stream delivers what arrives from now on
      Given Alice has received "first" and "second"
      When Alice opens a stream
      And Alice receives "third" and "fourth"
      Then Alice's stream has delivered "third", "fourth" and nothing else
      And each event of Alice's stream is the notification that the list contains

    Scenario: Titles in any script, and with line ends
      Given Alice has opened a stream
      When Alice receives "Зубной врач", "歯医者 👩‍⚕️"
      And Alice receives a notification titled "two\nlines\r\n: of\rtext\u2028\u0085"
      Then Alice's stream has delivered 3 notifications and nothing else
      And each event of Alice's stream is the notification that the list contains

    Scenario: Many notifications at once are delivered in the order of the list
      Given Alice has opened a stream
      When Alice receives 500 notifications
      Then Alice's stream has delivered 500 notifications and nothing else
      And the events of Alice's stream are in the list's order

    Scenario: A repeated message is delivered once
      Given Alice has opened a stream
      When a producer writes a notification for Alice
      And a producer writes that notification for Alice again
      And another notification for Alice is written to the same partition
      Then Alice's notification is stored as it was written
      And Alice's later notification is stored
      And Alice's stream has delivered 2 notifications and nothing else

    Scenario: Acknowledging delivers nothing
      Given Alice has opened a stream
      When Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else
      When Alice acknowledges "first"
      And Alice receives "second"
      Then Alice's stream has delivered "first", "second" and nothing else

    Scenario: Users see only their own notifications
      Given Alice has opened a stream
      And Bob has opened a stream
      When Alice receives "Dentist"
      And Bob receives "Football"
      And Alice receives "Surgeon"
      Then Alice's stream has delivered "Dentist", "Surgeon" and nothing else
      And Bob's stream has delivered "Football" and nothing else

    Scenario: A user has several streams
      Given Alice has opened a stream
      When Alice receives "first"
      And Alice opens a second stream
      And Alice receives "second"
      Then Alice's stream has delivered "first", "second" and nothing else
      And Alice's second stream has delivered "second" and nothing else

    Scenario: A stream that ends does not end others
      Given Alice has opened a stream
      And Alice has opened a second stream
      When Alice's second stream is disconnected
      And Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else

    @timing
    Scenario: Notifications are delivered as soon as they are stored
      Given 10 users have opened a stream
      When each of those users receives 20 notifications
      Then 99 % of 200 events are delivered at most 250 milliseconds after they were stored

    @timing
    Scenario: A comment is sent every 15 seconds while nothing arrives
      Given Alice has opened a stream
      Then Alice's stream sends comments at most 15 seconds apart

  Rule: The ID of an event is a cursor

    Scenario: A list continues after an event of a stream
      Given Alice has opened a stream
      When Alice receives "first", "second" and "third"
      Then Alice's stream delivers "first", "second", "third"
      When Alice lists notifications after the event "first" of her stream
      Then the notifications are "second", "third"

    Scenario: A stream continues after a page of a list
      Given Alice has received "first", "second" and "third"
      When Alice lists notifications with limit=1
      And Alice opens a stream after that page
      Then Alice's stream has delivered "second", "third" and nothing else

    Scenario: A stream continues after an empty list
      When Alice lists notifications
      Then there are no notifications
      When Alice receives "first"
      And Alice opens a stream after that page
      Then Alice's stream has delivered "first" and nothing else

  Rule: A client resumes after the last event that it received

    Scenario: What arrives while the client is away
      Given Alice has opened a stream
      When Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else
      When Alice's stream is disconnected
      And Alice receives "second" and "third"
      And Alice's stream is resumed
      And Alice receives "fourth"
      Then Alice's stream has delivered "second", "third", "fourth" and nothing else

    Scenario: Nothing arrives while the client is away
      Given Alice has opened a stream
      When Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else
      When Alice's stream is disconnected
      And Alice's stream is resumed
      And Alice receives "second"
      Then Alice's stream has delivered "second" and nothing else

    Scenario: A client that has received nothing yet
      Given Alice has received "first"
      And Alice has opened a stream
      When Alice's stream is disconnected after its first lines
      And Alice receives "second"
      And Alice's stream is resumed
      Then Alice's stream has delivered "second" and nothing else

    Scenario: Resuming twice from the same event
      Given Alice has opened a stream
      When Alice receives "first" and "second"
      Then Alice's stream has delivered "first", "second" and nothing else
      When Alice opens a second stream after the event "first" of the first
      Then Alice's second stream has delivered "second" and nothing else
      When Alice opens a third stream after the event "first" of the first
      Then Alice's third stream has delivered "second" and nothing else

    Scenario: More than a page arrives while the client is away
      Given Alice has opened a stream
      When Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else
      When Alice's stream is disconnected
      And Alice receives 1500 notifications
      And Alice's stream is resumed
      Then Alice's stream has delivered 1500 notifications and nothing else
      And the events of Alice's stream are in the list's order

    Scenario: A connection that is lost again and again
      When 400 notifications for Alice arrive while a stream is disconnected and resumed after every 15 events
      Then each of Alice's notifications was delivered once, in the list's order

    Scenario Outline: An ID that no event had
      When Alice opens a stream with Last-Event-ID <id>
      Then the response is 422
      And the problem has type, title, detail

      Examples:
        | id                                     |
        | x                                      |
        | 0x10                                   |
        | -1                                     |
        | AAAA                                   |
        | 7d444840-9dc0-41d1-b245-5ffdce74fad2   |
        | 2044-11-23T10:00:00Z                   |
        | 2000 letters                           |
        | 99999999999999999999999999999999999999 |

  Rule: A stream is an HTTP response

    Scenario: The headers of a stream
      When Alice opens a stream
      Then the response is 200
      And the media type is text/event-stream
      And the header Cache-Control has private, no-cache
      And the header Vary has X-User-Id
      And the response has no header Content-Length
      And the response has no header Content-Encoding

    Scenario: A stream tells clients when to reconnect
      Given Alice has opened a stream
      When Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else
      And Alice's stream has set the reconnection time

    Scenario: HEAD returns the headers of GET
      When Alice opens a stream
      And Alice sends HEAD to the Storer's /v1/notifications/stream
      Then the response is 200
      And the response has no body
      And the media type is text/event-stream

    # A browser's EventSource cannot set headers.
    Scenario: The user is named in the parameter
      When a client opens a stream and names Alice in the parameter
      And Alice receives "first"
      Then Alice's stream has delivered "first" and nothing else

    Scenario Outline: Parameters of lists are not those of streams
      When Alice sends GET to the Storer's /v1/notifications/stream?<name>=<value>
      Then the response is 422 and names query.<name>

      Examples:
        | name           | value |
        | limit          | 1     |
        | after          | x     |
        | unacknowledged | true  |
        | Last-Event-ID  | x     |

    Scenario: The client's request ID is returned
      When Alice opens a stream under the request ID checkout-2044.11.23_7
      Then the response is 200
      And the header X-Request-Id is checkout-2044.11.23_7
