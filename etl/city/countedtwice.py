"""Two feeds of counts that speak of the same things: guarded each by itself, they would give each other away."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from etl.city.city import Source
from etl.city.source import Counted
from etl.errors import Problem
from etl.feeds.mainmeasure import main_measure
from layers.topics import TOPICS


def counted_twice_problems(sources: Sequence[Source]) -> Iterator[Problem]:
    """Feeds of one measure by different areas or lengths of period, where one of them hides small counts.

    What one hides follows from what the other shows: twelve months from their year, the tracts of a district from the
    district. Nothing says which areas lie in which, so no attack on what is published could try it.
    """
    feeds = [(source, source.counted) for source in sources if source.publish and source.counted is not None]
    for (source, counted), (other, also) in combinations(feeds, 2):
        same = source.topic == other.topic and _measure(source, counted) == _measure(other, also)
        if same and (counted.threshold or also.threshold) and _tables(counted) != _tables(also):
            yield Problem(
                f"sources/{other.id}.toml",
                "counted",
                f"{source.id} counts the same measure by other areas or periods, and one of the two hides small "
                "counts: the other would give them away.",
                "Publish one of them (`publish = false` in the other), or declare both with threshold = 0.",
            )


def _measure(source: Source, counted: Counted) -> str | None:
    about = next((topic for topic in TOPICS if topic.name == source.topic), None)
    return counted.measure if counted.measure or about is None else main_measure(about)


def _tables(counted: Counted) -> tuple[str, str, tuple[str, ...]]:
    return counted.geography, counted.period.grain, tuple(sorted(counted.apportion))
