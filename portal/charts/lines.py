"""Lines over time: one place with its margins, year on year, and beside other places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from layers.measures import Status
from layers.period import Grain
from layers.release import Event
from portal.charts.goal import goal_line
from portal.charts.palette import (
    BAND,
    CITY_LINE,
    DASHES,
    EVENT,
    EVENT_LINE,
    GRID,
    INK,
    MAIN,
    OTHERS,
    SMOOTH,
    tint,
)
from portal.language import _
from portal.words.wording import month_names, status_text


@dataclass(frozen=True, slots=True)
class Line:
    """One place's rows (`period, value, unfinished`, and `low, high` where it is measured) and its name.

    `texts`: one for each row, shown on hover behind the name.
    """

    name: str
    rows: pl.DataFrame
    city: bool = False
    texts: Sequence[str] = ()


def trend_figure(
    rows: pl.DataFrame,
    grain: Grain,
    *,
    unit: str,
    events: Sequence[Event] = (),
    texts: Sequence[str] = (),
    target: str = "",
) -> dict[str, Any]:
    """Figures with their 90 % band, rolling average, unfinished periods dashed, gaps as gaps, events numbered.

    `rows`: `period, status, value, low, high, rolling, unfinished` and, where they are there, what
    `portal.queries.outlook` adds, and `target`; `texts`: one for each row, shown on hover; `target`: its label.
    """
    outlook = "expected" in rows.columns
    marks, notes = _events(events, rows)
    open_ended, open_notes = _not_reported(rows)
    goal, goal_notes = goal_line(rows, target) if target else ([], [])
    return {
        "data": [
            *(_expected(rows) if outlook else ()),
            *_band(rows),
            *([_before(rows)] if outlook else ()),
            *goal,
            _rolling(rows),
            *([_later(rows)] if outlook else ()),
            _values(rows, texts),
            _unfinished(rows),
            *([_marked(rows)] if outlook else ()),
            _without(rows, Status.HIDDEN, "x-thin-open"),
            _without(rows, Status.NOT_COLLECTED, "line-ew-open"),
        ],
        "layout": _layout(unit, shapes=[*marks, *open_ended], annotations=[*notes, *open_notes, *goal_notes]),
    }


def seasons_figure(rows: pl.DataFrame, grain: Grain, *, unit: str, texts: Sequence[str] = ()) -> dict[str, Any]:
    """The same months of each year on one axis; the latest year bold. `rows`: `year, place, value, unfinished`.

    `texts`: one for each row, shown on hover.
    """
    years = rows["year"].unique().sort().to_list()
    told = rows.with_columns(text=pl.Series(list(texts) or [""] * rows.height, dtype=pl.String))
    data = [_year(told.filter(pl.col("year") == year), year, years) for year in years]
    layout = _layout(unit)
    layout["xaxis"] |= _places_of_year(grain)
    layout["showlegend"] = True
    return {"data": data, "layout": layout}


def beside_figure(lines: Sequence[Line], *, unit: str) -> dict[str, Any]:
    """Several places on one axis, told apart by color, dash and name; measured figures with their 90 % bands."""
    data: list[dict[str, Any]] = []
    bands: list[dict[str, Any]] = []
    taken = 0
    for at, line in enumerate(lines):
        color = CITY_LINE if line.city else MAIN if at == 0 else OTHERS[taken % len(OTHERS)]
        taken += 0 if line.city or at == 0 else 1
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "marker": {"size": 4},
                "name": line.name,
                "x": _days(line.rows["period"]),
                "y": _finished(line.rows),
                "connectgaps": False,
                **_hover(line.texts, named=True),
                "legendgroup": str(at),
                "line": {"color": color, "width": 2.5 if at == 0 else 2, "dash": DASHES[at % len(DASHES)]},
            }
        )
        of_line = {"legendgroup": str(at), "showlegend": False}
        shown = line.rows.with_columns(value=pl.Series(_finished(line.rows), dtype=pl.Float64))
        bands += [each | of_line for each in _band(shown, tint(color))] if "low" in line.rows.columns else []
    layout = _layout(unit)
    layout["showlegend"] = True
    return {"data": [*bands, *data], "layout": layout}


def spark_figure(rows: pl.DataFrame, *, unit: str = "", texts: Sequence[str] = ()) -> dict[str, Any]:
    """A small trend without axes for a panel. `rows`: `period, status, value, low, high`; `texts` as above."""
    layout = _layout(unit)
    layout["yaxis"]["title"] = {"text": ""}
    layout["margin"] = {"l": 30, "r": 8, "t": 8, "b": 24}
    layout["height"] = 150
    layout["yaxis"]["nticks"] = 3
    hidden = _without(rows, Status.HIDDEN, "x-thin-open")
    return {"data": [*_band(rows), _values(rows, texts), hidden], "layout": layout}


def _values(rows: pl.DataFrame, texts: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _("figure"),
        "x": _days(rows["period"]),
        "y": _finished(rows),
        "connectgaps": False,
        "line": {"color": MAIN, "width": 2},
        "marker": {"color": MAIN, "size": 5},
        **_hover(texts),
    }


def _finished(rows: pl.DataFrame) -> list[float | None]:
    """Values of the periods that are over."""
    if "unfinished" not in rows.columns:
        return rows["value"].to_list()
    return rows.select(pl.when(~pl.col("unfinished")).then("value"))["value"].to_list()


def _hover(texts: Sequence[str], *, named: bool = False) -> dict[str, Any]:
    """What the pointer reads: the figure as it is written in the table, never the bare number of the axis."""
    ending = "" if named else "<extra></extra>"
    return {"text": list(texts), "hovertemplate": f"%{{text}}{ending}"} if texts else {}


def _band(rows: pl.DataFrame, fill: str = BAND) -> list[dict[str, Any]]:
    """The 90 % range, one closed shape for each run of figures, so that a gap stays a gap."""
    runs = rows.with_columns(has=pl.col("value").is_not_null() & pl.col("low").is_not_null()).with_columns(
        run=pl.col("has").rle_id()
    )
    parts = runs.filter("has").partition_by("run", maintain_order=True)
    lone = [_lone(part, fill) for part in parts if part.height == 1]
    return lone + [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [*_days(part["period"]), *reversed(_days(part["period"]))],
            "y": [*part["high"].to_list(), *reversed(part["low"].to_list())],
            "fill": "toself",
            "fillcolor": fill,
            "line": {"width": 0},
            "hoverinfo": "skip",
            "name": _("90 % range"),
        }
        for part in parts
        if part.height > 1
    ]


def _lone(part: pl.DataFrame, fill: str) -> dict[str, Any]:
    """The 90 % range of a figure that stands alone between gaps."""
    day = _days(part["period"])[0]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [day, day],
        "y": [part["low"][0], part["high"][0]],
        "line": {"width": 7, "color": fill},
        "hoverinfo": "skip",
        "name": _("90 % range"),
    }


def _expected(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The expected range: two thin lines with a light ground between them; a gap stays a gap."""
    days = _days(rows["period"])
    edge = {"color": EVENT_LINE, "width": 1, "dash": "dot"}
    common = {"type": "scatter", "mode": "lines", "x": days, "connectgaps": False, "hoverinfo": "skip", "line": edge}
    return [
        {**common, "y": rows["expected_low"].to_list(), "name": _("expected range")},
        {**common, "y": rows["expected_high"].to_list(), "name": _("expected range"), "fill": "tonexty",
         "fillcolor": EVENT},
    ]  # fmt: skip


def _before(rows: pl.DataFrame) -> dict[str, Any]:
    """What each figure is compared with."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("what it is compared with"),
        "x": _days(rows["period"]),
        "y": rows["before_value"].to_list(),
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {"color": CITY_LINE, "width": 1.5, "dash": "longdashdot"},
    }


def _later(rows: pl.DataFrame) -> dict[str, Any]:
    """Where young figures will probably end up: a bar around each."""
    part = rows.filter(pl.col("later_low").is_not_null() & pl.col("value").is_not_null())
    up, down = (part["later_high"] - part["value"]).to_list(), (part["value"] - part["later_low"]).to_list()
    bars = {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "color": SMOOTH,
        "thickness": 2,
        "width": 6,
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("may still change"),
        "x": _days(part["period"]),
        "y": part["value"].to_list(),
        "error_y": bars,
        "hoverinfo": "skip",
        "marker": {"size": 1, "color": SMOOTH},
    }


def _marked(rows: pl.DataFrame) -> dict[str, Any]:
    """Figures that a rule marks: a hollow diamond around each."""
    part = rows.filter(pl.col("rule").is_not_null())
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("stands out"),
        "x": _days(part["period"]),
        "y": part["value"].to_list(),
        "hoverinfo": "skip",
        "marker": {"symbol": "diamond-open", "size": 15, "color": SMOOTH, "line": {"width": 2.5, "color": SMOOTH}},
    }


def _rolling(rows: pl.DataFrame) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("rolling average"),
        "x": _days(rows["period"]),
        "y": rows["rolling"].to_list(),
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {"color": SMOOTH, "width": 2.5, "dash": "dash"},
    }


def _unfinished(rows: pl.DataFrame) -> dict[str, Any]:
    """The way from a whole period into one that is not, dotted, with a hollow marker."""
    beside = [pl.col("unfinished").shift(step).fill_null(False) for step in (-1, 1)]
    touched = rows.with_columns(value=pl.when(pl.col("unfinished") | beside[0] | beside[1]).then("value"))
    part = _trimmed(touched) if rows["unfinished"].any() else rows.clear()
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _("not finished"),
        "x": _days(part["period"]),
        "y": part["value"].to_list(),
        "line": {"color": MAIN, "width": 2, "dash": "dot"},
        "marker": {
            "color": MAIN,
            "size": 9,
            "symbol": ["circle-open" if open_ else "circle" for open_ in part["unfinished"]],
            "opacity": [1 if open_ else 0 for open_ in part["unfinished"]],
        },
        "hoverinfo": "skip",
    }


def _trimmed(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the rows before the first value and after the last."""
    told = rows["value"].is_not_null().arg_true()
    return rows.slice(told[0], told[-1] - told[0] + 1) if len(told) else rows.clear()


def _without(rows: pl.DataFrame, status: Status, symbol: str) -> dict[str, Any]:
    part, words = rows.filter(pl.col("status") == status.value), status_text(status)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words,
        "x": _days(part["period"]),
        "y": [0] * part.height,
        "cliponaxis": False,
        "marker": {"symbol": symbol, "size": 8, "color": EVENT_LINE, "line": {"width": 2, "color": EVENT_LINE}},
        "hovertemplate": f"{words}<extra></extra>",
    }


def _not_reported(rows: pl.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    part = rows.filter(pl.col("status") == "not_reported")
    if part.is_empty():
        return [], []
    first, last = _days(part["period"])[0], _days(part["period"])[-1]
    box = {"type": "rect", "xref": "x", "yref": "paper", "x0": first, "x1": last, "y0": 0, "y1": 1, "layer": "below"}
    shape = {**box, "line": {"width": 1, "dash": "dot", "color": EVENT_LINE}, "fillcolor": "rgba(0,0,0,0)"}
    words = {"x": last, "y": 0.02, "xref": "x", "yref": "paper", "showarrow": False,
             "text": status_text(Status.NOT_REPORTED), "xanchor": "right", "yanchor": "bottom",
             "font": {"size": 11, "color": INK}}  # fmt: skip
    return [shape], [words]


def _events(events: Sequence[Event], rows: pl.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shapes, notes = [], []
    for number, event in enumerate(events, start=1):
        span = {"type": "rect", "xref": "x", "yref": "paper", "x0": event.start.isoformat(), "y0": 0, "y1": 1}
        end = (event.end or event.start).isoformat()
        shapes.append(
            {**span, "x1": end, "fillcolor": EVENT, "line": {"width": 1, "color": EVENT_LINE}, "layer": "below"}
        )
        notes.append(
            {"x": event.start.isoformat(), "y": 1, "xref": "x", "yref": "paper", "text": f"<b>{number}</b>",
             "showarrow": False, "yanchor": "bottom", "font": {"size": 12, "color": INK}}
        )  # fmt: skip
    return shapes, notes


def _year(rows: pl.DataFrame, year: int, years: list[int]) -> dict[str, Any]:
    newest = year == years[-1]
    age = years[-1] - year
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": str(year),
        "x": rows["place"].to_list(),
        "y": _finished(rows),
        "connectgaps": False,
        **_hover([] if rows["text"].eq("").all() else rows["text"].to_list()),
        "line": {
            "color": MAIN if newest else CITY_LINE,
            "width": 3 if newest else 1.8,
            "dash": DASHES[min(age, len(DASHES) - 1)],
        },
        "marker": {"size": 5 if newest else 3},
    }


def _places_of_year(grain: Grain) -> dict[str, Any]:
    if grain is Grain.MONTH:
        return {"type": "linear", "tickvals": list(range(1, 13)), "ticktext": month_names(), "range": [0.7, 12.3]}
    if grain is Grain.QUARTER:
        quarters = [_("Q{quarter}", quarter=quarter) for quarter in range(1, 5)]
        return {"type": "linear", "tickvals": [1, 2, 3, 4], "ticktext": quarters}
    return {"type": "linear"}


def _layout(unit: str, *, shapes: Sequence[Any] = (), annotations: Sequence[Any] = ()) -> dict[str, Any]:
    axis = {"gridcolor": GRID, "zeroline": False, "fixedrange": True, "color": INK, "automargin": True}
    return {
        "margin": {"l": 48, "r": 16, "t": 28, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": INK, "size": 12},
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {**axis, "showgrid": False},
        "yaxis": {
            **axis,
            **(_PERCENT if unit == "%" else _WRITTEN_OUT),
            "rangemode": "tozero",
            "title": {"text": unit, "font": {"size": 12}},
        },
        "shapes": list(shapes),
        "annotations": list(annotations),
    }


_WRITTEN_OUT = {"separatethousands": True, "exponentformat": "none"}
"""Numbers of an axis as they are written elsewhere: 25,000, not 25k."""

_PERCENT = {"tickformat": "~%"}
"""Shares are published as parts of 1, and written in percent."""


def _days(days: pl.Series) -> list[str]:
    return [day.isoformat() for day in days]
