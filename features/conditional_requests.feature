Feature: Conditional requests
  The ETag of an event is its version. A client can skip reading what it already has, and change an event only if
  it has the current version, so that two clients do not overwrite each other's changes.

  Rule: Conditional reads

    Scenario: The client has the current version
      Given Alice has an event "Dentist"
      When Alice requests "Dentist" with If-None-Match "1"
      Then the response is 304
      And the response has no body
      And the header ETag is "1"

    Scenario: The client has an old version
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | title | Surgeon |
      And Alice requests "Dentist" with If-None-Match "1"
      Then the response is 200
      And the header ETag is "2"
      And the event is called "Surgeon"

    Scenario Outline: Forms of If-None-Match
      Given Alice has an event "Dentist"
      When Alice requests "Dentist" with If-None-Match <tags>
      Then the response is <status>

      Examples:
        | tags          | status |
        | *             | 304    |
        | "7", "1"      | 304    |
        | W/"1"         | 304    |
        | "7"           | 200    |
        | "11"          | 200    |

  Rule: Conditional changes

    Scenario Outline: A change of the current version
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" with If-Match <tags>
      Then the response is <status>

      Examples:
        | changes  | tags     | status |
        | replaces | "1"      | 200    |
        | renames  | "1"      | 200    |
        | removes  | "1"      | 204    |
        | replaces | *        | 200    |
        | renames  | "7", "1" | 200    |

    Scenario Outline: A change of another version
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" with If-Match <tags>
      Then the response is 412
      And the database contains Alice's "Dentist" as it was created

      Examples:
        | changes  | tags  |
        | replaces | "2"   |
        | renames  | "2"   |
        | removes  | "2"   |
        | renames  | "11"  |
        | renames  | W/"1" |
        | removes  | "7", "8" |

    Scenario: Two clients change the same event
      Given Alice has an event "Dentist"
      When Alice renames "Dentist" with If-Match "1"
      Then the response is 200
      And the header ETag is "2"
      When Alice removes "Dentist" with If-Match "1"
      Then the response is 412
      When Alice removes "Dentist" with If-Match "2"
      Then the response is 204
      And the database no longer contains Alice's "Dentist"

    Scenario Outline: A missing event is not found, with any version
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice <changes> "Dentist" with If-Match "1"
      Then the response is 404

      Examples:
        | changes  |
        | replaces |
        | renames  |
        | removes  |
