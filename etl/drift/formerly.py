"""A source under another name: what its topic accepted under the old one is what its first feed is compared with.

A topic that loses a source and gains one has most likely renamed it. Were the first feed compared with nothing, it
could be half of the old one, or another table altogether, and nobody would notice.
"""

from collections.abc import Collection, Mapping

from etl.city import Source
from etl.context import Context
from etl.drift.columns import mark_of
from etl.drift.compare import Reference
from etl.drift.finding import NOTE, Finding
from etl.drift.gate import reference_of
from etl.drift.profile import Scope
from etl.records import Ingested
from etl.state import Feeds


def former_names(good: Mapping[str, tuple[int, int]], declared: Collection[str]) -> list[str]:
    """Which sources nobody has taken the place of yet, the latest first.

    `good`: source of the topic to its first and its last good run. Whatever began after a source had ended took its
    place.
    """
    ended = [name for name in good if name not in declared]
    began = [good[name][0] for name in declared if name in good]
    return sorted(
        (name for name in ended if not any(first > good[name][1] for first in began)),
        key=lambda name: good[name][1],
        reverse=True,
    )


def former_rows(context: Context, source: Source) -> int | None:
    """How many rows the source whose place this one takes had last; None where there is none."""
    names = _names(context, source)
    return context.state.last_rows(names[0]) if names else None


def _names(context: Context, source: Source) -> list[str]:
    """None for a source that was accepted itself."""
    good = context.state.good_sources(source.topic)
    declared = {each.id for each in context.city.sources_of(source.topic)}
    return [] if source.id in good else former_names(good, declared)


def former_reference(context: Context, source: Source, ingested: Ingested) -> tuple[str, Reference] | None:
    """The source whose place this one takes, and what was accepted of it: of several the one that has the most columns
    in common with the feed that came."""
    feeds, key = Feeds(context.state.engine), context.folders.key("snapshots")
    scope: Scope = "whole" if ingested.complete else "changes"
    marks = {mark_of(name, key) for name in ingested.columns()}
    found = [
        (name, reference)
        for name in _names(context, source)
        if (reference := reference_of(feeds, name, scope, context.last_day(source))) is not None
    ]
    return max(found, key=lambda each: len(marks & {c.mark for c in each[1].last.columns}), default=None)


def told_of(name: str) -> Finding:
    """That a feed is compared with one of another name."""
    sentence = (
        f"Nothing was accepted of this source yet. It is compared with {name!r}, which is declared no more; approve "
        "what differs if it is another feed."
    )
    return Finding("formerly", "source", sentence, NOTE, before=name)
