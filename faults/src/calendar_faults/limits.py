"""Limits of the checker that a caller may change."""

from datetime import timedelta
from typing import Final

AT_REST: Final = timedelta(seconds=1)
"""The contract: 99 in 100 are stored this soon after they are due."""
MAX_UNCERTAIN: Final = 0.1
"""The share of reminders for which both outcomes are right; with more a run proves too little."""
