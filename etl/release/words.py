"""The words of a release: what a reader sees for each category, and what an agency says that it counted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from etl.city import Source
from etl.city.source import Counted
from etl.feeds.mainmeasure import main_measure
from layers.measures import Measure
from layers.topics import GroupKind, Topic


class Word(NamedTuple):
    """A category's key, what it is called, what it is about, and help where it needs some."""

    key: str
    title: str
    kind: GroupKind
    help: str = ""


_LAWYER = (("with_lawyer", "tenant had a lawyer"), ("without_lawyer", "no lawyer known"))
_UNSTATED = Word("other", "Not stated", GroupKind.HOME, "The source does not say what followed.")
_OTHER_ENDING = Word(
    "other",
    "Other or not stated",
    GroupKind.HOME,
    "Dismissed where the source does not say that the tenant appeared, or an ending that it does not state.",
)


def words_of(topic: Topic, sources: Sequence[Source], measured: bool = False) -> tuple[Word, ...]:
    """The categories of a topic as these sources group them; sensitive groups are in no release.

    With `measured`, also the finer categories that a protected topic is measured by.
    """
    groups = {g.key: g for source in sources for g in source.plain_groups() if g.kind is not GroupKind.SENSITIVE}
    words = [Word(g.key, g.title, g.kind, g.help) for g in groups.values()]
    if topic.protected and measured:
        other = _OTHER_ENDING if topic.name == "evictions" else _UNSTATED
        words += [other] if "other" not in groups else []
    if topic.name == "evictions" and measured:
        words += [Word(key, title[0].upper() + title[1:], GroupKind.HOME) for key, title in _LAWYER]
        words += [
            Word(f"{word.key}_{key}", f"{word.title}; {title}", GroupKind.HOME)
            for word in words[: len(groups) + 1]
            for key, title in _LAWYER
        ]
    if topic.name == "service_requests" and "other" not in groups:
        words.append(Word("other", "Other requests about a place", GroupKind.PLACE))
    return tuple(words)


def as_received(topic: Topic, sources: Sequence[Source], *, alone: bool) -> Topic:
    """The topic in the words of agencies that counted it: what they counted is not always quite the measure.

    `alone` where nothing else is in the release: then the topic is summed up by what the first of them counted.
    """
    said = {s.counted.measure or main_measure(topic): s.counted for s in sources if s.counted}
    measures = tuple(_as_counted(m, said[m.name]) if m.name in said else m for m in topic.measures)
    first = next(iter(said.values()), None)
    if first is None or not alone:
        return replace(topic, measures=measures)
    return replace(
        topic,
        title=first.title or topic.title,
        summary=first.meaning or topic.summary,
        is_not=first.is_not or topic.is_not,
        measures=measures,
    )


def _as_counted(measure: Measure, counted: Counted) -> Measure:
    return replace(
        measure,
        title=counted.title or measure.title,
        unit=counted.noun or measure.unit,
        help=counted.meaning or measure.help,
    )
