"""Webhooks at another pace: what takes minutes and hours can be tested in seconds."""

from calendar_faults_hooks.wrapping import owner_of

_RETRIES = "calendar_storer.webhooks.schedule:RETRY_SECONDS"
_LEASE = "calendar_storer.webhooks.deliverer:LEASE_SECONDS"
_TIMEOUT = "calendar_storer.webhooks.client:TIMEOUT_SECONDS"


def hurry_retries(factor: float) -> None:
    """The times between the attempts of a delivery are divided by `factor`."""
    schedule, name = owner_of(_RETRIES)
    setattr(schedule, name, tuple(seconds / factor for seconds in getattr(schedule, name)))


def shorten_lease(seconds: float) -> None:
    """Others may claim a delivery again after `seconds`; an attempt takes at most half of that."""
    for constant, value in ((_LEASE, seconds), (_TIMEOUT, seconds / 2)):
        module, name = owner_of(constant)
        setattr(module, name, value)
