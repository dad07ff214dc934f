"""Which agency answers for which group of requests: as the city declares it, else as most records of the group say."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from etl.city import City
from etl.city.agencies import FIELD, Agency, folded
from etl.release.words import Word
from layers.release import AgencyInfo
from layers.topics import GroupKind, Topic

FEWEST = 30
"""Records that must name an agency before the feed is believed: a column now and then holds something else."""
MOST = 0.5
"""And at least this share of the group's records."""
_PLAIN = re.compile(r"[^\W\d_][\w &'’.,/()-]{0,59}")
_NO_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Responsible:
    """The agencies of a topic, and the one of each group: its id, and the share of the group's records that name it
    (0 to 1; None where the city declares it)."""

    agencies: tuple[AgencyInfo, ...] = ()
    of_group: Mapping[str, tuple[str, float | None]] = field(default_factory=dict)

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Category of each agency that has figures, and the categories it answers for."""
        return {each.category: each.groups for each in self.agencies if each.groups}


NOBODY = Responsible()


def responsible(city: City, topic: Topic, words: Sequence[Word], events: pl.LazyFrame | None) -> Responsible:
    """Who answers for the categories `words` of a topic; nobody where the topic knows no agency.

    Of groups about homes only what the city declares is told; their records are not looked at.
    """
    if topic.field(FIELD) is None:
        return NOBODY
    keys = [word.key for word in words]
    places = [word.key for word in words if word.kind is GroupKind.PLACE]
    declared = {group: each.id for each in city.agencies for group in each.groups if group in keys}
    asked = [key for key in places if key not in declared]
    found = _as_records_say(city, events, asked) if events is not None and asked else {}
    of_group: dict[str, tuple[str, float | None]] = {key: (name, None) for key, name in declared.items()}
    of_group |= {key: (each.id, each.share) for key, each in found.items()}
    titles = {each.id: each.title for each in found.values()} | {each.id: each.title for each in city.agencies}
    named = dict.fromkeys([*(each.id for each in city.agencies), *sorted(titles)])
    known = {each.id: _declared(each) for each in city.agencies}
    infos = [known.get(name, AgencyInfo(id=name, title=titles[name])) for name in named]
    own = {name: tuple(key for key in places if of_group.get(key, ("",))[0] == name) for name in named}
    answering = {name for name, _ in of_group.values()}
    return Responsible(
        tuple(each.model_copy(update={"groups": own[each.id]}) for each in infos if each.id in answering), of_group
    )


class _Named(NamedTuple):
    """The agency that most of a group's records name, and their share."""

    id: str
    title: str
    share: float


def _declared(each: Agency) -> AgencyInfo:
    return AgencyInfo(id=each.id, title=each.title, text=each.text, phone=each.phone, url=each.url, email=each.email)


def _as_records_say(city: City, events: pl.LazyFrame, keys: Sequence[str]) -> dict[str, _Named]:
    """Group → the agency that most of its records name, where it is named often enough."""
    if FIELD not in events.collect_schema().names():
        return {}
    told = (
        events.filter(pl.col("category").is_in(list(keys)))
        .group_by("category", pl.col(FIELD).str.strip_chars())
        .len()
        .collect(engine="streaming")
        .sort("category", FIELD, nulls_last=True)
    )
    codes = {folded(code): each.id for each in city.agencies for code in (each.title, *each.codes)}
    titles = {each.id: each.title for each in city.agencies}
    named: dict[str, Counter[str]] = defaultdict(Counter)
    whole: Counter[str] = Counter()
    for category, text, number in told.iter_rows():
        whole[category] += number
        name = codes.get(folded(text or "")) or _id_of(text or "")
        if name:
            titles.setdefault(name, text)
            named[category][name] += number
    found = {category: max(each.items(), key=lambda item: (item[1], item[0])) for category, each in named.items()}
    return {
        category: _Named(name, titles[name], round(number / whole[category], 2))
        for category, (name, number) in found.items()
        if number >= FEWEST and number >= MOST * whole[category]
    }


def _id_of(text: str) -> str:
    """A short name made of an agency's text; "" where that is no plain name."""
    if not _PLAIN.fullmatch(text):
        return ""
    name = _NO_ID.sub("_", text.lower()).strip("_")[:40].strip("_")
    return name if name[:1].isalpha() else ""
