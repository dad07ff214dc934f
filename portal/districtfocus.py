"""One measure of a district in focus: its trend, and the map of its neighborhoods."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from layers.release import MeasureInfo
from portal.agencies import category_options
from portal.charts.heat_map import Ground, Places, heat_places, zoom_for
from portal.charts.lines import trend_figure
from portal.controls import select
from portal.figures import figure_text
from portal.language import _
from portal.legend import heat_legend
from portal.mapview import address_of
from portal.parts import downloads_of_view
from portal.queries.choice import Choice, choose
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.heat import HeatMap, heat_map
from portal.queries.names import unit_of
from portal.queries.offer import told_days
from portal.queries.series import series, with_rolling, with_unfinished
from portal.queries.summary import neighborhoods_of
from portal.released import inside, told
from portal.releases import Releases
from portal.trendtarget import target_label, target_words, with_target
from portal.view import View
from portal.wording import grain_text, period_text

DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Focus:
    """The one measure that the district's trend, map and title follow."""

    title: str
    lead: str
    controls: list[Any]
    trend: dict[str, Any]
    ground: Ground
    places: Places
    legend: list[Any]
    below: list[Any]


def focus_of(releases: Releases, view: View, unit: str, name: str) -> Focus | None:
    """Trend and map of the measure and category that the address asks for."""
    choice = choose(releases, replace(view, unit=None, as_of=None), geography=DISTRICT)
    if choice is None:
        return None
    rows = with_target(_trend_rows(choice, unit), choice)
    near = choose(releases, replace(view, unit=None, geography="neighborhood", grain=None, to=None)) or choice
    found = heat_map(near)
    within = _inside(near, found, unit)
    when = period_text(near.period, near.grain) if near.period else ""
    category = "" if choice.category == "all" else f": {told(choice.manifest.group_title(choice.category))}"
    where = {"district": name, "places": inside(near.geography.title), "period": when}
    exact = replace(choice.view, unit=unit, from_=None, to=None)
    return Focus(
        title=f"{told(choice.measure.title)}{category}",
        lead=_lead(choice, near, {**where, "grain": grain_text(choice.grain)}),
        controls=_focus_controls(releases, choice),
        trend=trend_figure(
            rows,
            choice.grain,
            unit=told(choice.measure.unit),
            texts=_texts(rows, choice),
            target=target_label(rows, choice),
        ),
        ground=_ground(near, choice, unit),
        places=heat_places(within, found.breaks, _names(within, near.measure)),
        legend=[heat_legend(near.measure, found.breaks, dict(within.group_by("status").len().iter_rows()))],
        below=[target_words(rows, choice), downloads_of_view(exact, text=_("This trend as CSV"))],
    )


def _trend_rows(choice: Choice, unit: str) -> pl.DataFrame:
    rows = series(choice.release, choice.measure.name, choice.category, DISTRICT, unit, choice.grain)
    return with_rolling(with_unfinished(rows, choice.grain, *told_days(choice.release)), choice.grain)


def _texts(rows: pl.DataFrame, choice: Choice) -> list[str]:
    return [
        f"{period_text(row['period'], choice.grain)}: {figure_text(Figure.of_row(row), choice.measure)}"
        for row in rows.iter_rows(named=True)
    ]


def _names(rows: pl.DataFrame, measure: MeasureInfo) -> list[str]:
    return [
        f"<b>{row['name']}</b><br>{figure_text(Figure.of_row(row), measure)}"
        for row in rows.select("name", *FIGURE_COLUMNS).iter_rows(named=True)
    ]


def _inside(near: Choice, found: HeatMap, unit: str) -> pl.DataFrame:
    if near.geography.name == DISTRICT:
        return found.rows.filter(pl.col("unit") == unit)
    return found.rows.filter(pl.col("unit").is_in(neighborhoods_of(near.release, unit)))


def _lead(choice: Choice, near: Choice, said: dict[str, str]) -> str:
    if near.category == choice.category:
        return _("Over time in {district}, by {grain}; on the map by {places}, {period}.", **said)
    return _(
        "Over time in {district}, by {grain}; on the map by {places}, {period} "
        "(all categories: protected categories are not published for neighborhoods).",
        **said,
    )


def _ground(near: Choice, choice: Choice, unit: str) -> Ground:
    district = unit_of(choice.manifest, DISTRICT, unit)
    west, south, east, north = (district.bbox if district else None) or (-180.0, -60.0, 180.0, 60.0)
    kept = set(neighborhoods_of(near.release, unit))
    return Ground(
        shapes=address_of(near.geography),
        geography=near.geography.name,
        lat=(south + north) / 2,
        lng=(west + east) / 2,
        zoom=zoom_for(south, west, north, east, wide=420, high=300),
        outlines=address_of(choice.geography),
        names=[(each.name, each.lat, each.lng) for each in near.geography.units if each.id in kept],
        box=(south, west, north, east),
        keep=f"{DISTRICT} {unit}",
    )


def _focus_controls(releases: Releases, choice: Choice) -> list[Any]:
    topics = [(m.topic, told(m.title)) for m in releases.manifests() if m.topic != "households"]
    offer = choice.offer
    measures = [(m.name, told(m.title)) for m in choice.manifest.measures if DISTRICT in offer.geographies(m.name)]
    offered = offer.categories(choice.measure.name, DISTRICT)
    groups = category_options(choice.manifest, offered)
    return [
        select("topic", _("Topic"), topics, choice.release.topic, drops="measure category grain to from"),
        select("measure", _("Measure"), measures, choice.measure.name, drops="category grain to from"),
        select("category", _("Category"), groups, choice.category),
    ]
