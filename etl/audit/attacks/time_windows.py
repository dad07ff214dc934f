"""Time windows: windows that overlap, and one window minus others.

Two windows that differ by one day or month leave just that piece when one is subtracted from the other. Months,
quarters and years of the calendar lie whole in each other; nothing else may be told about homes, and nothing that no
table of the ladder was measured for.

Their figures answer different questions, yet a home in a year is in one of its months. Where a year lies far below its
largest month all the same, records were taken back or corrected in between. Each table is measured once, with noise of
its own, so that tells about no single home: it is said, and holds nothing. Counts without noise have no such excuse.
"""

import polars as pl

from etl.audit.finding import Attempt, findings
from etl.audit.published import KEY, Published, PublishedRelease
from layers.period import Grain

ATTACK = "time_windows"
TITLE = "Time windows"

_CALENDAR: dict[str, str] = {Grain.MONTH.value: "1mo", Grain.QUARTER.value: "1q", Grain.YEAR.value: "1y"}
_PLACE = ["tier", "topic", "release", "measure", "category", "geography", "unit"]
_NESTED = ((Grain.MONTH, Grain.QUARTER, 3), (Grain.MONTH, Grain.YEAR, 12), (Grain.QUARTER, Grain.YEAR, 4))
_FAR = 3.0
"""Margins by which two figures must disagree: about five standard deviations, so that chance does not accuse."""


def run(published: Published) -> Attempt:
    """Look for windows off the calendar or without a table, and set longer windows against the shorter ones inside."""
    windows = pl.concat([_NO_WINDOWS, *(_windows(release) for release in published.protected)])
    pairs = _pairs(published.figures.filter(pl.col("answer") != "source"))
    apart = _far_apart(pairs)
    found = (
        *findings(ATTACK, _off_calendar(windows)),
        *findings(ATTACK, _without_table(windows, published)),
        *findings(ATTACK, apart.filter(pl.col("answer") != "measured")),
    )
    tried = int(windows["rows"].sum()) + pairs.height
    return Attempt(ATTACK, TITLE, tried, found, _best(pairs.height, apart.height, len(found)))


def _best(pairs: int, apart: int, found: int) -> str:
    if found:
        return f"{found:,} windows overlap, have no measured table, or disagree with the shorter ones inside them."
    whole = "Only whole months, quarters and years of the calendar are told, so no two windows differ by a piece; "
    if apart:
        return whole + (
            f"{apart:,} of {pairs:,} longer ones disagree with the shorter ones inside them beyond their margins. Each "
            "was measured once, at its own time and with its own noise, and records may be corrected in between."
        )
    return whole + f"{pairs:,} longer ones agree with the shorter ones inside them as far as their margins go."


def _windows(release: PublishedRelease) -> pl.DataFrame:
    """Every window in which the release tells something about homes, also a rate or a share."""
    rows = pl.scan_parquet(release.folder / "counts.parquet").filter(pl.col("measure").is_in(release.about_homes))
    return (
        rows.group_by("measure", "geography", "grain", "period")
        .agg(rows=pl.len().cast(pl.Int64))
        .sort("measure", "geography", "grain", "period")
        .collect()
        .with_columns(**release.named())
        .select(_NO_WINDOWS.columns)
    )


def _off_calendar(windows: pl.DataFrame) -> pl.DataFrame:
    """Grains that may not be told (once each), and periods that do not begin where the calendar does."""
    known = pl.col("grain").is_in(list(_CALENDAR))
    strange = windows.filter(~known).unique(["tier", "topic", "release", "measure", "geography", "grain"])
    overlapping = strange.drop("period").with_columns(
        learned=pl.lit("windows that overlap or are too short to protect")
    )
    starts = pl.coalesce(
        pl.when(pl.col("grain") == grain).then(pl.col("period").dt.truncate(every))
        for grain, every in _CALENDAR.items()
    )
    shifted = windows.filter(known, pl.col("period") != starts).with_columns(
        learned=pl.lit("the window does not begin with the calendar's, so it overlaps its neighbors")
    )
    columns = [*overlapping.columns[:-1], "period", "learned"]
    return pl.concat([overlapping.with_columns(period=pl.lit(None, pl.Date)).select(columns), shifted.select(columns)])


def _without_table(windows: pl.DataFrame, published: Published) -> pl.DataFrame:
    """Measured counts told in a grain for which the manifest names no measured table; once each."""
    rows = [
        (release.tier, release.topic, release.id, measure["name"], grain)
        for release in published.protected
        for measure in release.manifest["measures"]
        if measure["name"] in release.measured
        for grain in set(_CALENDAR) - {table["grain"] for table in measure.get("tables", ())}
    ]
    columns = ("tier", "topic", "release", "measure", "grain")
    missing = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String()), orient="row")
    return (
        windows.join(missing, on=columns)
        .unique([*columns, "geography"], maintain_order=True)
        .drop("period")
        .with_columns(learned=pl.lit("no table was measured for windows of this length"))
    )


def _pairs(figures: pl.DataFrame) -> pl.DataFrame:
    """Longer windows beside the shorter ones inside them, where all of those are told.

    `margin` of a hidden figure is 0: its range is in `least` and `most` already.
    """
    told = figures.filter("told", pl.col("grain").is_in(list(_CALENDAR))).with_columns(
        margin=pl.when(pl.col("value").is_not_null()).then(pl.col("high") - pl.col("value")).fill_null(0.0)
    )
    frames = [_inside(told, short, long, number) for short, long, number in _NESTED]
    return pl.concat(frames).unique([*KEY, "inside"], keep="first", maintain_order=True)


def _inside(told: pl.DataFrame, short: Grain, long: Grain, number: int) -> pl.DataFrame:
    surely = pl.col("least") - _FAR * pl.col("margin")
    perhaps = pl.col("most") + _FAR * pl.col("margin")
    parts = (
        told.filter(grain=short.value)
        .with_columns(pl.col("period").dt.truncate(_CALENDAR[long.value]))
        .group_by(*_PLACE, "period")
        .agg(largest=surely.max(), together=perhaps.sum(), inside=pl.lit(short.value), parts=pl.len())
        .filter(pl.col("parts") == number)
    )
    return told.filter(grain=long.value).join(parts, on=[*_PLACE, "period"])


def _far_apart(pairs: pl.DataFrame) -> pl.DataFrame:
    at_most = pl.col("most") + _FAR * pl.col("margin")
    at_least = pl.col("least") - _FAR * pl.col("margin")
    learned = (
        pl.when(at_most < pl.col("largest"))
        .then(pl.format("fewer homes than in one {} of it, far beyond the margins", "inside"))
        .when(at_least > pl.col("together"))
        .then(pl.format("more homes than in all {}s of it together, far beyond the margins", "inside"))
    )
    return pairs.with_columns(learned=learned).filter(pl.col("learned").is_not_null())


_NO_WINDOWS = pl.DataFrame(
    schema={
        **dict.fromkeys(("tier", "topic", "release", "measure", "geography", "grain"), pl.String()),
        "period": pl.Date(),
        "rows": pl.Int64(),
    }
)
