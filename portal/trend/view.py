"""Trends as a whole: one place over time, beside its own earlier years, the city and other places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.measures import Kind, Regime
from layers.period import Grain
from layers.release import Event, MeasureInfo, Target
from layers.store.reader import Release
from portal.charts.lines import Line, beside_figure, seasons_figure, trend_figure
from portal.frame.elements import html
from portal.frame.parts import closing_sentence, day, downloads_of_view
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _, _n, number, woven
from portal.queries.basis import BASIS_COLUMNS
from portal.queries.change import PARTIAL, rules_for
from portal.queries.choice import Choice
from portal.queries.figure import FIGURE_COLUMNS, NOTHING, Figure
from portal.queries.names import name_of
from portal.queries.offer import CITY, base_of, is_protected, measure_of, told_days
from portal.queries.outlook import Outlook, with_baseline, with_outlook
from portal.queries.revisions import growth_of
from portal.queries.series import (
    by_year,
    figure_at,
    latest,
    series,
    with_rolling,
    with_unfinished,
)
from portal.releases import Releases
from portal.statistics.baseline import Baseline, change_against
from portal.trend.around import Series, around_part
from portal.trend.asked import Asked, ask
from portal.trend.controls import RATE, controls
from portal.trend.key import line_key
from portal.trend.target import COLUMN, target_cell, target_label, target_words, targets_by_period, with_target
from portal.trend.words import (
    baseline_options,
    baseline_words,
    expected_text,
    later_text,
    rule_of,
    stands_out,
    than_words,
)
from portal.view import View
from portal.words.figures import change_text, change_words, figure_text, margin_text
from portal.words.released import told
from portal.words.sentences import both, trend_sentence
from portal.words.wording import grain_text, period_text


@dataclass(frozen=True, slots=True)
class TrendView:
    """Everything the page shows for one address."""

    title: str
    lead: str
    controls: list[Any]
    trend: dict[str, Any]
    trend_below: list[Any]
    seasons: dict[str, Any]
    beside: dict[str, Any]
    beside_words: str
    below: list[Any]
    alone: bool
    """Nothing can be drawn beside it: the whole city, or a place that has counts alone, and no other is chosen."""


def trend_view(releases: Releases, view: View) -> TrendView | None:
    """The trend an address asks for; None where nothing is published."""
    asked = ask(releases, view)
    if asked is None:
        return None
    choice, grain = asked.choice, asked.choice.grain
    outlook = outlook_of(releases, asked)
    rows = with_target(_between(outlook.rows, view.from_, view.to), choice)
    last = _last(rows, latest(choice.spans))
    events = events_of(asked, rows)
    baselines = baseline_options(choice.measure, asked.events, outlook.rows, grain)
    lines = _lines(asked, rows)
    drawn = _of_like_size(lines, asked)
    return TrendView(
        title=_("{measure}, {place}, by {grain}, compared with {baseline}", measure=_measure_words(choice),
                place=asked.name, grain=grain_text(grain), baseline=baseline_words(asked.baseline, asked.events)),
        lead=_lead(rows, asked, last),
        controls=controls(releases, view, asked, baselines),
        trend=trend_figure(
            rows, grain, unit=told(choice.measure.unit), events=events, texts=_texts(rows, choice.measure, grain),
            target=target_label(rows, choice),
        ),
        trend_below=[
            line_key(rows, grain),
            target_words(rows, choice),
            stands_out(rows, choice.measure, grain, outlook.why_not),
            _events(events),
            _closing(choice),
        ],
        seasons=seasons_figure(
            by_year(rows, grain), grain, unit=told(choice.measure.unit), texts=_texts(rows, choice.measure, grain)
        ),
        beside=beside_figure(drawn, unit=told(_beside_measure(asked).unit)),
        beside_words=_beside_words(asked, drawn),
        below=_below(asked, rows, lines, view),
        alone=len(drawn) < 2,
    )  # fmt: skip


def outlook_of(releases: Releases, asked: Asked) -> Outlook:
    """The place's whole series with everything that is drawn and told of it."""
    choice = asked.choice
    where = choice.category, choice.geography.name, asked.unit, choice.grain
    return _outlook(releases, releases.key, choice.release, choice.measure.name, *where, asked.baseline)


@lru_cache(maxsize=512)
def _outlook(
    releases: Releases, key: str, release: Release, name: str, category: str, geography: str, unit: str, grain: Grain,
    baseline: Baseline,
) -> Outlook:  # fmt: skip
    """Kept while the offer (`key`) stays."""
    manifest, measure = release.manifest, measure_of(release.manifest, name)
    assert measure is not None
    rows = series(release, name, category, geography, unit, grain)
    whole = with_rolling(with_unfinished(rows, grain, *told_days(release)), grain, measure)
    compared = with_baseline(whole, grain, baseline, measure)
    exact = measure.extensive and measure.regime is Regime.EXACT
    growth = growth_of(releases, release, name, category, grain) if exact else {}
    return with_outlook(compared, grain, measure, growth, manifest.as_of)


def _between(rows: pl.DataFrame, since: date | None, until: date | None) -> pl.DataFrame:
    kept = rows.filter(pl.col("period") >= since) if since else rows
    return kept.filter(pl.col("period") <= until) if until else kept


def events_of(asked: Asked, rows: pl.DataFrame) -> list[Event]:
    """The city's events that touch the series and concern its topic."""
    if rows.is_empty():
        return []
    first, last = rows["period"][0], rows["period"][-1]
    return [event for event in asked.events if event.start <= last and (event.end or event.start) >= first]


def _last(rows: pl.DataFrame, newest: date | None) -> date | None:
    shown = rows.filter(~pl.col("unfinished") & pl.col("status").is_in(["value", "zero", "hidden"]))
    if newest is not None and rows.filter(pl.col("period") == newest).height:
        return newest
    return shown["period"].max() if shown.height else None  # type: ignore[return-value]  # a column of days


# ---- words ----


def _measure_words(choice: Choice) -> str:
    category = "" if choice.category == "all" else f": {told(choice.manifest.group_title(choice.category))}"
    return f"{told(choice.measure.title)}{category}"


def _lead(rows: pl.DataFrame, asked: Asked, last: date | None) -> str:
    measure, grain = asked.choice.measure, asked.choice.grain
    if last is None:
        return _("{place}: no period is closed yet.", place=asked.name)
    now, before = figure_at(rows, last), Figure.of_row(_before(rows, last))
    change = change_against(measure, now, before)
    than = than_words(last, grain, asked.baseline)
    return trend_sentence(
        rows, measure, grain, place=asked.name, when=period_text(last, grain), latest=now,
        change=change_text(change, measure, than=than),
    )  # fmt: skip


def _before(rows: pl.DataFrame, period: date) -> dict[str, Any]:
    row = rows.filter(pl.col("period") == period).row(0, named=True)
    before = {name: row[f"before_{name}"] for name in (*FIGURE_COLUMNS, *BASIS_COLUMNS)}
    return {**before, "status": before["status"] or "not_collected"}


def _texts(rows: pl.DataFrame, measure: MeasureInfo, grain: Grain) -> list[str]:
    return [
        f"{period_text(row['period'], grain)}: {figure_text(Figure.of_row(row), measure)}"
        for row in rows.iter_rows(named=True)
    ]


def _events(events: Sequence[Event]) -> Component | None:
    if not events:
        return None
    items = [html.Li([html.Strong(event.title), " (", *_span(event), ") ", event.text]) for event in events]
    return html.Div([html.H3(_("What happened")), html.Ol(items, className="an-events")])


def _span(event: Event) -> list[Any]:
    return woven("{first} to {last}", first=day(event.start), last=day(event.end)) if event.end else [day(event.start)]


def _closing(choice: Choice) -> Component | None:
    if not is_protected(choice.measure):
        return None
    return html.P(closing_sentence(choice.manifest, choice.grain), className="quiet")


# ---- beside other places ----


def _beside_measure(asked: Asked) -> MeasureInfo:
    """Places of different size are compared by rate where there is one."""
    choice = asked.choice
    rate = measure_of(choice.manifest, base_of(choice.measure.name) + RATE)
    if choice.measure.kind is Kind.COUNT and rate and _offered(choice, rate.name):
        return rate
    return choice.measure


def _offered(choice: Choice, measure: str) -> bool:
    return all(
        choice.grain in choice.offer.grains(measure, geography, choice.category)
        for geography in {choice.geography.name, CITY}
    )


def _lines(asked: Asked, rows: pl.DataFrame) -> list[Line]:
    choice, info = asked.choice, _beside_measure(asked)
    measure = info.name
    first, last = (rows["period"][0], rows["period"][-1]) if rows.height else (None, None)
    wanted = [(choice.geography.name, unit) for unit in (asked.unit, *asked.others)]
    if choice.geography.name != CITY:
        wanted.append((CITY, CITY))
    lines = []
    for geography, unit in wanted:
        found = series(choice.release, measure, choice.category, geography, unit, choice.grain)
        if found.is_empty():
            continue
        done = with_unfinished(found, choice.grain, *told_days(choice.release))
        kept = done.filter(pl.col("period").is_between(first, last))
        name, texts = name_of(choice.release, geography, unit), _texts(kept, info, choice.grain)
        lines.append(Line(name, kept, city=geography == CITY, texts=texts))
    return lines


def _of_like_size(lines: list[Line], asked: Asked) -> list[Line]:
    """What can be drawn on one axis: beside the city's count a place's own is a line on the ground."""
    if _beside_measure(asked).kind is not Kind.COUNT:
        return lines
    return [each for each in lines if not each.city]


def _beside_words(asked: Asked, lines: list[Line]) -> str:
    measure = _beside_measure(asked)
    parts = []
    for line in lines:
        shown = line.rows.filter(pl.col("value").is_not_null() & ~pl.col("unfinished"))
        if shown.height:
            row = shown.row(-1, named=True)
            when = period_text(row["period"], asked.choice.grain)
            parts.append(f"{line.name}: {figure_text(Figure.of_row(row), measure)} ({when})")
    if not parts:
        return _("No figures can be compared.")
    return _("{measure}. Last figures: {figures}.", measure=told(measure.title), figures="; ".join(parts))


# ---- table ----


def _below(asked: Asked, rows: pl.DataFrame, lines: list[Line], view: View) -> list[Any]:
    choice = asked.choice
    exact = replace(choice.view, unit=asked.unit, from_=view.from_, to=view.to, compare=",".join(asked.others) or None)
    return [
        _table(asked, rows, lines),
        downloads_of_view(exact, text=_n("This {n} figure as CSV", "These {n} figures as CSV", rows.height)),
        html.P(
            [*(f"{_(each)} " for each in rules_for(choice.measure)), told(choice.manifest.is_not)],
            className="quiet an-caveat",
        ),
        around_part(_series(asked), view),
    ]


def _caveats(choice: Choice) -> str:
    """By which rule differences are told, and what the figures are not."""
    return " ".join([*(_(each) for each in rules_for(choice.measure)), told(choice.manifest.is_not)])


def _series(asked: Asked) -> Series:
    choice = asked.choice
    return Series(choice.release, choice.measure, choice.category, choice.geography.name, asked.unit, choice.grain)


def _table(asked: Asked, rows: pl.DataFrame, lines: list[Line]) -> Component:
    measure, grain = asked.choice.measure, asked.choice.grain
    beside, compared = lines[1:], _beside_measure(asked)
    before = _("A year before") if asked.baseline == Baseline() else _("Baseline")
    more = _more_columns(rows)
    added = [_(_MORE[name]) for name in more]
    margin = [_("90 % margin")] if is_protected(measure) else []
    heads = [_("Period"), told(measure.title), *margin, before, _("Change"),
             *added, *(f"{line.name}, {told(compared.unit)}" for line in beside)]  # fmt: skip
    others = [{row["period"]: Figure.of_row(row) for row in line.rows.iter_rows(named=True)} for line in beside]
    goals = targets_by_period(rows, asked.choice)
    body = [_row(row, measure, grain, others, compared, more, goals) for row in rows.reverse().iter_rows(named=True)]
    key = f"{asked.choice.view.query()}{asked.unit}{asked.others}{rows.height}"
    caption = _("{measure}, {place}: newest first", measure=told(measure.title), place=asked.name)
    return sortable(caption, heads, body, key=key, ident="trend-table")


_MORE = {
    "rolling": N_("Rolling average"),
    COLUMN: N_("Target"),
    "expected_low": N_("Expected"),
    "rule": N_("Stands out"),
    "later_low": N_("Will end up at"),
}
"""Columns of the table that are there where a figure has them."""


def _more_columns(rows: pl.DataFrame) -> list[str]:
    return [name for name in _MORE if rows[name].is_not_null().any()]


def _more(name: str, row: dict[str, Any], measure: MeasureInfo) -> Cell:
    if name == "rolling":
        return Cell("" if row[name] is None else number(row[name], 1), row[name], number=True)
    if name == "rule":
        rule = rule_of(row["rule"])
        return Cell(_(rule.title) if rule else "", rule.title if rule else None)
    words = expected_text(row, measure) if name == "expected_low" else later_text(row, measure)
    return Cell(words, row[name], number=True)


def _row(
    row: dict[str, Any],
    measure: MeasureInfo,
    grain: Grain,
    others: list[dict[date, Figure]],
    beside: MeasureInfo,
    more: Sequence[str],
    goals: dict[Any, Target | None],
) -> list[Cell]:
    now, before = both(row)
    change = change_against(measure, now, before)
    unfinished = bool(row["unfinished"]) and now.shown
    period = period_text(row["period"], grain)
    message = _("{period} (not all reported)") if row["flag"] == PARTIAL else _("{period} (not finished)")
    name = message.format(period=period) if unfinished else period
    cells = [
        Cell(name, row["period"].isoformat()),
        figure_cell(now, measure),
        *([Cell(margin_text(now, measure), now.margin or None, number=True)] if is_protected(measure) else []),
        figure_cell(before, measure, margin=True) if row["before_status"] else Cell("–", None, number=True),
        Cell(
            "" if unfinished or not row["before_status"] else change_words(change, measure),
            change.difference,
            number=True,
        ),
    ]
    return [
        *cells,
        *(
            target_cell(row, measure, goals[row["period"]]) if name == COLUMN else _more(name, row, measure)
            for name in more
        ),
        *(figure_cell(each.get(row["period"], NOTHING), beside, margin=True) for each in others),
    ]
