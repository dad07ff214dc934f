"""Release against release: what a second answer to the same question gives away.

A measured figure is drawn once and read back for ever. Where two releases say different things about the same place
and time, the difference is what a late, corrected or sealed case looks like, unless a person booked a second edition
of that table or the ladder itself was declared anew. Releases follow each other in the order in which they were
published.
"""

import json
from collections.abc import Iterable
from datetime import date

import polars as pl

from etl.audit.finding import Attempt, findings
from etl.audit.published import KEY, Published, PublishedRelease
from layers.period import Grain, closes_on

ATTACK = "release_against_release"
TITLE = "Release against release"

_SERIES = ["tier", "topic"]
_GROUP = [*_SERIES, "measure", "geography", "grain", "period"]


def run(published: Published) -> Attempt:
    """Compare the releases of each topic and tier with each other, figure by figure."""
    own = published.figures.filter(pl.col("answer") != "source")  # agencies correct what they counted themselves
    figures = own.join(_declared(published.releases), on=[*_SERIES, "release", "measure", "grain"])
    answers = _answers(figures)
    editions = pl.concat([_NO_EDITIONS, *(r.editions.select(_NO_EDITIONS.columns) for r in published.protected)])
    changed = _changed(figures.join(editions, on=_NO_EDITIONS.columns[:-1], how="left"), answers)
    found = [
        *findings(ATTACK, changed.filter(~pl.col("explained"))),
        *findings(ATTACK, _vanished(figures)),
        *findings(ATTACK, _appeared(figures)),
        *findings(ATTACK, _too_early(published)),
    ]
    tried = answers.height
    return Attempt(ATTACK, TITLE, tried, tuple(found), _best(answers, changed, len(found)))


def _best(answers: pl.DataFrame, changed: pl.DataFrame, found: int) -> str:
    if found:
        return f"{found:,} figures tell what happened between two releases."
    twice = answers.filter(pl.col("releases") > 1).height
    explained = changed.filter("explained").height
    booked = f"; {explained:,} differ for a reason that the release states" if explained else ""
    return (
        f"{answers.height:,} figures were published, {twice:,} of them in more than one release, each time with the "
        f"same value{booked}. Nothing was told before its period had closed."
    )


def _answers(figures: pl.DataFrame) -> pl.DataFrame:
    """How many releases told each figure, and how many different answers they gave."""
    return figures.filter("told").group_by(*KEY).agg(
        releases=pl.len(), answers=pl.struct("status", "value", "low", "high").n_unique()
    )  # fmt: skip


def _changed(figures: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Each change from one release to the next, with `explained`: by an edition that only one of the two names."""
    several = figures.join(answers.filter(pl.col("answers") > 1), on=list(KEY), how="semi").filter("told")
    before = ("status", "value", "low", "high", "floor", "ladder", "booked")
    by_release = several.sort("place").with_columns(
        pl.col(before).shift().over(KEY).name.prefix("was_"), first=pl.int_range(pl.len()).over(KEY) == 0
    )
    later = by_release.filter(~pl.col("first"))
    other_value = pl.col("value").is_not_null() & pl.col("was_value").is_not_null() & (
        pl.col("value") != pl.col("was_value")
    )  # fmt: skip
    other_status = pl.col("status") != pl.col("was_status")
    other_range = ~pl.col("low").eq_missing(pl.col("was_low")) | ~pl.col("high").eq_missing(pl.col("was_high"))
    said = (
        pl.when(other_value)
        .then(pl.format("it was {}, now it is {}", "was_value", "value"))
        .when(other_status)
        .then(pl.format("it was {}, now it is {}", "was_status", "status"))
        .when(other_range)
        .then(pl.format("its range was {} to {}, now it is {} to {}", "was_low", "was_high", "low", "high"))
    )
    edition = ~pl.col("booked").eq_missing(pl.col("was_booked"))
    ladder = pl.col("ladder") != pl.col("was_ladder")
    floor = (pl.col("floor") != pl.col("was_floor")) & ~other_value
    return later.with_columns(
        learned=said, explained=edition | ladder | floor
    ).filter(pl.col("learned").is_not_null())  # fmt: skip


def _vanished(figures: pl.DataFrame) -> pl.DataFrame:
    """Figures that a later release leaves out or no longer tells, while it tells others of the same table."""
    return _missing(figures, "told in an earlier release, no longer told in this one", later=True)


def _appeared(figures: pl.DataFrame) -> pl.DataFrame:
    """Figures that a release adds to a table of which an earlier one told others."""
    return _missing(figures, "told now, but not when the rest of its table was first told", later=False)


def _missing(figures: pl.DataFrame, learned: str, *, later: bool) -> pl.DataFrame:
    told = figures.filter("told")
    tables = told.select(*_GROUP, "category", "release", "place", "ladder").unique()
    ends = told.sort("place").group_by(*KEY, maintain_order=True)
    seen = (pl.col("place").alias("seen_place"), pl.col("release").alias("seen"), pl.col("ladder"))
    first = ends.agg(each.first() if later else each.last() for each in seen)
    other = tables.join(first, on=[*_GROUP, "category", "ladder"]).filter(
        pl.col("place") > pl.col("seen_place") if later else pl.col("place") < pl.col("seen_place")
    )
    gone = other.join(told.select(*KEY, "release"), on=[*KEY, "release"], how="anti")
    where = pl.col("release") if later else pl.col("seen")
    return gone.with_columns(release=where, learned=pl.lit(learned)).unique([*KEY, "release"], maintain_order=True)


def _too_early(published: Published) -> pl.DataFrame:
    """Figures of a period that, by the release's own calendar, was not closed on its day."""
    closed = [row for release in published.protected for row in _calendar(release)]
    schema = {
        **dict.fromkeys((*_SERIES, "release", "grain"), pl.String()),
        "closes_after": pl.Int64(),
        "as_of": pl.Date(),
    }
    days = pl.DataFrame(closed, schema=schema, orient="row")
    told = published.figures.filter(pl.col("told"), pl.col("answer") != "source")
    windows = told.select(*_SERIES, "release", "measure", "geography", "grain", "period").unique().join(
        days, on=[*_SERIES, "release", "grain"]
    )  # fmt: skip
    ends = pl.coalesce(
        pl.when(pl.col("grain") == grain).then(pl.col("period").dt.offset_by(every)) for grain, every in _LENGTH.items()
    ).dt.offset_by("-1d")
    closes = ends + pl.duration(days="closes_after")
    return windows.filter(closes > pl.col("as_of")).sort(*_GROUP).with_columns(
        learned=pl.lit("told before its period had closed")
    )  # fmt: skip


_LENGTH = {Grain.MONTH.value: "1mo", Grain.QUARTER.value: "3mo", Grain.YEAR.value: "1y"}


def _calendar(release: PublishedRelease) -> Iterable[tuple[object, ...]]:
    """By grain: how many days after its end a period closes, read off the next one that the manifest announces."""

    as_of = date.fromisoformat(release.manifest["as_of"])
    announced = {c["grain"]: c for c in release.manifest["closings"]}
    for grain in _LENGTH:
        days = 0
        if grain in announced:
            following = date.fromisoformat(announced[grain]["next_period"])
            ends = closes_on(following, Grain(grain), 0)
            days = (date.fromisoformat(announced[grain]["next_on"]) - ends).days
        yield release.tier, release.topic, release.id, grain, days, as_of


def _declared(releases: Iterable[PublishedRelease]) -> pl.DataFrame:
    """What each release declares of the tables behind each measure and grain, as one text, and its `place` in time."""
    rows = [
        (r.tier, r.topic, r.id, m["name"], grain, _ladder(m, grain), place)
        for place, r in enumerate(releases)
        for m in r.manifest["measures"]
        for grain in Grain
    ]
    columns = (*_SERIES, "release", "measure", "grain", "ladder")
    schema = {**dict.fromkeys(columns, pl.String()), "place": pl.Int64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ladder(measure: dict[str, object], grain: Grain) -> str:
    tables = measure.get("tables") or []
    assert isinstance(tables, list)
    return json.dumps([t for t in tables if t["grain"] == grain.value], sort_keys=True)


_NO_EDITIONS = pl.DataFrame(
    schema={
        **dict.fromkeys((*_SERIES, "release", "measure", "grain"), pl.String()),
        "period": pl.Date(),
        "booked": pl.String(),
    }
)
