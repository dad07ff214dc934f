"""The published quality report of exact topics: how records were located, how new they are, what was left out.

Of a protected topic nothing stands here: what its feed did is a fact about households. Of service requests only
records of place types are looked at, and no reject: of a row that was not taken nobody knows that it concerns no home.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from etl.context import Context
from etl.drift.profile import Profile, from_text
from etl.errors import REJECT_REASONS
from etl.feeds.feed import Feed
from etl.state import Feeds
from layers.measures import Regime
from layers.release import QualityFigure
from layers.topics import Topic


def newness(events: pl.LazyFrame, about: Topic, day: date) -> Iterator[QualityFigure]:
    """Records, and days from the newest and from the last year's to the day of the release: whole days, since the audit
    takes a side figure with decimals for a share of records."""
    if about.event_date is None:
        return
    when = pl.col(about.event_date).cast(pl.Date)
    days = (pl.lit(day) - when).dt.total_days()
    found = events.select(
        pl.len().alias("records"),
        days.min().alias("newest"),
        days.filter(days < 365).quantile(0.5, "lower").alias("median"),
        days.filter(days < 365).quantile(0.9).alias("p90"),
    ).collect(engine="streaming")
    records, newest, median, p90 = found.row(0)
    yield QualityFigure(name="records", title="Records that are counted", value=float(records), unit="records")
    for name, title, value in (
        ("newest_days", "From the newest record to the day of the release", newest),
        ("lag_median_days", "From the record to the day of the release, median of the last year's records", median),
        ("lag_p90_days", "From the record to the day of the release, nine in ten of the last year's records", p90),
    ):
        if value is not None:
            yield QualityFigure(name=name, title=title, value=float(value), unit="days")


def left_out(context: Context, feeds: Sequence[Feed], about: Topic) -> Iterator[QualityFigure]:
    """Rows of all feeds that were left out, by reason, in percent; of topics in which nothing concerns a home."""
    if about.protected or any(measure.regime is Regime.MEASURED for measure in about.measures):
        return
    profiles = [profile for feed in feeds if (profile := _profile(context, feed)) is not None]
    rows = sum(profile.rows for profile in profiles)
    if not rows:
        return
    meanings = {reason.code: reason.meaning for reason in REJECT_REASONS}
    yield QualityFigure(name="rows", title="Rows that the source sent", value=float(rows), unit="rows")
    for reason in sorted({reason for profile in profiles for reason in profile.rejects}):
        number = sum(profile.rejects.get(reason, 0) for profile in profiles)
        title = f"Rows left out. {meanings.get(reason, reason)}"
        yield QualityFigure(name=f"rejected_{reason}", title=title, value=round(100 * number / rows, 1), unit="%")


def _profile(context: Context, feed: Feed) -> Profile | None:
    """What the feed looked like when it was last read whole."""
    if feed.seen is not None and feed.seen.profile.scope == "whole":
        return feed.seen.profile
    accepted = Feeds(context.state.engine).accepted(feed.source.id, "whole")
    return from_text(accepted[0].body) if accepted else None
