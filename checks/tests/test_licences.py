"""docs/licences.md matches the locks and the installed packages."""

from email.message import Message
from importlib.metadata import Distribution
from typing import Any

import pytest

from calendar_checks.licences import DOCUMENT, document, licence


class Package(Distribution):
    """A distribution with this metadata and no files."""

    def __init__(self, **fields: str) -> None:
        self._message = Message()
        for name, value in fields.items():
            self._message[name.replace("_", "-")] = value

    @property
    def metadata(self) -> Any:
        return self._message

    def read_text(self, filename: str) -> None:
        raise NotImplementedError(filename)

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError(path)


MIT = "License :: OSI Approved :: MIT License"


def test_document_is_current() -> None:
    assert DOCUMENT.read_text() == document(), "make licences"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"License_Expression": "ISC", "License": "other", "Classifier": MIT}, "ISC"),
        ({"License": "ISC", "Classifier": "License :: OSI Approved"}, "ISC"),
        ({"License": "Permission is hereby\n granted", "Classifier": MIT}, "MIT License"),
    ],
)
def test_licence_is_read_from_metadata(fields: dict[str, str], expected: str) -> None:
    assert licence(Package(**fields)) == expected


def test_package_without_licence_raises() -> None:
    with pytest.raises(LookupError, match="tea names no licence"):
        licence(Package(Name="tea", Classifier="Topic :: Tea"))
