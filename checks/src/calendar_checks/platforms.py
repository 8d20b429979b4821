"""The Python versions of the executables, as pex platform descriptions."""

import json
from typing import Final

from packaging.markers import default_environment
from packaging.tags import compatible_tags, cpython_tags

MINORS: Final = (11, 12, 13, 14)
"""The supported versions 3.x; every locked requirement has wheels for them."""


def complete_platform(minor: int) -> str:
    """Describe CPython 3.`minor` on this machine's platform, as pex's JSON.

    See https://docs.pex-tool.org/buildingpex.html#complete-platform.
    """
    version, interpreter = f"3.{minor}", f"cp3{minor}"
    markers = {
        **default_environment(),
        "implementation_version": f"{version}.0",
        "python_full_version": f"{version}.0",
        "python_version": version,
    }
    tags = [
        *cpython_tags((3, minor), [interpreter]),
        *compatible_tags((3, minor), interpreter),
    ]
    return json.dumps({"marker_environment": markers, "compatible_tags": [*map(str, tags)]})
