"""What a subscriber chose: which places and agencies, which topics and figures, how often, in which language."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from layers.release import Manifest, MeasureInfo
from portal.agency.figures import AGENCY, agency
from portal.language import N_, SOURCE, offered
from portal.queries.news import lead_of
from portal.queries.offer import CITY, is_rate
from portal.releases import Releases

MOST_PLACES = 4
MOST_MEASURES = 10
"""Figures that may be chosen, of all topics together: a letter stays short."""
FREQUENCIES = {
    "weekly": N_("every Monday morning"),
    "daily": N_("every morning"),
    "monthly": N_("on the first morning of the month"),
}
"""How often it is looked whether something changed; the first is the default."""
WEEKLY = "weekly"

Place = tuple[str, str]
"""Kind and id."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Every value is one that the portal offered when it was chosen."""

    language: str = SOURCE
    frequency: str = WEEKLY
    places: tuple[Place, ...] = ((CITY, CITY),)
    topics: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    """`TOPIC.MEASURE`; of a topic without any, its leading one is told."""

    @classmethod
    def read(cls, fields: Iterable[tuple[str, str]], releases: Releases) -> Self:
        """The choice that a form sends. What is not on offer is dropped, so `places` or `topics` may be empty."""
        sent: dict[str, list[str]] = {}
        for name, value in fields:
            sent.setdefault(name, []).append(value)
        language, frequency = (sent.get(name, [""])[0] for name in ("language", "often"))
        places = [_place(each) for each in sent.get("place", ())]
        topics = tuple(each for each in releases.topics if each in sent.get("topic", ()))
        chosen = [manifest for manifest in releases.manifests() if manifest.topic in topics]
        known = [measure_key(manifest.topic, each) for manifest in chosen for each in offered_of(manifest)]
        return cls(
            language=language if language in offered() else SOURCE,
            frequency=frequency if frequency in FREQUENCIES else WEEKLY,
            places=tuple(dict.fromkeys(each for each in places if name_of_place(releases, each)))[:MOST_PLACES],
            topics=topics,
            measures=tuple(each for each in known if each in sent.get("measure", ())),
        )

    @classmethod
    def of_text(cls, text: str) -> Self:
        """As it was kept."""
        kept = json.loads(text)
        places = tuple(_place(each) for each in kept["places"])
        measures = tuple(kept.get("measures", ()))
        return cls(kept["language"], kept["frequency"], places, tuple(kept["topics"]), measures)

    def to_text(self) -> str:
        places = [":".join(each) for each in self.places]
        kept = {"language": self.language, "frequency": self.frequency, "places": places, "topics": self.topics}
        return json.dumps({**kept, "measures": self.measures}, sort_keys=True)

    def measures_of(self, manifest: Manifest) -> list[str]:
        """The measures of a topic that are told, in the release's order; its leading one where none was chosen."""
        chosen = [each.name for each in offered_of(manifest) if measure_key(manifest.topic, each) in self.measures]
        return chosen or [lead_of(manifest)]

    @property
    def whole(self) -> bool:
        """Whether there is something to tell of."""
        return bool(self.places and self.topics)


def offered_of(manifest: Manifest) -> list[MeasureInfo]:
    """The measures of a topic that can be chosen: rates stand beside their counts."""
    return [each for each in manifest.measures if not is_rate(each.name) and each.grains]


def measure_key(topic: str, measure: MeasureInfo) -> str:
    """As forms and the database name it."""
    return f"{topic}.{measure.name}"


def _place(text: str) -> Place:
    kind, _colon, unit = text.partition(":")
    return kind, unit


def name_of_place(releases: Releases, place: Place) -> str | None:
    """The place's name; None where the city has no such place (any more)."""
    if place == (CITY, CITY):
        return releases.city.name if releases.city else None
    if place[0] == AGENCY:
        known = agency(releases, place[1])
        return known.agency.title if known else None
    found = releases.area(*place)
    return found.name if found else None


def names_of_places(releases: Releases, places: Sequence[Place]) -> list[str]:
    """The names of those that there are."""
    return [name for each in places if (name := name_of_place(releases, each))]
