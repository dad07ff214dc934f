"""The neighborhoods of a district by rate, with the ranks that the published ranges allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from layers.measures import rate_name
from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.frame.elements import html
from portal.frame.parts import fold
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _, number
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import is_protected, measure_of, offer_of
from portal.queries.standing import Standing, is_rankable, range_of, standings
from portal.queries.summary import Headline, last_period, neighborhood_figures
from portal.releases import Releases
from portal.view import View
from portal.words.figures import NO_BREAK
from portal.words.released import told
from portal.words.wording import period_text

RANKS = N_(
    "A rank counts from the highest rate. One place is put before another only where their ranges do not overlap, with "
    "margins and chance counted in and widened until all ranks of the list are right together with 90 %. So a rank may "
    "be a range such as 2–5; where it could be any, none is told. Places that are too small to rank still count among "
    "those that may stand before."
)
HOW_RANKED = N_("How places are ranked")
WHOLE = N_("A neighborhood that reaches into another district is shown whole.")
TOO_SMALL = N_("Too small to rank: the rate is hidden or too uncertain")


@dataclass(frozen=True, slots=True)
class Column:
    """One measure: its figure in each neighborhood, and where each stands. Medians are not ranked."""

    head: str
    measure: MeasureInfo
    figures: dict[str, Figure]
    names: dict[str, str]
    standings: dict[str, Standing]
    ranked: bool


def neighborhoods(releases: Releases, found: Sequence[Headline], unit: str) -> list[Any]:
    """Ranked by the first rate about homes; those too small to rank stand apart."""
    columns = [column for each in found if (column := _column(releases, each, unit)) is not None]
    if not columns:
        return [html.P(_("This city has no neighborhoods."), className="quiet")]
    leading = next((each for each in columns if each.ranked and _protected(each)), columns[0])
    names = {place: name for column in reversed(columns) for place, name in column.names.items()}
    ranked = sorted((p for p in names if p in leading.standings), key=lambda p: _order(leading, p, names[p]))
    small = sorted((p for p in names if p not in leading.standings), key=lambda p: names[p])
    homes = {each.id: each.homes for each in releases.areas("neighborhood")}
    heads = [_("Neighborhood"), _("Homes"), *(each.head for each in columns)]
    parts: list[Any] = [fold(_(HOW_RANKED), [html.P(_(RANKS)), html.P(_(WHOLE))])]
    for title, kept in ((_("By rank: {measure}", measure=leading.head), ranked), (_(TOO_SMALL), small)):
        if kept:
            told_of = ([_cell(each, p, stands=kept is ranked) for each in columns] for p in kept)
            body = [[_link(names[p], p), _homes(homes.get(p)), *cells] for p, cells in zip(kept, told_of, strict=True)]
            parts.append(sortable(title, heads, body, key=f"{title}{unit}"))
    return parts


def _order(column: Column, place: str, name: str) -> tuple[int, int, str]:
    """Places of equal standing by name: their order says nothing."""
    stands = column.standings[place]
    return stands.best, stands.worst, name


def _protected(column: Column) -> bool:
    return any(each.measured for each in column.figures.values())


def _column(releases: Releases, each: Headline, unit: str) -> Column | None:
    """The rate per 1,000 homes where there is one, else the measure itself, without ranks."""
    release = releases.release(each.topic)
    if release is None:
        return None
    name = rate_name(each.measure.name)
    rate = measure_of(release.manifest, name) if name in offer_of(release).measures() else None
    measure = rate or each.measure
    shown = _shown_at(release, measure, unit)
    if shown is None:
        return None
    grain, period, rows = shown
    figures = _figures(rows)
    counts = _figures(neighborhood_figures(release, each.measure, unit, grain=grain, period=period)) if rate else {}
    return Column(
        head=_("{measure}, {period}", measure=_title(release, measure), period=period_text(period, grain)),
        measure=measure,
        figures=figures,
        names=dict(rows.select("unit", "name").iter_rows()),
        standings=_standings(figures, counts) if rate else {},
        ranked=rate is not None,
    )


def _title(release: Release, measure: MeasureInfo) -> str:
    listed = release.manifest.measure(measure.name)
    return told((listed or measure).title)


def _figures(rows: pl.DataFrame) -> dict[str, Figure]:
    return {row["unit"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}


def _standings(rates: dict[str, Figure], counts: dict[str, Figure]) -> dict[str, Standing]:
    """Of the places that can be ranked, among all places: a hidden one may stand above a shown one."""
    found = standings(
        {place: range_of(rate, counts.get(place, NOTHING), among=len(rates)) for place, rate in rates.items()}
    )
    return {place: stands for place, stands in found.items() if is_rankable(rates[place])}


def _shown_at(release: Release, measure: MeasureInfo, unit: str) -> tuple[Grain, date, pl.DataFrame] | None:
    """The last closed period of the finest grain at which half of the district's neighborhoods can be ranked."""
    best = None
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        period = last_period(release, measure.name, "neighborhood", grain)
        if period is None:
            continue
        rows = neighborhood_figures(release, measure, unit, grain=grain, period=period)
        if rows.is_empty():
            continue
        best = grain, period, rows
        rankable = sum(is_rankable(each) for each in _figures(rows).values())
        if not is_protected(measure) or rankable * 2 >= rows.height:
            break
    return best


def _cell(column: Column, place: str, *, stands: bool) -> Cell:
    cell = figure_cell(column.figures.get(place, NOTHING), column.measure, margin=True)
    standing = column.standings.get(place) if stands else None
    if standing is None or not standing.known:
        return cell
    rank = html.Span(rank_text(standing), className="an-rank")
    return Cell([*(cell.content if isinstance(cell.content, list) else [cell.content]), rank], cell.sort,
                number=cell.number, flagged=cell.flagged)  # fmt: skip


def rank_text(stands: Standing) -> str:
    """`rank 3 of 11`, `rank 2–5 of 11`."""
    of = number(stands.of)
    if stands.best == stands.worst:
        return _("rank {rank} of {of}", rank=number(stands.best), of=of).replace(" ", NO_BREAK)
    return _("rank {best}–{worst} of {of}", best=number(stands.best), worst=number(stands.worst), of=of).replace(
        " ", NO_BREAK
    )


def _homes(homes: int | None) -> Cell:
    return Cell("–" if homes is None else number(homes), homes, number=True)


def _link(name: str, unit: str) -> Cell:
    view = View(geography="neighborhood", unit=unit)
    return Cell(html.A(name, href=f"/trends{view.query()}"), name)
