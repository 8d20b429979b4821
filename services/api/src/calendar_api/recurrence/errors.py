"""Errors of a series, each with the part of it that is wrong."""


class RecurrenceError(ValueError):
    """A series that cannot be: `part` is wrong, and `sentence` says how."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(f"{part} {sentence}")
        self.part = part
        self.sentence = sentence


class RuleError(RecurrenceError):
    """A rule that is malformed or never occurs; `part` is the keyword, such as BYDAY."""


class StartError(RecurrenceError):
    """The start is an occurrence neither of the rule nor of the additional dates."""

    def __init__(self) -> None:
        super().__init__("start", "must be an occurrence of the rule or one of the dates")


class NoOccurrenceError(RecurrenceError):
    """Every occurrence is excluded."""

    def __init__(self) -> None:
        super().__init__("excluded", "must leave at least one occurrence")
