"""The words for categories: what a reader sees for each key of a release."""

from collections.abc import Sequence
from typing import NamedTuple

from etl.city import Source
from layers.topics import GroupKind, Topic


class Word(NamedTuple):
    """A category's key, what it is called, what it is about, and help where it needs some."""

    key: str
    title: str
    kind: GroupKind
    help: str = ""


_LAWYER = (("with_lawyer", "tenant had a lawyer"), ("without_lawyer", "tenant had no lawyer"))
_UNSTATED = Word("other", "Not stated", GroupKind.HOME, "The source does not say what followed.")


def words_of(topic: Topic, sources: Sequence[Source], measured: bool = False) -> tuple[Word, ...]:
    """The categories of a topic as these sources group them; sensitive groups are in no release.

    With `measured`, also the finer categories that a protected topic is measured by.
    """
    groups = {g.key: g for source in sources for g in source.plain_groups() if g.kind is not GroupKind.SENSITIVE}
    words = [Word(g.key, g.title, g.kind, g.help) for g in groups.values()]
    if topic.protected and measured:
        words += [_UNSTATED] if "other" not in groups else []
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
