"""What a release says of feeds of totals: their rows, what is kept of hidden figures, and what was not reported."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.errors import REJECT_REASONS
from etl.totals.asked import Question
from etl.totals.reading import TotalsFeed
from etl.totals.rows import rows_of
from etl.totals.series import Series
from etl.totals.small import keep_published, read_kept
from layers.release import QualityFigure
from layers.topics import Topic

_WORD = {"day": "days", "week": "weeks", "month": "months"}


@dataclass(frozen=True)
class Totalled:
    """Rows in contract columns without `topic`; floors by measure; what keeps hidden figures hidden."""

    rows: pl.DataFrame
    floors: dict[str, int]
    keep: Callable[[], None]


def totalled(context: Context, about: Topic, feeds: Sequence[TotalsFeed]) -> Totalled:
    """Every measure of a topic of totals, from all its feeds."""
    private = context.folders.private
    threshold = max(feed.source.totals.threshold for feed in feeds if feed.source.totals is not None)
    asked = Question(
        about,
        min(feed.span.first for feed in feeds),
        max(feed.span.last for feed in feeds),
        _categories(feeds),
        threshold,
        lambda measure: read_kept(private, about.name, measure),
    )
    parts: dict[tuple[str, str], list[Series]] = {}
    for feed in feeds:
        for key, series in feed.series.items():
            parts.setdefault(key, []).append(series)
    told = rows_of(parts, asked)
    stays = {"published_before_and_corrected_since": told.corrected} if told.corrected else {}
    context.progress.step(about.name, "count", rows=told.rows.height, **stays)

    def keep() -> None:
        for measure, figures in told.kept.items():
            keep_published(private, about.name, measure, figures)

    return Totalled(told.rows, dict.fromkeys(told.kept, threshold), keep)


def _categories(feeds: Iterable[TotalsFeed]) -> dict[str, tuple[str, ...]]:
    """What the feeds declare, each once, in the order in which they declare it."""
    found: dict[str, dict[str, None]] = {}
    for feed in feeds:
        for by, names in feed.categories.items():
            found.setdefault(by, {}).update(dict.fromkeys(names))
    return {by: tuple(names) for by, names in found.items()}


def declared(feeds: Iterable[TotalsFeed]) -> frozenset[str]:
    """All categories that feeds declare."""
    return frozenset(name for names in _categories(feeds).values() for name in names)


def missing_notes(feeds: Iterable[TotalsFeed]) -> Iterator[str]:
    """A sentence for every feed of which something that was due did not come."""
    for feed in feeds:
        due, told = _due(feed)
        source = feed.source
        yield (
            f"{source.title}: totals of {_WORD[feed.span.grain]} from {source.publisher}, shown as received. "
            + (
                f"Of {due:,} {_WORD[feed.span.grain]} that were due, {due - told:,} were not reported; "
                "they are never taken for zero."
                if told < due
                else f"All {due:,} {_WORD[feed.span.grain]} that were due were reported."
            )
        )
        if source.totals is not None and ("language" in source.fields or "survey_answers" in source.fields):
            yield (
                f"{source.title}: a count below {source.totals.threshold} of a language or of survey answers is "
                "hidden, and so is a further one where it would give a hidden one away. A count that was published "
                "stays as it was published."
            )


def totals_quality(feeds: Sequence[TotalsFeed]) -> Iterator[QualityFigure]:
    """How much of what was due was reported, and which rows were left out, feed by feed."""
    meanings = {reason.code: reason.meaning for reason in REJECT_REASONS}
    for feed in feeds:
        due, told = _due(feed)
        word, source = _WORD[feed.span.grain], feed.source
        yield _figure(source, "due", f"{source.title}: {word} that were due", float(due), word)
        yield _figure(source, "told", f"{source.title}: {word} that were reported", float(told), word)
        for reason, number in sorted(feed.seen.profile.rejects.items()):
            title = f"{source.title}: rows left out. {meanings.get(reason, reason)}"
            yield _figure(source, f"rejected_{reason}", title, float(number), "rows")


def _figure(source: Source, name: str, title: str, value: float, unit: str) -> QualityFigure:
    return QualityFigure(name=f"{name}_{source.id}", title=title, value=value, unit=unit)


def _due(feed: TotalsFeed) -> tuple[int, int]:
    """Days, weeks or months within what the feed covers: how many were due, and of how many something was told."""
    ends = {"day": pl.col("start"), "week": pl.col("start") + timedelta(days=6)}
    end = ends.get(feed.span.grain.value, pl.col("start").dt.month_end())
    inside = (end >= feed.span.first) & (end <= feed.span.last)
    rows = pl.concat([s.rows.filter(inside) for (_, by), s in feed.series.items() if not by])
    told = rows.group_by("start").agg(pl.col("value").is_not_null().any())
    return told.height, int(told["value"].sum())
