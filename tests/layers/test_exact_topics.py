"""What may be counted exactly is declared with a reason, topic by topic."""

from dataclasses import replace

import pytest

from layers.measures import Regime
from layers.topics import TOPICS, topic


def test_every_topic_with_exact_measures_says_why() -> None:
    exact = {each.name for each in TOPICS if any(m.regime is Regime.EXACT for m in each.measures)}
    assert exact == {"service_requests", "housing_supply", "households"}
    assert {each.name for each in TOPICS if each.exact_because} == exact


def test_a_topic_that_does_not_say_why_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="exact_because"):
        replace(topic("households"), exact_because="")


def test_no_protected_topic_has_an_exact_measure() -> None:
    assert [t.name for t in TOPICS if t.protected and any(m.regime is Regime.EXACT for m in t.measures)] == []
