"""Averaging: put every answer about one place and period together until the noise fades.

Noise that is drawn anew for a question already answered can be averaged away: k answers leave σ / √k. So whoever
collects all releases of both tiers looks for second answers to one question, for figures that no declared table can
have paid for, and for noise smaller than its price. (A total that is not the sum of its parts is a second answer too:
parent minus children and the complement of categories look for those.)

What is left is what the ladder itself declares: a home's year is measured by several tables, and the best linear
estimator of one home in one year weighs each by its precision. Precisions add up, so it reaches σ = 1 / √(2ρ), with ρ
the sum over all tables of both tiers (Bun and Steinke 2016); that must not be less than declared.
"""

import math

import polars as pl

from etl.audit.answers import answers, declared_tables, editions
from etl.audit.finding import Attempt, Finding, where
from etl.audit.published import KEY, Published
from layers.ladder import ALL, GEOGRAPHIES

ATTACK, TITLE = "averaging", "Averaging of all figures that touch a place"

_TOLERANCE = 0.005
"""Manifests round σ and ρ to four decimals."""


def run(published: Published) -> Attempt:
    """Tries every question that was ever answered."""
    told, tables, booked = answers(published), declared_tables(published), editions(published)
    asked = told.select(KEY).unique()
    findings = [
        *_second_answers(told, tables, booked),
        *_unmeasured(told, tables),
        *_cheap_noise(tables),
        *_overspent(told, tables, booked),
    ]
    return Attempt(ATTACK, TITLE, asked.height, tuple(findings), _best(told, tables, booked))


def _finding(row: dict[str, object], place: str, learned: str) -> Finding:
    return Finding(ATTACK, str(row["tier"]), str(row["topic"]), str(row["release"]), place, learned)


# ---------------------------------------------------------------- a second answer


def answer_counts(told: pl.DataFrame) -> pl.DataFrame:
    """KEY, `answers` (how many different ones a question got) and the newest `release` among them.

    A hidden figure is an answer of its own only where no shown one is small enough to be the same.
    """
    shown, hidden = pl.col("status") != "hidden", pl.col("status") == "hidden"
    smallest = pl.when(shown).then(pl.col("value")).min()
    alone = hidden.any() & (smallest.is_null() | (smallest >= pl.when(hidden).then(pl.col("floor")).max()))
    return (
        told.sort("first")
        .group_by(KEY, maintain_order=True)
        .agg(
            answers=(pl.when(shown).then(pl.col("value")).drop_nulls().n_unique() + alone.cast(pl.UInt32)),
            release=pl.col("release").last(),
        )
    )


def _second_answers(told: pl.DataFrame, tables: pl.DataFrame, booked: pl.DataFrame) -> list[Finding]:
    asked = answer_counts(told).filter(pl.col("answers") > 1)
    asked = asked.join(_allowed(tables, booked), on=["tier", "topic", "measure", "grain", "period"], how="left")
    found = asked.filter(pl.col("answers") > 1 + pl.col("booked").fill_null(0))
    return [
        _finding(row, where(row), f"{row['answers']} different answers to one question; their mean has {_less(row)}.")
        for row in found.iter_rows(named=True)
    ]


def _less(row: dict[str, int]) -> str:
    return f"only {100 / math.sqrt(row['answers']):.0f} % of the declared noise"


def _allowed(tables: pl.DataFrame, booked: pl.DataFrame) -> pl.DataFrame:
    """How many editions were booked for the tables that a measure's figures of a grain are fitted to, by period."""
    names = tables.select(
        "tier", "topic", "measure", "grain", table=pl.concat_str("family", "grain", "geography", separator="-")
    ).unique()
    named = booked.with_columns(table=pl.col("table").str.split("-").list.head(3).list.join("-"))
    return (
        named.join(names, on=["tier", "topic", "table"])
        .group_by("tier", "topic", "measure", "grain", "period")
        .agg(booked=pl.len())
    )


# ---------------------------------------------------------------- what nobody paid for


def _unmeasured(told: pl.DataFrame, tables: pl.DataFrame) -> list[Finding]:
    """Figures finer, or more often, or by more categories than any declared table of their measure."""
    rank = {name: place for place, name in enumerate(GEOGRAPHIES)}
    blocks = (
        told.with_columns(by_category=pl.col("category") != ALL)
        .group_by("tier", "topic", "measure", "grain", "geography", "by_category", maintain_order=True)
        .agg(pl.col("release", "category", "unit", "period").first())
    )
    found = []
    for block in blocks.iter_rows(named=True):
        same = tables.filter(pl.all_horizontal(pl.col(n) == block[n] for n in ("tier", "topic", "measure", "grain")))
        enough = any(
            rank.get(table["geography"], len(rank)) <= rank.get(block["geography"], -1)
            and (not block["by_category"] or table["by"] != "")
            for table in same.iter_rows(named=True)
        )
        if not enough:
            found.append(_finding(block, where(block), "No declared table measures this: nobody paid for its noise."))
    return found


def _cheap_noise(tables: pl.DataFrame) -> list[Finding]:
    """Tables whose noise costs more than their share, and ladders that cost more than their topic declares."""
    found = []
    for table in tables.iter_rows(named=True):
        cost = table["periods"] / (2 * table["sigma"] ** 2)
        paid = min(table["rho"], table["share"] * table["topic_rho"])
        if cost > paid * (1 + _TOLERANCE) + 1e-4:
            place = f"{table['family']}-{table['grain']}-{table['geography']}"
            learned = f"σ {table['sigma']:g} costs a home's year ρ {cost:.4g}; declared are {paid:.4g}."
            found.append(_finding(table, place, learned))
    for (tier, topic, release, rho), group in tables.group_by("tier", "topic", "release", "topic_rho"):
        total = float(group["rho"].sum())
        if total > float(str(rho)) * (1 + _TOLERANCE) + 1e-4:
            row = {"tier": tier, "topic": topic, "release": release}
            found.append(_finding(row, "all tables", f"They cost ρ {total:.4g}; the topic declares {rho}."))
    return found


# ---------------------------------------------------------------- what all answers about a home's year add up to


def _spent(told: pl.DataFrame, tables: pl.DataFrame, booked: pl.DataFrame) -> pl.DataFrame:
    """`tier`, `topic`, `year`, `rho` that the published answers imply for one home, and `declared`.

    Every measured table answers once a period, and again with every second answer; a home meets at most `periods` of
    a table in a year.
    """
    times = (
        answer_counts(told)
        .group_by("tier", "topic", "measure", "grain", "period")
        .agg(answers=pl.col("answers").max())
        .join(_allowed(tables, booked), on=["tier", "topic", "measure", "grain", "period"], how="left")
        # one booked edition renews one table of the group, so it pays for one table only
        .with_columns(free=pl.min_horizontal(pl.col("answers") - 1, pl.col("booked").fill_null(0)))
    )
    smallest = tables.group_by("tier", "topic", "measure", "family", "grain", "geography", "by").agg(
        pl.col("sigma").min(), pl.col("periods").max(), declared=pl.col("topic_rho").max()
    )
    table = ["tier", "topic", "measure", "family", "grain", "geography", "by"]
    costs = times.join(smallest, on=["tier", "topic", "measure", "grain"]).with_columns(
        year=pl.col("period").dt.year(), rho=(pl.col("answers") - pl.col("free")) / (2 * pl.col("sigma") ** 2)
    )
    dearest = costs.sort("rho", descending=True).with_columns(place=pl.col("rho").cum_count().over(*table, "year"))
    return (
        dearest.filter(pl.col("place") <= pl.col("periods"))
        .group_by("tier", "topic", "year")
        .agg(rho=pl.col("rho").sum(), declared=pl.col("declared").max())
        .sort("tier", "topic", "year")
    )


def _overspent(told: pl.DataFrame, tables: pl.DataFrame, booked: pl.DataFrame) -> list[Finding]:
    spent = _spent(told, tables, booked)
    over = spent.filter(pl.col("rho") > pl.col("declared") * (1 + _TOLERANCE) + 1e-3)
    return [
        Finding(
            ATTACK,
            row["tier"],
            row["topic"],
            "",
            f"all figures of {row['year']}",
            f"All answers about one home's year together cost ρ {row['rho']:.3g}; declared are {row['declared']:.3g}.",
        )
        for row in over.iter_rows(named=True)
    ]


def _best(told: pl.DataFrame, tables: pl.DataFrame, booked: pl.DataFrame) -> str:
    spent = _spent(told, tables, booked)
    if spent.is_empty():
        return "There is no noisy figure to average."
    together = spent.group_by("topic", "year").agg(pl.col("rho").sum(), pl.col("declared").sum())
    worst = together.sort("rho", "topic", "year", descending=[True, False, False]).row(0, named=True)
    sigma, least = (1 / math.sqrt(2 * worst[name]) for name in ("rho", "declared"))
    gain = "Averaging gains nothing beyond that." if sigma >= least * (1 - _TOLERANCE) else "Averaging gains."
    return (
        f"Putting together every answer about one home in one year ({worst['topic']} {worst['year']}, all tiers) "
        f"leaves random noise of {sigma:.2f} homes; {least:.2f} is the least that was declared. {gain}"
    )
