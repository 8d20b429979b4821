Feature: Conditional requests
  An ETag names one state of an event. A client can skip reading what it already has, and change an event only if
  nobody else has changed it, so that two clients do not overwrite each other's changes.
  An ETag is opaque: clients send it back as they received it.

  In the scenarios, {current} is the event's ETag and {first} the one that it was created with.

  Rule: An ETag names one state of an event

    Scenario: Each change has a new ETag
      When Alice creates an event with
        | title | Dentist |
      Then the ETag is new
      When Alice reads "Dentist"
      Then the ETag is the same
      When Alice changes "Dentist" to have
        | description | Bring the X-ray. |
      Then the ETag is new
      When Alice replaces "Dentist" with
        | title | Dentist |
      Then the ETag is new

    Scenario: An ETag is not used again after the event was deleted
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice creates an event with the ID of "Dentist" and
        | title | Surgeon |
      Then the response is 201
      And the ETag is new
      When Alice requests "Dentist" with If-None-Match {first}
      Then the response is 200
      And the event is called "Surgeon"
      When Alice removes "Dentist" with If-Match {first}
      Then the response is 412
      And the database contains 1 event of Alice

  Rule: Conditional reads

    Scenario: The client has the current state
      Given Alice has an event "Dentist"
      When Alice requests "Dentist" with If-None-Match {current}
      Then the response is 304
      And the response has no body
      And the ETag is the same

    Scenario: The client has an old state
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | title | Surgeon |
      And Alice requests "Dentist" with If-None-Match {first}
      Then the response is 200
      And the ETag is the same
      And the event is called "Surgeon"

    Scenario Outline: Forms of If-None-Match
      Given Alice has an event "Dentist"
      When Alice requests "Dentist" with If-None-Match <tags>
      Then the response is <status>

      Examples:
        | tags                  | status |
        | *                     | 304    |
        | "x", {current}        | 304    |
        | "x"                   | 200    |
        | "1"                   | 200    |
        | {current, unquoted}   | 200    |

      Examples: A proxy that compresses responses makes ETags weak
        | tags                  | status |
        | W/{current}           | 304    |
        | "x", W/{current}      | 304    |

      Examples: The ETag of a compressed response
        | tags                  | status |
        | {current, compressed} | 304    |

    Scenario Outline: Reading a certain state only
      Given Alice has an event "Dentist"
      When Alice requests "Dentist" with If-Match <tags>
      Then the response is <status>

      Examples:
        | tags           | status |
        | {current}      | 200    |
        | "x", {current} | 200    |
        | *              | 200    |
        | "x"            | 412    |
        | W/{current}    | 412    |

  Rule: Conditional changes

    Scenario Outline: A change of the current state
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" with If-Match <tags>
      Then the response is <status>

      Examples:
        | changes  | tags                  | status |
        | replaces | {current}             | 200    |
        | renames  | {current}             | 200    |
        | removes  | {current}             | 204    |
        | replaces | *                     | 200    |
        | renames  | "x", {current}        | 200    |
        | removes  | {current, compressed} | 204    |

    Scenario Outline: A change of another state
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" with If-Match <tags>
      Then the response is 412
      And the problem says "<reason>"
      And the database contains Alice's "Dentist" as it was created

      Examples:
        | changes  | tags     | reason                |
        | replaces | "x"      | it is not in If-Match |
        | renames  | "1"      | it is not in If-Match |
        | removes  | "x", "y" | it is not in If-Match |
        | removes  | ""       | it is not in If-Match |

      Examples: If-Match compares strongly
        | changes  | tags             | reason                            |
        | replaces | W/{current}      | weak tags never match in If-Match |
        | renames  | "x", W/{current} | weak tags never match in If-Match |
        | removes  | W/{current}      | weak tags never match in If-Match |

      Examples: A tag has double quotes
        | changes  | tags                | reason                  |
        | replaces | {current, unquoted} | no tag in double quotes |
        | renames  | 1                   | no tag in double quotes |
        | removes  | {current, unquoted} | no tag in double quotes |

    Scenario Outline: A change of any state but one
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" with If-None-Match <tags>
      Then the response is 412
      And the problem says "If-None-Match"
      And the database contains Alice's "Dentist" as it was created

      Examples:
        | changes  | tags                  |
        | replaces | *                     |
        | renames  | *                     |
        | removes  | *                     |
        | replaces | {current}             |
        | renames  | "x", {current}        |
        | removes  | W/{current}           |
        | removes  | {current, compressed} |

    Scenario: If-None-Match with other tags lets a change pass
      Given Alice has an event "Dentist"
      When Alice renames "Dentist" with If-None-Match "x"
      Then the response is 200

    Scenario Outline: If-Match comes before If-None-Match
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" with If-Match <expected> and If-None-Match <known>
      Then the response is <status>

      Examples:
        | changes  | expected  | known     | status |
        | requests | {current} | {current} | 304    |
        | requests | "x"       | {current} | 412    |
        | requests | {current} | "x"       | 200    |
        | renames  | {current} | {current} | 412    |
        | renames  | {current} | "x"       | 200    |
        | removes  | "x"       | "x"       | 412    |

    Scenario: Two clients change the same event
      Given Alice has an event "Dentist"
      When Alice renames "Dentist" with If-Match {first}
      Then the response is 200
      And the ETag is new
      When Alice removes "Dentist" with If-Match {first}
      Then the response is 412
      And the ETag is the same
      When Alice removes "Dentist" with If-Match {current}
      Then the response is 204
      And the database no longer contains Alice's "Dentist"

    Scenario Outline: A missing event is not found under any condition
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice <changes> "Dentist" with <condition>
      Then the response is 404

      Examples:
        | changes  | condition            |
        | requests | If-None-Match *      |
        | replaces | If-Match {first}     |
        | renames  | If-Match *           |
        | removes  | If-None-Match *      |
