"""How the city's runs are doing, for Prometheus: computed from the private database at each reading.

It tells of runs, holds, lateness and what privacy has cost, and never a number of rows, nor how long a topic took whose
records concern homes: how much a protected topic's feed brought is a fact about households, and whoever reads metrics
need not be a steward.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from etl.city import City
from etl.protect.ledger import Ledger
from etl.release.freshness import store_status
from etl.state import State
from layers.policy import PROTECTED_TOPICS, Tier

HOUR = 3600
_TOPIC = ("topic", "tier")


def metrics_text(city: City, state: State, stores: Callable[[str], Path], clock: Callable[[], datetime]) -> bytes:
    """The city's figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_City(city, state, stores, clock))
    return generate_latest(registry)


class _City(Collector):
    """What `metrics_text` asks for."""

    def __init__(
        self, city: City, state: State, stores: Callable[[str], Path], clock: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._city, self._state, self._stores, self._clock = city, state, stores, clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family after the other."""
        yield from self._runs()
        yield from self._privacy()

    def _runs(self) -> Iterator[GaugeMetricFamily]:
        last_success = _gauge("last_success_timestamp_seconds", "When a run of the topic last passed", _TOPIC)
        seconds = _gauge("last_run_seconds", "How long the newest run took, of topics that concern no home", _TOPIC)
        code = _gauge("last_run_exit_code", "Exit code of the newest run; 0 is good", _TOPIC)
        held = _gauge("held", "1 while a gate holds the topic", _TOPIC)
        late = _gauge("late", "1 while the promised data are late", _TOPIC)
        for tier in self._tiers():
            for row in store_status(self._city, self._state, self._current(tier), {}, self._clock(), tier).topics:
                names = (row.topic, tier)
                held.add_metric(names, float(row.held))
                late.add_metric(names, float(row.late))
                if row.last_success:  # to the hour: how long a night took tells how much there was to do
                    last_success.add_metric(names, row.last_success.timestamp() // HOUR * HOUR)
                run = self._state.last(row.topic, tier=tier)
                if run and run.ended and run.exit_code is not None:
                    if row.topic not in PROTECTED_TOPICS:
                        seconds.add_metric(names, (run.ended - run.started).total_seconds())
                    code.add_metric(names, float(run.exit_code))
        yield from (last_success, seconds, code, held, late)

    def _privacy(self) -> Iterator[GaugeMetricFamily]:
        rho = _gauge("privacy_rho", "What a home's year has cost so far (rho)", (*_TOPIC, "year"))
        for spent in Ledger(self._state.engine, self._clock).spent():
            rho.add_metric((spent.topic, spent.tier, str(spent.year)), spent.rho)
        yield rho

    def _tiers(self) -> list[str]:
        return [str(tier) for tier in Tier if tier is Tier.PUBLIC or self._city.partner is not None]

    def _current(self, tier: str) -> dict[str, str]:
        path = self._stores(tier) / "current.json"
        return dict(json.loads(path.read_bytes())) if path.exists() else {}


def _gauge(name: str, about: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"hearthmap_etl_{name}", about, labels=labels)
