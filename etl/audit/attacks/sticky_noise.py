"""Sticky noise: the same noise used twice cancels when two figures are compared.

Wherever noise is drawn afresh, two figures are seldom equal, however alike the true counts are. Given everything told
before, the noise left in a figure has at least the scale s = 1 / √(Σ 1/σ²) over the tables that its measure and grain
are fitted to (the conditional variance of one cell of the least-squares fit), and no single value of a discrete
Gaussian of scale s is likelier than 1 / (s√2π). Rounding by largest remainder and the cut at zero at most double that.
So a figure repeats another with a probability of at most q = 2 / (s√2π), and the number of repeats among n comparisons
is at most binomial (n, q). More repeats than that are noise used twice: between periods, units, categories, measures
and topics, tiers, or the editions of one table.

Only shown figures of at least twice s are compared, each with the next one that was answered, *shown or not*: small
figures are often equal because nothing happened, and to look at pairs of shown ones alone would select equal ones.
All tests together cry wolf with a probability of at most 10⁻⁹ (Chernoff's bound, Bonferroni over the tests).

Between releases no statistics are needed: a figure that changed while others of its table stayed changed because of
its records.
"""

import math
from collections.abc import Iterator, Mapping

import polars as pl

from etl.audit.answers import answers, declared_tables, editions, latest, leaves, noisy, partition
from etl.audit.finding import Attempt, Finding, where
from etl.audit.published import KEY, Published
from layers.ladder import ALL

ATTACK, TITLE = "sticky_noise", "The same noise used twice"

FALSE_ALARM = 1e-9
"""How likely it is at most that a release with fresh noise everywhere is refused."""
CLEAR_OF_ZERO = 2.0
"""Figures below so many s are not compared: there the cut at zero shapes them more than the noise does."""

_NESTED: Mapping[str, tuple[str, ...]] = {
    "zone1": ("zone0",),
    "zone2": ("zone1", "zone0"),
    "neighborhood": ("zone2", "zone1", "zone0"),
    "district": ("zone2", "zone1", "zone0"),
    "city": ("district", "neighborhood", "zone2", "zone1", "zone0"),
}
"""For each geography those whose units lie whole in its units, coarse to fine."""
_TABLE = ("tier", "topic", "measure", "geography", "grain")
_PLAIN = {
    "periods": "one period and the next",
    "units": "one place and the next",
    "categories": "one category and the next",
    "measures": "one measure and another",
    "tiers": "one tier and the other",
    "editions": "one edition and the next",
}


def run(published: Published) -> Attempt:
    """Tries every pair of figures that ought to differ by fresh noise."""
    told = answers(published)
    scales = _scales(declared_tables(published))
    tests = _tests(published, told, scales)
    findings = [*_repeated(tests), *_changed_alone(told, editions(published))]
    return Attempt(ATTACK, TITLE, int(tests["trials"].sum()), tuple(findings), _best(tests))


def _scales(tables: pl.DataFrame) -> pl.DataFrame:
    """`tier`, `topic`, `measure`, `grain`, `scale` (s, the smallest that was ever declared)."""
    table = ["tier", "topic", "measure", "grain", "family", "geography", "by"]
    smallest = tables.group_by(table).agg(pl.col("sigma").min())
    return smallest.group_by("tier", "topic", "measure", "grain").agg(scale=1 / (1 / pl.col("sigma") ** 2).sum().sqrt())


# ---------------------------------------------------------------- comparisons


def _tests(published: Published, told: pl.DataFrame, scales: pl.DataFrame) -> pl.DataFrame:
    """One row per test: what was compared, `trials`, `equal`, `likely` (q), and an `example`."""
    newest = _without_sums(latest(told)).join(scales, on=["tier", "topic", "measure", "grain"], nulls_equal=True)
    compared = [
        _next(newest, "periods", "period", ["category", "unit"]),
        _next(newest.filter(pl.col("geography") != "city"), "units", "unit", ["category", "period"]),
        _next(newest.filter(pl.col("category") != ALL), "categories", "category", ["unit", "period"]),
        _across_measures(newest),
        _across_tiers(_with_sums(published, newest)),
        _across_editions(told, scales, editions(published), declared_tables(published)),
    ]
    return pl.concat(_counted(pairs) for pairs in compared)


_PAIRS = ("comparison", *_TABLE, "category", "unit", "period", "release", "value", "other", "scale")


def _next(newest: pl.DataFrame, comparison: str, along: str, same: list[str]) -> pl.DataFrame:
    """Each figure beside the next one along a column; `other` is -1 where that one is hidden."""
    ordered = newest.sort([*_TABLE, *same, along])
    following = pl.col("value").fill_null(-1.0).shift(-1).over([*_TABLE, *same])
    return _pairs(ordered.with_columns(other=following), comparison)


def _across_measures(newest: pl.DataFrame) -> pl.DataFrame:
    """The totals of two measures, of one topic or of two, for the same place and period."""
    totals = newest.filter(pl.col("category") == ALL)
    others = totals.select(
        "tier", "geography", "unit", "grain", "period", other=pl.col("value").fill_null(-1.0),
        name=pl.concat_str("topic", "measure", separator="/"), other_scale="scale",
    )  # fmt: skip
    both = totals.join(others, on=["tier", "geography", "unit", "grain", "period"]).filter(
        pl.concat_str("topic", "measure", separator="/") < pl.col("name")
    )
    return _pairs(both.with_columns(scale=pl.min_horizontal("scale", "other_scale")), "measures")


def _across_tiers(newest: pl.DataFrame) -> pl.DataFrame:
    """The same question, asked by both tiers."""
    question = [name for name in KEY if name != "tier"]
    public, partner = (newest.filter(pl.col("tier") == tier) for tier in ("public", "partner"))
    others = partner.select(*question, other=pl.col("value").fill_null(-1.0), other_scale="scale")
    both = public.join(others, on=question)
    return _pairs(both.with_columns(scale=pl.min_horizontal("scale", "other_scale")), "tiers")


def _across_editions(
    told: pl.DataFrame, scales: pl.DataFrame, booked: pl.DataFrame, tables: pl.DataFrame
) -> pl.DataFrame:
    """Answers from before and after all tables of a question were measured again."""
    group = ["tier", "topic", "measure", "grain"]
    names = tables.select(*group, table=pl.concat_str("family", "grain", "geography", separator="-")).unique()
    again = booked.with_columns(table=pl.col("table").str.split("-").list.head(3).list.join("-"))
    renewed = (
        names.join(again, on=["tier", "topic", "table"])
        .group_by(*group, "period")
        .agg(renewed=pl.col("table").n_unique(), since=pl.col("since").max())
        .join(names.group_by(group).agg(of=pl.len()), on=group)
        .filter(pl.col("renewed") == pl.col("of"))
    )
    answered = _without_sums(told).join(renewed, on=[*group, "period"]).sort("last")
    before = answered.filter(pl.col("first") < pl.col("since")).unique(KEY, keep="first", maintain_order=True)
    after = answered.filter(pl.col("last") >= pl.col("since")).unique(KEY, keep="last", maintain_order=True)
    both = before.join(after.select(*KEY, other=pl.col("value").fill_null(-1.0)), on=list(KEY))
    return _pairs(both.join(scales, on=group), "editions")


def _pairs(rows: pl.DataFrame, comparison: str) -> pl.DataFrame:
    clear = pl.col("value") >= CLEAR_OF_ZERO * pl.col("scale")
    return rows.filter(clear & pl.col("other").is_not_null()).select(
        pl.lit(comparison).alias("comparison"), *_PAIRS[1:]
    )


def _without_sums(newest: pl.DataFrame) -> pl.DataFrame:
    """Without categories that are sums of others: a sum equals its only part that is not empty."""
    kept = []
    for _, rows in newest.group_by(_TABLE, maintain_order=True):
        kept.append(rows.filter(pl.col("category").is_in([ALL, *leaves(rows["category"].unique().to_list())])))
    return pl.concat(kept) if kept else newest


def _with_sums(published: Published, newest: pl.DataFrame) -> pl.DataFrame:
    """With what partners can add up themselves, where each part is shown and the whole is not told to them."""
    totals = newest.filter((pl.col("tier") == "partner") & (pl.col("category") == ALL))
    added = [newest]
    for (topic, year), zones in _partitions(published, totals):
        here = totals.filter((pl.col("topic") == topic) & (pl.col("period").dt.year() == year))
        for coarse in _NESTED:
            for fine in _NESTED[coarse]:
                if {fine, coarse} <= set(zones.columns):
                    added.append(_added_up(here, zones, fine, coarse).select(newest.columns))
    return pl.concat(added).unique(KEY, keep="first", maintain_order=True)


def _partitions(published: Published, totals: pl.DataFrame) -> Iterator[tuple[tuple[str, int], pl.DataFrame]]:
    for topic, year in totals.select("topic", pl.col("period").dt.year()).unique().sort(pl.all()).iter_rows():
        releases = [r for r in noisy(published) if (r.tier, r.topic) == ("partner", topic)]
        zones = partition(releases[-1], year)
        if zones is not None:
            yield (topic, year), zones.with_columns(city=pl.lit("city"))


def _added_up(here: pl.DataFrame, zones: pl.DataFrame, fine: str, coarse: str) -> pl.DataFrame:
    within = zones.select(pl.col(fine).alias("unit"), pl.col(coarse).alias("parent")).unique()
    whole = within.group_by("parent").agg(parts=pl.len())
    return (
        here.filter(pl.col("geography") == fine)
        .join(within, on="unit")
        .group_by("tier", "topic", "measure", "category", "grain", "period", "parent")
        .agg(
            pl.col("value").sum(),
            pl.col("status", "floor", "low", "high", "release", "first", "last", "scale").first(),
            shown=pl.col("value").count().cast(pl.UInt32),
        )
        .join(whole, left_on=["parent", "shown"], right_on=["parent", "parts"])
        .with_columns(geography=pl.lit(coarse), unit=pl.col("parent"))
    )  # fmt: skip


# ---------------------------------------------------------------- how many repeats chance allows


def _counted(pairs: pl.DataFrame) -> pl.DataFrame:
    same = pl.col("value") == pl.col("other")
    return (
        pairs.with_columns(total=pl.col("category") == ALL)
        .group_by("comparison", *_TABLE, "total", maintain_order=True)
        .agg(
            trials=pl.len().cast(pl.Int64),
            equal=same.sum().cast(pl.Int64),
            likely=(2 / (pl.col("scale").min() * math.sqrt(2 * math.pi))).clip(upper_bound=1.0),
            **{
                name: pl.col(name).sort_by(same, descending=True).first()
                for name in ("category", "unit", "period", "release")
            },
        )
    )


def log_chance(equal: int, trials: int, likely: float) -> float:
    """An upper bound of the natural logarithm of the chance of so many repeats: Chernoff's, by relative entropy."""
    share = equal / trials
    if share <= likely:
        return 0.0
    rest = 0.0 if equal == trials else (1 - share) * math.log((1 - share) / (1 - likely))
    return -trials * (share * math.log(share / likely) + rest)


def _repeated(tests: pl.DataFrame) -> list[Finding]:
    bar = math.log(FALSE_ALARM / max(1, tests.height))
    return [
        Finding(
            ATTACK,
            row["tier"],
            row["topic"],
            row["release"],
            where(row),
            f"{row['equal']} of {row['trials']} figures are the same in {_PLAIN[row['comparison']]}; "
            f"with fresh noise at most about {math.ceil(row['likely'] * row['trials'])} would be.",
        )
        for row in tests.iter_rows(named=True)
        if log_chance(row["equal"], row["trials"], row["likely"]) < bar
    ]


# ---------------------------------------------------------------- release against release


def _changed_alone(told: pl.DataFrame, booked: pl.DataFrame) -> list[Finding]:
    """Figures that changed from release to release, with no edition booked, while others of the same table stayed."""
    ends = (
        told.filter(pl.col("value").is_not_null())
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("value").n_unique(), pl.col("release").last(), low=pl.col("value").min(), high=pl.col("value").max()
        )
    )
    of_table = [*_TABLE, "category", "period"]
    moved = ends.with_columns(stayed=(pl.col("value") == 1).sum().over(of_table)).filter(
        (pl.col("value") > 1) & (pl.col("stayed") > 0)
    )
    free = moved.join(booked, on=["tier", "topic", "period"], how="anti")
    return [
        Finding(
            ATTACK, row["tier"], row["topic"], row["release"], where(row),
            f"It went from one release to another by {row['high'] - row['low']:g} while {row['stayed']} others of its "
            "table stayed: the noise is the same, so its records changed.",
        )
        for row in free.iter_rows(named=True)
    ]  # fmt: skip


def _best(tests: pl.DataFrame) -> str:
    trials, equal = int(tests["trials"].sum()), int(tests["equal"].sum())
    if not trials:
        return "There were no two figures to compare."
    expected = math.ceil(float((tests["trials"] * tests["likely"]).sum()))
    return (
        f"Of {trials:,} pairs of figures that must not share their noise, {equal:,} are equal; "
        f"chance alone may make up to about {expected:,} equal. Comparing them removes no noise."
        if equal <= expected
        else f"Of {trials:,} pairs of figures that must not share their noise, {equal:,} are equal."
    )
