"""Random user IDs for the names in a scenario, so that scenarios and runs are independent."""

from uuid import uuid4


class UserIds:
    """User IDs by name."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """Returns the ID for a name."""
        return self._ids.setdefault(name, f"{name.lower()}-{uuid4().hex[:16]}")

    def __str__(self) -> str:
        return ", ".join(f"{name} is {user_id}" for name, user_id in self._ids.items())
