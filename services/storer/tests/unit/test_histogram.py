"""Counts as prometheus_client's own histogram does, many values at once."""

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from calendar_storer.histogram import BatchHistogram

BUCKETS = (0.1, 1, 60)
VALUES = [-3.0, 0.0, 0.1, 0.100001, 1.0, 59.9, 60.0, 61.0, 1e9, 0.5]


def exposed(registry: CollectorRegistry) -> list[str]:
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if not line.startswith("h_created ")]


def test_says_what_the_other_says() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    batch = BatchHistogram("h", "What it is.", buckets=BUCKETS)
    ours.register(batch)
    single = Histogram("h", "What it is.", buckets=BUCKETS, registry=theirs)
    assert exposed(ours) == exposed(theirs)
    for values in (VALUES, VALUES[:3], []):
        batch.observe(values)
        for value in values:
            single.observe(value)
    assert exposed(ours) == exposed(theirs)
    assert any(line.startswith("# TYPE h_created") for line in exposed(ours))
