"""Plain sentences by rule: what rose, what fell, what cannot be judged. Margins are respected, causes never named."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import polars as pl

from layers.measures import Kind, Status
from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from portal.language import N_, _, _n
from portal.queries.basis import BASIS_COLUMNS
from portal.queries.change import Direction, change_in, hold_together
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.standing import STARRED, as_high, as_low, has_ranges, range_in
from portal.queries.summary import Headline
from portal.words.figures import change_text, figure_text, value_text
from portal.words.released import told
from portal.words.wording import capital, list_text, period_text

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
    unit = "" if figure.value is None or measure.kind is Kind.SHARE else f" {told(measure.unit)}"
    return f"{figure_text(figure, measure)}{unit}"


@dataclass(frozen=True, slots=True)
class Patterns:
    """How a headline is said: one message for each thing that can be said of it."""

    none: str
    unjudged: str
    alone: str
    rose: str
    fell: str
    level: str

    def moved(self, direction: Direction) -> str:
        return {Direction.ROSE: self.rose, Direction.FELL: self.fell}.get(direction, self.level)


IN_PLACE = Patterns(
    none=N_("{measure} in {place}: no period is closed yet."),
    unjudged=N_("{measure} in {place} cannot be judged for {now}: {why}."),
    alone=N_("{measure} in {place}: {figure} in {now}; {than} cannot be compared ({why})."),
    rose=N_("{measure} in {place} rose: {figure} in {now}, {change}."),
    fell=N_("{measure} in {place} fell: {figure} in {now}, {change}."),
    level=N_("{measure} in {place}: {figure} in {now}, {change}."),
)


def headline_sentence(found: Headline, place: str, words: Patterns = IN_PLACE) -> Sentence:
    """What one measure did: `Requests in District 5 rose: 312 in Sep 2026, 12 % more than in Sep 2025.`"""
    said = {"measure": told(found.measure.title), "place": place}
    if found.period is None:
        return Sentence(_(words.none, **said), Direction.UNKNOWN, found.topic, found.measure.name)
    said["now"] = period_text(found.period, found.grain)
    than = period_text(same_period_last_year(found.period, found.grain), found.grain)
    figure = figure_in_words(found.now, found.measure)
    if not found.now.shown:
        text = _(words.unjudged, **said, why=value_text(found.now, found.measure))
    elif not found.before.shown:
        text = _(words.alone, **said, figure=figure, than=than, why=value_text(found.before, found.measure))
    else:
        change = change_text(found.change, found.measure, than=than)
        text = _(words.moved(found.change.direction), **said, figure=figure, change=change)
    return Sentence(text, found.change.direction, found.topic, found.measure.name)


def district_sentences(
    found: Sequence[Headline], place: str, categories: pl.DataFrame, measure: MeasureInfo | None
) -> list[Sentence]:
    """Up to five sentences: what rose and fell first, then what cannot be judged, then the categories that moved."""
    told = [headline_sentence(each, place) for each in judged_ones(found)]
    order = {Direction.ROSE: 0, Direction.FELL: 0, Direction.DIFFERS: 1, Direction.LEVEL: 1, Direction.UNKNOWN: 2}
    kept = sorted(told, key=lambda each: order[each.direction])[:4]
    moved = category_sentence(categories, measure) if measure else None
    return [*kept, *([moved] if moved else [])][:5]


def judged_ones(found: Sequence[Headline]) -> list[Headline]:
    """Those of which a rule says whether they changed: no other stands among the leading sentences."""
    return [
        each
        for each in found
        if each.measure.kind is not Kind.DURATION
        and each.change.direction is not Direction.DIFFERS
        and not (each.measure.kind is Kind.SHARE and each.now.of is None)
    ]


def category_sentence(categories: pl.DataFrame, measure: MeasureInfo) -> Sentence | None:
    """The categories that rose or fell, the largest differences first; of all that did, those that hold together.

    None where none did.
    """
    rows = list(categories.iter_rows(named=True))
    changes = [change_in(measure, *both(row)) for row in rows]
    rose: list[tuple[float, str]] = []
    fell: list[tuple[float, str]] = []
    for row, change, holds in zip(rows, changes, hold_together(changes), strict=True):
        if holds:
            side = rose if change.direction is Direction.ROSE else fell
            side.append((abs(change.difference or 0), told(row["title"])))
    if not rose and not fell:
        return None
    message = _BOTH if rose and fell else _MORE if rose else _FEWER
    text = _(message, rose=_names(rose), fell=_names(fell))
    return Sentence(text, Direction.ROSE if rose else Direction.FELL)


_BOTH = N_("By category, compared with a year before, more: {rose}; fewer: {fell}.")
_MORE = N_("By category, compared with a year before, more: {rose}.")
_FEWER = N_("By category, compared with a year before, fewer: {fell}.")


def both(row: dict[str, object]) -> tuple[Figure, Figure]:
    """The figure of a row now and a year before (columns `before_…`)."""
    before = {name: row.get(f"before_{name}") for name in (*FIGURE_COLUMNS, *BASIS_COLUMNS)}
    if before["status"] is None:
        before["status"] = Status.NOT_COLLECTED.value
    return Figure.of_row(dict(row)), Figure.of_row(before)


def map_sentence(rows: pl.DataFrame, measure: MeasureInfo, *, city: Figure, where: str, when: str) -> str:
    """What a map shows, in words. `rows` ranked, highest first: `name, status, value, low, high, flag, rank`."""
    if rows.is_empty():
        return _("Nothing is published by {place} for {period}.", place=where, period=when)
    names = list(islice(_nameable(rows), MOST_NAMES))
    named = [rows.row(at, named=True) for at in names]
    tops = [f"{row['name']} ({_figure_text(row, measure)})" for row in named]
    said = [
        _("In {period}, the highest figures were {places}.", period=when, places=list_text(tops))
        if tops
        else _("In {period}, no place has a figure.", period=when),
        _as_high(rows, names, measure),
        _("The whole city: {figure}.", figure=figure_in_words(city, measure)) if city.shown else "",
        _without(rows),
    ]
    return " ".join(each for each in said if each)


def _nameable(rows: pl.DataFrame) -> Iterator[int]:
    """Ranked places with a figure above nothing and without a star, highest first."""
    flags = rows["flag"].to_list() if "flag" in rows.columns else [None] * rows.height
    for at, (rank, value, flag) in enumerate(zip(rows["rank"].to_list(), rows["value"].to_list(), flags, strict=True)):
        if rank is not None and (value or 0) > 0 and flag not in STARRED:
            yield at


def _as_high(rows: pl.DataFrame, named: Sequence[int], measure: MeasureInfo) -> str:
    """How many places beside the named ones may be as high: those whose range, hidden or not, reaches up to theirs."""
    if not named:
        return ""
    if not has_ranges(measure):
        return _(NO_ORDER)
    others = as_high(_ranges(rows.iter_rows(named=True), measure, rows.height), named)
    if others < 1:
        return ""
    return _n(
        "By margins and chance, {n} more place may be as high.",
        "By margins and chance, {n} more places may be as high.",
        others,
    )


NO_ORDER = N_("Which of such figures are higher beyond chance, no rule tells.")


def _ranges(rows: Iterable[dict[str, Any]], measure: MeasureInfo, among: int) -> list[tuple[float, float]]:
    return [range_in(Figure.of_row({"flag": None, **row}), measure, among=among) for row in rows]


def trend_sentence(
    rows: pl.DataFrame, measure: MeasureInfo, grain: Grain, *, place: str, change: str, latest: Figure, when: str
) -> str:
    """Latest, compared, highest and lowest of a series. `rows`: `period, status, value, low, high, unfinished`.

    Where the ranges of the highest and the lowest figure overlap, no period is called either; else it says how many
    others may be as high, or as low.
    """
    shown = rows.filter(pl.col("value").is_not_null() & ~pl.col("unfinished"))
    if shown.is_empty():
        return capital(_("{place}: no figure can be shown at this grain. Choose a longer period or a larger place.",
                         place=place))  # fmt: skip
    hidden = rows.filter(pl.col("status") == "hidden").height
    said = [
        _("{place}, {period}: {figure}, {change}.", place=place, period=when, change=change,
          figure=figure_in_words(latest, measure)),
        *_ends(rows.filter(~pl.col("unfinished")), measure, grain),
        _n("{n} of {all} periods is too few to show.", "{n} of {all} periods are too few to show.", hidden,
           all=rows.height) if hidden else "",
    ]  # fmt: skip
    return " ".join(each for each in said if each)


def _ends(rows: pl.DataFrame, measure: MeasureInfo, grain: Grain) -> list[str]:
    """The highest and the lowest figure, and how many others may be as high or as low. Starred ones are neither."""
    told = list(rows.filter(pl.col("value").is_not_null() | pl.col("high").is_not_null()).iter_rows(named=True))
    sure = [at for at, row in enumerate(told) if row["value"] is not None and row.get("flag") not in STARRED]
    if len(sure) < 2:
        return []
    top, low = max(sure, key=lambda at: (told[at]["value"], at)), min(sure, key=lambda at: (told[at]["value"], -at))
    ends = {
        "highest": _figure_text(told[top], measure), "lowest": _figure_text(told[low], measure),
        "top": period_text(told[top]["period"], grain), "low": period_text(told[low]["period"], grain),
    }  # fmt: skip
    if not has_ranges(measure):
        return [_("The figures go from {lowest} in {low} to {highest} in {top}.", **ends), _(NO_ORDER)]
    ranges = _ranges(told, measure, len(told))
    if ranges[top][0] <= ranges[low][1]:
        return [_("No period stands clearly above another: the figures go from {lowest} to {highest}, and what margins "
                  "and chance leave open overlaps.", **ends)]  # fmt: skip
    high_too, low_too = as_high(ranges, [top]), as_low(ranges, [low])
    return [
        _n("Highest: {highest} in {top}; {n} other period may be as high.",
           "Highest: {highest} in {top}; {n} others may be as high.", high_too, **ends)
        if high_too else _("Highest: {highest} in {top}.", **ends),
        _n("Lowest: {lowest} in {low}; {n} other period may be as low.",
           "Lowest: {lowest} in {low}; {n} others may be as low.", low_too, **ends)
        if low_too else _("Lowest: {lowest} in {low}.", **ends),
    ]  # fmt: skip


def _figure_text(row: dict[str, Any], measure: MeasureInfo) -> str:
    return figure_text(Figure(Status(row["status"]), row["value"], row["low"], row["high"]), measure)


def mismatch_sentence(rows: pl.DataFrame) -> str:
    """Which places have high concern and little supply, how many may have, and how many cannot be judged."""
    high = rows.filter((pl.col("concern_class") == 2) & (pl.col("supply_class") == 0))
    worst = high.filter(pl.col("concern_sure"))["name"].to_list()
    unsure = high.height - len(worst)
    unjudged = rows.filter(pl.col("gap").is_null()).height
    if not worst and unsure:
        first = _("No place has both high concern and few affordable units beyond doubt.")
    elif not worst:
        first = _("No place has both high concern and few affordable units.")
    elif len(worst) <= 5:
        first = _("Concern is high and affordable units are few in {places}.", places=list_text(worst))
    else:
        first = _n(
            "Concern is high and affordable units are few in {places} and {n} more.",
            "Concern is high and affordable units are few in {places} and {n} more.",
            len(worst) - 5,
            places=list_text(worst[:5]),
        )
    if unsure:
        more = _n(
            "In {n} more place it may be so; the margins leave it open.",
            "In {n} more places it may be so; the margins leave it open.",
            unsure,
        )
        first = f"{first} {more}"
    if not unjudged:
        return first
    last = _n(
        "{n} of {all} places cannot be judged and stands last.",
        "{n} of {all} places cannot be judged and stand last.",
        unjudged,
        all=rows.height,
    )
    return f"{first} {last}"


def _without(rows: pl.DataFrame) -> str:
    counts = Counter(rows["status"].to_list())
    words = {
        "hidden": _n("{n} has too few to show", "{n} have too few to show", counts.get("hidden", 0)),
        "not_reported": _n("{n} is not reported yet", "{n} are not reported yet", counts.get("not_reported", 0)),
        "not_collected": _n("{n} has no figure", "{n} have no figure", counts.get("not_collected", 0)),
    }
    parts = list_text([text for status, text in words.items() if counts.get(status)])
    return _n("Of {n} place, {parts}.", "Of {n} places, {parts}.", rows.height, parts=parts) if parts else ""


def _names(found: list[tuple[float, str]]) -> str:
    return list_text([name for _, name in sorted(found, reverse=True)[:MOST_NAMES]])
