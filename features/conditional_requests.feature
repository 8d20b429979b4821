Feature: Conditional requests
  An event's version is its ETag. A client can ask only for what it does not have yet, and change only what it
  has seen, so that two people at two screens do not overwrite each other.

  Rule: Reading what changed

    Scenario: A client that has the event already is told so
      Given Alice has an event "Dentist"
      When Alice, who has version "1", asks for "Dentist"
      Then the answer is 304
      And the answer has no body
      And the header ETag is "1"

    Scenario: A client that has an old version gets the new one
      Given Alice has an event "Dentist"
      When Alice changes "Dentist" to have
        | title | Surgeon |
      And Alice, who has version "1", asks for "Dentist"
      Then the answer is 200
      And the header ETag is "2"
      And the event is called "Surgeon"

    Scenario Outline: Ways to name a version
      Given Alice has an event "Dentist"
      When Alice, who has version <tags>, asks for "Dentist"
      Then the answer is <status>

      Examples:
        | tags          | status |
        | *             | 304    |
        | "7", "1"      | 304    |
        | W/"1"         | 304    |
        | "7"           | 200    |
        | "11"          | 200    |

  Rule: Changing only what was seen

    Scenario Outline: A change of the version that was seen
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" if it is at <tags>
      Then the answer is <status>

      Examples:
        | changes  | tags     | status |
        | replaces | "1"      | 200    |
        | renames  | "1"      | 200    |
        | removes  | "1"      | 204    |
        | replaces | *        | 200    |
        | renames  | "7", "1" | 200    |

    Scenario Outline: A change of a version that is no longer there
      Given Alice has an event "Dentist"
      When Alice <changes> "Dentist" if it is at <tags>
      Then the answer is 412
      And the database holds Alice's "Dentist" as it was created

      Examples:
        | changes  | tags  |
        | replaces | "2"   |
        | renames  | "2"   |
        | removes  | "2"   |
        | renames  | "11"  |
        | renames  | W/"1" |
        | removes  | "7", "8" |

    Scenario: Two people change the same event
      Given Alice has an event "Dentist"
      When Alice renames "Dentist" if it is at "1"
      Then the answer is 200
      And the header ETag is "2"
      When Alice removes "Dentist" if it is at "1"
      Then the answer is 412
      When Alice removes "Dentist" if it is at "2"
      Then the answer is 204
      And the database no longer holds Alice's "Dentist"

    Scenario Outline: An event that does not exist is not found, whatever version is named
      Given Alice has an event "Dentist"
      And Alice has deleted "Dentist"
      When Alice <changes> "Dentist" if it is at "1"
      Then the answer is 404

      Examples:
        | changes  |
        | replaces |
        | renames  |
        | removes  |
