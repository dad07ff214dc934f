"""In which order topics run: what others stand on comes first. Declared here and nowhere else."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from layers.topics import TOPICS

AREAS = "areas"
"""The boundaries of the city: read with its folder, before any topic."""
COMBINED = "combined"
"""What is told of all topics together: status.json and the alerts, after every topic."""

_GROUND = "households"
_COUNTED = tuple(topic.name for topic in TOPICS if topic.name != _GROUND)

STANDS_ON: Mapping[str, tuple[str, ...]] = {
    AREAS: (),
    _GROUND: (AREAS,),
    **dict.fromkeys(_COUNTED, (_GROUND,)),
    COMBINED: (_GROUND, *_COUNTED),
}
"""Everything that runs, and what must have run before it."""


def ordered(names: Iterable[str], stands_on: Mapping[str, tuple[str, ...]] = STANDS_ON) -> list[str]:
    """The names so that each comes after all it stands on, else in the order in which topics are declared.

    Raises graphlib.CycleError where things stand on each other, KeyError for a name that stands nowhere.
    """
    wanted = {name: place for place, name in enumerate(stands_on)}
    depth: dict[str, int] = {}
    for name in TopologicalSorter(stands_on).static_order():
        depth[name] = 1 + max((depth[each] for each in stands_on[name]), default=0)
    return sorted(set(names), key=lambda name: (depth[name], wanted[name]))
