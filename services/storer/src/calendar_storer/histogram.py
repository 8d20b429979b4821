"""A histogram that takes many values at once; prometheus_client's own takes 0.8 µs for each."""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class BatchHistogram(Collector):
    """Without labels, and for one thread."""

    def __init__(self, name: str, documentation: str, *, buckets: Sequence[float]) -> None:
        """`buckets` are upper bounds, in rising order; one without a bound is added."""
        self._name = name
        self._documentation = documentation
        self._bounds = [*map(float, buckets), float("inf")]
        self._bucket_of = partial(bisect_left, self._bounds)
        self._counts: Counter[int] = Counter()
        self._sum = 0.0
        self._created = time.time()

    def observe(self, values: Sequence[float]) -> None:
        """Counts all of `values`."""
        self._counts.update(map(self._bucket_of, values))
        self._sum += sum(values)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus gets, in the words of prometheus_client's own."""
        names = map(floatToGoString, self._bounds)
        counts = accumulate(self._counts[bucket] for bucket in range(len(self._bounds)))
        family = HistogramMetricFamily(
            self._name,
            self._documentation,
            buckets=list(zip(names, counts, strict=True)),
            sum_value=self._sum,
        )
        family.add_sample(f"{self._name}_created", {}, self._created)
        yield family
