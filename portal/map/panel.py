"""The panel beside a map: one place in figures, its trend, the city beside it. The accessible twin of a click."""

from typing import Any

import polars as pl
from dash import dcc
from dash.development.base_component import Component

from layers.measures import Status
from layers.period import same_period_last_year
from layers.release import MeasureInfo
from portal.charts.lines import spark_figure
from portal.charts.settings import chart_settings
from portal.frame.controls import view_link
from portal.frame.elements import html
from portal.frame.parts import change_mark, note, status_word
from portal.language import N_, _, _n, link
from portal.map.shapeview import back_link, choose_link
from portal.queries.choice import Choice
from portal.queries.figure import Figure
from portal.queries.names import name_of, unit_of
from portal.queries.offer import base_of, measure_of
from portal.queries.series import series
from portal.queries.summary import Headline, headline
from portal.view import View
from portal.words.figures import (
    FLAG_WORD,
    change_step,
    change_text,
    figure_text,
    flag_text,
    is_word,
    range_text,
    unit_text,
)
from portal.words.released import inside, told
from portal.words.wording import capital, period_text

HINT = N_("Choose a place on the map, or a name in the list: its figures, trend and comparison stand here.")


def empty_panel() -> list[Component]:
    """What stands there before a place is chosen."""
    return [html.P(_(HINT), className="quiet an-hint")]


def place_panel(choice: Choice, view: View, unit: str) -> list[Any]:
    """Count, rate, change, city, margin and trend of one place."""
    base = measure_of(choice.manifest, base_of(choice.measure.name)) or choice.measure
    found = headline(
        choice.release, base, choice.geography.name, unit, grain=choice.grain, period=choice.period,
        category=choice.category,
    )  # fmt: skip
    name = name_of(choice.release, choice.geography.name, unit)
    rows = series(choice.release, base.name, choice.category, choice.geography.name, unit, choice.grain)
    return [
        view_link(_("Close"), view.query(unit=None), focus="map-list", className="an-close"),
        html.P(_kind(choice, unit), className="eyebrow"),
        html.H2(capital(name)),
        html.Dl(_figures(found, choice)),
        *_warnings(found),
        html.H3(_("Trend")),
        _trend(rows, base, name, choice),
        html.P(_links(choice, unit), className="an-links"),
        *_to_sum(choice, view, unit),
    ]


def _to_sum(choice: Choice, view: View, unit: str) -> list[Component]:
    """The ways between this place and a sum of places."""
    links = [each for each in (choose_link(view, unit), back_link(view)) if each is not None]
    return [html.P(link, className="an-links") for link in links]


def _kind(choice: Choice, unit: str) -> str:
    info = unit_of(choice.manifest, choice.geography.name, unit)
    kind, when = told(choice.geography.title), period_text(choice.period, choice.grain) if choice.period else ""
    if info and info.homes:
        return _n("{kind}, {n} home · {period}", "{kind}, {n} homes · {period}", info.homes, kind=kind, period=when)
    return f"{kind} · {when}"


def _figures(found: Headline, choice: Choice) -> list[Component]:
    measure = found.measure
    rate = measure_of(choice.manifest, f"{measure.name}_per_1000")
    lines = [_line(told(measure.title), found.now, measure)]
    if measure.regime.value == "measured" and found.now.low is not None:
        lines.append(_pair(_("90 % certain"), [range_text(found.now, measure)]))
    if rate is not None and found.rate.status is not Status.NOT_COLLECTED:
        unit = told(rate.unit)
        lines.append(_line(capital(unit), found.rate, rate, unit=False))
        lines.append(_line(_("City, {unit}", unit=unit), found.city_rate, rate, unit=False))
    lines.append(_line(_("Whole city"), found.city, measure))
    if found.period is not None:
        than = period_text(same_period_last_year(found.period, found.grain), found.grain)
        mark = change_mark(change_step(found.change), change_text(found.change, measure, than=than))
        lines.append(_pair(_("Change"), [mark]))
    return [part for line in lines for part in line]


def _line(label: str, figure: Figure, measure: MeasureInfo, *, unit: bool = True) -> list[Component]:
    if is_word(figure):
        return _pair(label, [status_word(figure.status)])
    tail = f" {unit_text(figure, measure)}" if unit else ""
    return _pair(label, [html.Strong(figure_text(figure, measure)), tail])


def _pair(label: str, value: list[Any]) -> list[Component]:
    return [html.Dt(label), html.Dd(value)]


def _warnings(found: Headline) -> list[Component]:
    if found.now.flag in FLAG_WORD:
        return [note(html.P(_("This figure: {warning}.", warning=flag_text(found.now.flag))), "caution")]
    if found.now.status is Status.HIDDEN:
        return [note(html.P(_("Too few to show: small figures are not published, to protect households.")))]
    return []


def _trend(rows: pl.DataFrame, measure: MeasureInfo, name: str, choice: Choice) -> Component:
    if rows.is_empty() or rows["value"].null_count() == rows.height:
        return html.P(_("No figure of any period can be shown for this place."), className="quiet")
    label = _(
        "Trend of {measure}, {place}; the same figures are on the trends page.",
        measure=inside(measure.title), place=name,
    )  # fmt: skip
    texts = [
        f"{period_text(row['period'], choice.grain)}: {figure_text(Figure.of_row(row), measure)}"
        for row in rows.iter_rows(named=True)
    ]
    figure = spark_figure(rows, unit=told(measure.unit), texts=texts)
    graph = dcc.Graph(figure=figure, config=chart_settings(), responsive=True, className="an-spark")
    return html.Div(graph, className="an-chart", role="img", **{"aria-label": label})


def _links(choice: Choice, unit: str) -> list[Any]:
    asked = View(
        topic=choice.view.topic, measure=base_of(choice.measure.name), category=choice.category, unit=unit,
        geography=choice.geography.name, grain=choice.grain.value, as_of=choice.view.as_of, lang=choice.view.lang,
    )  # fmt: skip
    links: list[Any] = [html.A(_("See the whole trend"), href=f"/trends{asked.query()}")]
    if choice.geography.name == "district":
        links += [" · ", html.A(_("Open the district's page"), href=link(f"/district/{unit}"))]
    return links
