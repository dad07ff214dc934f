"""One measure over time: chart, its table twin, the file with the same figures."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from layers.topics.contact_center import CENTER_MEASURES
from portal.center.figures import TOPIC, grain_for, grain_of, release_of
from portal.charts.lines import trend_figure
from portal.frame.controls import form, select
from portal.frame.elements import html
from portal.frame.parts import downloads_of_view
from portal.frame.tables import Cell, figure_cell, sortable, twin
from portal.language import _, _n
from portal.queries.change import PARTIAL
from portal.queries.choice import Choice, choose
from portal.queries.figure import Figure
from portal.queries.offer import CITY, told_days
from portal.queries.series import series, with_rolling, with_unfinished
from portal.releases import Releases
from portal.trend.around import Series
from portal.trend.key import line_key
from portal.trend.target import target_cell, target_label, targets_by_period, with_target
from portal.view import View
from portal.words.figures import figure_text
from portal.words.released import told
from portal.words.target import goal_text
from portal.words.wording import capital, grain_text, period_text


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure over time, ready to be shown."""

    title: str
    figure: dict[str, Any]
    below: list[Any]


def controls(release: Release, view: View) -> Any:
    """Which measure is drawn, and by which periods everything is told."""
    measures = [(name, told(info.title)) for name in CENTER_MEASURES if (info := release.manifest.measure(name))]
    grains = [(grain.value, capital(grain_text(grain))) for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)]
    fields = [
        select("grain", _("Every"), grains, grain_of(view).value),
        select("measure", _("Over time"), measures, measure_of(release, view).name),
    ]
    return form(fields, label=_("Periods and measure"), view=view)


def series_of(release: Release, view: View) -> Series:
    """The measure that the address names, in its periods."""
    measure = measure_of(release, view)
    return Series(release, measure, "all", CITY, CITY, grain_for(measure, grain_of(view)))


def measure_of(release: Release, view: View) -> MeasureInfo:
    """The measure that the address names, else the first of the sixteen that is collected."""
    manifest = release.manifest
    asked = manifest.measure(view.measure) if view.measure in CENTER_MEASURES else None
    first = next(info for name in CENTER_MEASURES if (info := manifest.measure(name)))
    return asked or first


def trend(releases: Releases, view: View) -> Trend | None:
    """The chart and the table of the measure that the address names."""
    release = release_of(releases, view)
    if release is None:
        return None
    measure = measure_of(release, view)
    grain = grain_for(measure, grain_of(view))
    asked = View(topic=TOPIC, measure=measure.name, geography=CITY, unit=CITY, grain=grain.value, as_of=view.as_of)
    choice = choose(releases, asked, geography=CITY)
    if choice is None:
        return None
    raw = series(release, measure.name, "all", CITY, CITY, grain)
    rows = with_target(with_rolling(with_unfinished(raw, grain, *told_days(release)), grain, measure), choice)
    texts = [f"{period_text(r['period'], grain)}: {figure_text(Figure.of_row(r), measure)}"
             for r in rows.iter_rows(named=True)]  # fmt: skip
    exact = replace(asked, unit=CITY, category="all")
    return Trend(
        title=_("{measure}, by {grain}", measure=told(measure.title), grain=grain_text(grain)),
        figure=trend_figure(
            rows, grain, unit=told(measure.unit), texts=texts, target=target_label(rows, choice),
        ),
        below=[
            line_key(rows, grain),
            html.P(told(measure.help)),
            _goals(rows, choice),
            twin(_("The same figures as a table"), _table(release, rows, choice)),
            downloads_of_view(exact, text=_n("This {n} figure as CSV", "These {n} figures as CSV", rows.height)),
            html.P(html.A(_("More on the trends page: seasons, expected range, what stands out"),
                          href=f"/trends{exact.query()}")),
        ],
    )  # fmt: skip


def _goals(rows: pl.DataFrame, choice: Choice) -> Any:
    """Every target that held in these periods, and who set it."""
    found = dict.fromkeys(each for each in targets_by_period(rows, choice).values() if each is not None)
    if not found:
        return None
    said = [
        _("{target}. Set by: {source}.", target=goal_text(each, choice.measure), source=each.source)
        if each.source
        else _("{target}.", target=goal_text(each, choice.measure))
        for each in found
    ]
    return html.Ul([html.Li(text) for text in said], className="an-target-words")


def _table(release: Release, rows: pl.DataFrame, choice: Choice) -> Any:
    measure, grain = choice.measure, choice.grain
    over = release.manifest.measure(measure.over) if measure.over else None
    under = series(release, over.name, "all", CITY, CITY, grain) if over else None
    known = {r["period"]: Figure.of_row(r) for r in under.iter_rows(named=True)} if under is not None else {}
    goals = targets_by_period(rows, choice)
    has_goal = any(goals.values())
    further = [*([told(over.title)] if over else []), *([_("Target")] if has_goal else [])]
    heads = [_("Period"), told(measure.title), *further]
    body = []
    for row in rows.reverse().iter_rows(named=True):
        figure = Figure.of_row(row)
        alone = replace(figure, of=None) if over is not None else figure  # what it is of stands in the next column
        cells = [Cell(_name(row, grain), row["period"].isoformat()), figure_cell(alone, measure)]
        if over is not None:
            cells.append(figure_cell(known[row["period"]], over) if row["period"] in known else Cell("–", number=True))
        cells += [target_cell(row, measure, goals[row["period"]])] if has_goal else []
        body.append(cells)
    caption = _("{measure}, newest first", measure=told(measure.title))
    return sortable(caption, heads, body, key=f"{choice.view.query()}{rows.height}", ident="center-table")


def _name(row: dict[str, Any], grain: Grain) -> str:
    period = period_text(row["period"], grain)
    if row["value"] is None or not row["unfinished"]:
        return period
    if row["flag"] == PARTIAL:
        return _("{period} (not all reported)", period=period)
    return _("{period} (not finished)", period=period)
