"""The neighborhoods of a district."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from dash import html

from portal.language import N_, _
from portal.queries.figure import Figure
from portal.queries.summary import (
    Headline,
    default_grain,
    is_small,
    last_period,
    neighborhood_figures,
)
from portal.released import told
from portal.releases import Releases
from portal.tables import Cell, figure_cell, sortable
from portal.view import View
from portal.wording import period_text


def neighborhoods(releases: Releases, found: Sequence[Headline], unit: str) -> list[Any]:
    """A table of the district's neighborhoods; those too small to compare stand apart."""
    columns = [(each, frame) for each in found if (frame := _column(releases, each, unit)) is not None]
    if not columns:
        return [html.P(_("This city has no neighborhoods."), className="quiet")]
    names = dict(columns[0][1].select("unit", "name").iter_rows())
    rows = {place: [_at(frame, place) for _each, frame in columns] for place in names}
    small = {place for place, cells in rows.items() if any(is_small(row) for row in cells)}
    heads = [_("Neighborhood"), *(_column_head(each, frame) for each, frame in columns)]
    parts: list[Any] = []
    for title, kept in (
        (_("Neighborhoods"), [p for p in names if p not in small]),
        (_(_SMALL), [p for p in names if p in small]),
    ):
        if kept:
            body = [[_link(names[p], p), *_cells(columns, rows[p])] for p in kept]
            parts.append(sortable(title, heads, body, key=f"{title}{unit}"))
    return parts


_SMALL = N_("Too small to compare: at least one figure is hidden or too uncertain")


def _column(releases: Releases, each: Headline, unit: str) -> pl.DataFrame | None:
    release = releases.release(each.topic)
    grain = default_grain(release, each.measure, "neighborhood") if release else None
    period = last_period(release, each.measure.name, "neighborhood", grain) if release and grain else None
    if release is None or grain is None or period is None:
        return None
    frame = neighborhood_figures(release, each.measure, unit, grain=grain, period=period)
    return frame.with_columns(label=pl.lit(period_text(period, grain))) if frame.height else None


def _at(frame: pl.DataFrame, place: str) -> dict[str, Any]:
    found = frame.filter(pl.col("unit") == place)
    return found.row(0, named=True) if found.height else {"value": None, "flag": None, "status": "not_collected"}


def _column_head(each: Headline, frame: pl.DataFrame) -> str:
    return f"{told(each.measure.title)}, {frame['label'][0]}"


def _cells(columns: list[tuple[Headline, pl.DataFrame]], rows: list[dict[str, Any]]) -> list[Cell]:
    return [
        figure_cell(Figure.of_row({"low": None, "high": None, **row}), each.measure, margin=True)
        for (each, _frame), row in zip(columns, rows, strict=True)
    ]


def _link(name: str, unit: str) -> Cell:
    view = View(geography="neighborhood", unit=unit)
    return Cell(html.A(name, href=f"/trends{view.query()}"), name)
