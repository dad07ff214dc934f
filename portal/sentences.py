"""Plain sentences by rule: what rose, what fell, what cannot be judged. Margins are respected, causes never named."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from layers.measures import Kind, Status
from layers.period import Grain, period_label, same_period_last_year
from layers.release import MeasureInfo
from portal.figures import change_text, figure_text, number_text, value_text
from portal.queries.change import Direction, change_of
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.summary import Headline
from portal.wording import list_text

MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `direction` says what it is about, `topic` where its figures are."""

    text: str
    direction: Direction
    topic: str = ""
    measure: str | None = None


def figure_in_words(figure: Figure, measure: MeasureInfo) -> str:
    """`312 ± 24 homes`, `too few to show`."""
    unit = "" if figure.value is None or measure.kind is Kind.SHARE else f" {measure.unit}"
    return f"{figure_text(figure, measure)}{unit}"


def headline_sentence(found: Headline, place: str) -> Sentence:
    """What one measure did: `Requests in District 5 rose: 312 in Sep 2026, 12 % more than in Sep 2025.`"""
    title = f"{found.measure.title} in {place}"
    if found.period is None:
        return Sentence(f"{title}: no period is closed yet.", Direction.UNKNOWN, found.topic, found.measure.name)
    now = period_label(found.period, found.grain)
    than = period_label(same_period_last_year(found.period, found.grain), found.grain)
    direction = found.change.direction
    if not found.now.shown:
        text = f"{title} cannot be judged for {now}: {value_text(found.now, found.measure)}."
    elif not found.before.shown:
        words = value_text(found.before, found.measure)
        text = f"{title}: {figure_in_words(found.now, found.measure)} in {now}; {than} cannot be compared ({words})."
    else:
        verb = {Direction.ROSE: " rose", Direction.FELL: " fell"}.get(direction, "")
        change = change_text(found.change, found.measure, than=than)
        text = f"{title}{verb}: {figure_in_words(found.now, found.measure)} in {now}, {change}."
    return Sentence(text, direction, found.topic, found.measure.name)


def district_sentences(
    found: Sequence[Headline], place: str, categories: pl.DataFrame, measure: MeasureInfo | None
) -> list[Sentence]:
    """Up to five sentences: what rose and fell first, then what cannot be judged, then the categories that moved."""
    told = [headline_sentence(each, place) for each in found]
    order = {Direction.ROSE: 0, Direction.FELL: 0, Direction.DIFFERS: 1, Direction.LEVEL: 1, Direction.UNKNOWN: 2}
    kept = sorted(told, key=lambda each: order[each.direction])[:4]
    moved = category_sentence(categories, measure) if measure else None
    return [*kept, *([moved] if moved else [])][:5]


def category_sentence(categories: pl.DataFrame, measure: MeasureInfo) -> Sentence | None:
    """The categories that rose or fell by the rule, the largest differences first. None where none did."""
    rose: list[tuple[float, str]] = []
    fell: list[tuple[float, str]] = []
    for row in categories.iter_rows(named=True):
        change = change_of(*both(row), kind=measure.kind, regime=measure.regime)
        if change.direction is Direction.ROSE:
            rose.append((abs(change.difference or 0), row["title"]))
        elif change.direction is Direction.FELL:
            fell.append((abs(change.difference or 0), row["title"]))
    if not rose and not fell:
        return None
    parts = [f"{words}: {_names(found)}" for words, found in (("more", rose), ("fewer", fell)) if found]
    text = f"By category, compared with a year before, {'; '.join(parts)}."
    return Sentence(text, Direction.ROSE if rose else Direction.FELL)


def both(row: dict[str, object]) -> tuple[Figure, Figure]:
    """The figure of a row now and a year before (columns `before_…`)."""
    before = {name: row[f"before_{name}"] for name in FIGURE_COLUMNS}
    if before["status"] is None:
        before["status"] = Status.NOT_COLLECTED.value
    return Figure.of_row(dict(row)), Figure.of_row(before)


def map_sentence(rows: pl.DataFrame, measure: MeasureInfo, *, city: Figure, where: str, when: str) -> str:
    """What a map shows, in words. `rows` ranked, highest first: `name, status, value, flag, rank`."""
    if rows.is_empty():
        return f"Nothing is published by {where} for {when}."
    ranked = rows.filter(pl.col("rank").is_not_null() & (pl.col("value") > 0))
    tops = [
        f"{name} ({number_text(value, measure)})"
        for name, value in ranked.select("name", "value").head(MOST_NAMES).iter_rows()
    ]
    first = (
        f"In {when}, the highest figures were {list_text(tops)}. " if tops else f"In {when}, no place has a figure. "
    )
    whole = f"The whole city: {figure_in_words(city, measure)}. " if city.shown else ""
    return f"{first}{whole}{_without(rows)}".strip()


def trend_sentence(
    rows: pl.DataFrame, measure: MeasureInfo, grain: Grain, *, place: str, change: str, latest: Figure, when: str
) -> str:
    """Latest, compared, highest and lowest of a series. `rows`: `period, value`."""
    shown = rows.filter(pl.col("value").is_not_null() & ~pl.col("unfinished"))
    if shown.is_empty():
        return f"{place}: no figure can be shown at this grain. Choose a longer period or a larger place."
    top, low = shown.sort("value").row(-1, named=True), shown.sort("value").row(0, named=True)
    hidden = rows.filter(pl.col("status") == "hidden").height
    gaps = f" {hidden} of {rows.height} periods are too few to show." if hidden else ""
    return (
        f"{place}, {when}: {figure_in_words(latest, measure)}, {change}. "
        f"Highest: {number_text(top['value'], measure)} in {period_label(top['period'], grain)}; "
        f"lowest: {number_text(low['value'], measure)} in {period_label(low['period'], grain)}.{gaps}"
    )


def mismatch_sentence(rows: pl.DataFrame) -> str:
    """Which places have high concern and little supply, and how many cannot be judged."""
    worst = rows.filter((pl.col("concern_class") == 2) & (pl.col("supply_class") == 0))["name"].to_list()
    unjudged = rows.filter(pl.col("gap").is_null()).height
    first = (
        f"Concern is high and affordable units are few in {list_text(worst[:5])}"
        f"{f' and {len(worst) - 5} more' if len(worst) > 5 else ''}."
        if worst
        else "No place has both high concern and few affordable units."
    )
    last = f" {unjudged} of {rows.height} places cannot be judged and stand last." if unjudged else ""
    return first + last


def _without(rows: pl.DataFrame) -> str:
    counts = dict(rows.group_by("status").len().iter_rows())
    words = {
        "hidden": "have too few to show",
        "not_reported": "are not reported yet",
        "not_collected": "have no figure",
    }
    parts = [f"{counts[status]:,} {text}" for status, text in words.items() if counts.get(status)]
    return f"Of {rows.height:,} places, {list_text(parts)}." if parts else ""


def _names(found: list[tuple[float, str]]) -> str:
    return list_text([name for _, name in sorted(found, reverse=True)[:MOST_NAMES]])
