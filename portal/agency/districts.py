"""The districts by what they ask of an agency: ranked by rate as far as chance allows, the small ones apart."""

from datetime import date
from typing import Any

from dash.development.base_component import Component

from layers.measures import rate_name
from layers.period import Grain
from layers.release import MeasureInfo
from portal.agency.figures import Known
from portal.district.focus import DISTRICT
from portal.district.neighborhoods import HOW_RANKED, RANKS, rank_text
from portal.frame.elements import html
from portal.frame.parts import downloads_of_view, fold
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _
from portal.queries.figure import NOTHING, Figure
from portal.queries.heat import place_rows
from portal.queries.offer import measure_of
from portal.queries.standing import Standing, is_rankable, range_of, standings
from portal.queries.summary import default_grain, last_period
from portal.releases import Releases
from portal.view import View
from portal.words.released import told
from portal.words.wording import period_text

BESIDE: tuple[str, ...] = ("days_to_close_median", "days_to_close_p90", "closed_on_time_share")
COUNT = "requests"
TOO_SMALL = N_("Too small to rank: no rate is published")


def districts(releases: Releases, known: Known) -> list[Any]:
    """Ranked by requests per 1,000 homes; districts without a rate stand apart."""
    count, rate = known.measure(COUNT, DISTRICT), _rate(known)
    grain = default_grain(known.release, count, DISTRICT) if count else None
    period = last_period(known.release, COUNT, DISTRICT, grain) if grain else None
    if count is None or grain is None or period is None:
        return [html.P(_("No figures of this agency are published by district."), className="quiet")]
    when = grain, period
    counts = _figures(known, COUNT, *when)
    rates = _figures(known, rate.name, *when) if rate else {}
    placed = _standings(rates, counts)
    measures = [(COUNT, count), *([(rate.name, rate)] if rate else []), *_beside(known)]
    figures = {name: _figures(known, name, *when) for name, _measure in measures}
    heads = [_("District"), *(told(each.title) for _name, each in measures)]
    names = {each.id: each.name for each in releases.areas(DISTRICT)}
    ranked = sorted(
        (unit for unit in counts if unit in placed), key=lambda unit: (placed[unit].best, placed[unit].worst)
    )
    small = [unit for unit in counts if unit not in placed]
    parts: list[Any] = [fold(_(HOW_RANKED), [html.P(_(RANKS))])] if ranked else []
    caption = _("Districts in {period}", period=period_text(period, grain))
    for title, units in ((caption, ranked), (_(TOO_SMALL), small)):
        if units:
            body = [_row(known, unit, names.get(unit, unit), measures, figures, placed) for unit in units]
            parts.append(sortable(title, heads, body, key=f"{known.category}{title}"))
    exact = View(
        topic=known.release.topic, measure=COUNT, category=known.category, geography=DISTRICT, grain=grain.value,
        from_=period, to=period,
    )  # fmt: skip
    return [*parts, downloads_of_view(exact, text=_("All districts as CSV"))]


def _rate(known: Known) -> MeasureInfo | None:
    name = rate_name(COUNT)
    return measure_of(known.manifest, name) if known.measure(name, DISTRICT) else None


def _beside(known: Known) -> list[tuple[str, MeasureInfo]]:
    return [(name, found) for name in BESIDE if (found := known.measure(name, DISTRICT)) is not None]


def _figures(known: Known, measure: str, grain: Grain, period: date) -> dict[str, Figure]:
    rows = place_rows(known.release, measure, known.category, DISTRICT, grain, period)
    return {row["unit"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}


def _standings(rates: dict[str, Figure], counts: dict[str, Figure]) -> dict[str, Standing]:
    found = standings(
        {unit: range_of(rate, counts.get(unit, NOTHING), among=len(rates)) for unit, rate in rates.items()}
    )
    return {unit: stands for unit, stands in found.items() if is_rankable(rates[unit])}


def _row(
    known: Known,
    unit: str,
    name: str,
    measures: list[tuple[str, MeasureInfo]],
    figures: dict[str, dict[str, Figure]],
    placed: dict[str, Standing],
) -> list[Cell]:
    view = View(topic=known.release.topic, measure=COUNT, category=known.category)
    cells = [Cell(html.A(name, href=f"/district/{unit}{view.query()}"), name)]
    for key, measure in measures:
        cell = figure_cell(figures[key].get(unit, NOTHING), measure)
        stands = placed.get(unit)
        if key == rate_name(COUNT) and stands is not None and stands.known:
            cell = Cell([*_listed(cell.content), _rank(stands)], cell.sort, number=True)
        cells.append(cell)
    return cells


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]


def _rank(stands: Standing) -> Component:
    return html.Span(rank_text(stands), className="an-rank")
