"""What a subscriber chose: which places, which topics, how often, in which language."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from portal.language import N_, SOURCE, offered
from portal.queries.offer import CITY
from portal.releases import Releases

MOST_PLACES = 4
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

    @classmethod
    def read(cls, fields: Iterable[tuple[str, str]], releases: Releases) -> Self:
        """The choice that a form sends. What is not on offer is dropped, so `places` or `topics` may be empty."""
        sent: dict[str, list[str]] = {}
        for name, value in fields:
            sent.setdefault(name, []).append(value)
        language, frequency = (sent.get(name, [""])[0] for name in ("language", "often"))
        places = [_place(each) for each in sent.get("place", ())]
        return cls(
            language=language if language in offered() else SOURCE,
            frequency=frequency if frequency in FREQUENCIES else WEEKLY,
            places=tuple(dict.fromkeys(each for each in places if name_of_place(releases, each)))[:MOST_PLACES],
            topics=tuple(each for each in releases.topics if each in sent.get("topic", ())),
        )

    @classmethod
    def of_text(cls, text: str) -> Self:
        """As it was kept."""
        kept = json.loads(text)
        places = tuple(_place(each) for each in kept["places"])
        return cls(kept["language"], kept["frequency"], places, tuple(kept["topics"]))

    def to_text(self) -> str:
        places = [":".join(each) for each in self.places]
        kept = {"language": self.language, "frequency": self.frequency, "places": places, "topics": self.topics}
        return json.dumps(kept, sort_keys=True)

    @property
    def whole(self) -> bool:
        """Whether there is something to tell of."""
        return bool(self.places and self.topics)


def _place(text: str) -> Place:
    kind, _colon, unit = text.partition(":")
    return kind, unit


def name_of_place(releases: Releases, place: Place) -> str | None:
    """The place's name; None where the city has no such place (any more)."""
    if place == (CITY, CITY):
        return releases.city.name if releases.city else None
    found = releases.area(*place)
    return found.name if found else None


def names_of_places(releases: Releases, places: Sequence[Place]) -> list[str]:
    """The names of those that there are."""
    return [name for each in places if (name := name_of_place(releases, each))]
