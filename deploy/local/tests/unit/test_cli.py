import pytest

from calendar_local.cli import _split


@pytest.mark.parametrize(
    ("given", "ours", "command"),
    [
        (["run"], ["run"], []),
        (["exec", "--", "pytest", "-x"], ["exec"], ["pytest", "-x"]),
        (["exec", "--services", "--", "a", "--", "b"], ["exec", "--services"], ["a", "--", "b"]),
    ],
)
def test_arguments_end_at_the_first_double_dash(
    given: list[str], ours: list[str], command: list[str]
) -> None:
    assert _split(given) == (ours, command)
