"""The users of one scenario: each has an ID that no other scenario, and no other run, knows."""

from uuid import uuid4


class People:
    """User IDs by the names that the scenario uses."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """The ID of the user with this name."""
        return self._ids.setdefault(name, f"{name.lower()}-{uuid4().hex[:16]}")

    def __str__(self) -> str:
        return ", ".join(f"{name} is {user_id}" for name, user_id in self._ids.items())
