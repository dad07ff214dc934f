"""The line of what the city set out to reach: a step wherever a target changes, a gap where none was in force."""

from typing import Any

import polars as pl

from portal.charts.palette import INK, OTHERS

GOAL = OTHERS[0]


def goal_line(rows: pl.DataFrame, label: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The line and its label, at its beginning. `rows`: `period, target`; nothing where no period has a target."""
    told = rows.filter(pl.col("target").is_not_null())
    if told.is_empty():
        return [], []
    x = [day.isoformat() for day in rows["period"]]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": x,
        "y": rows["target"].to_list(),
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {"color": GOAL, "width": 2, "dash": "longdashdot", "shape": "hv"},
    }
    first = told.row(0, named=True)
    words = {
        "x": first["period"].isoformat(), "y": first["target"], "xref": "x", "yref": "y", "text": label,
        "showarrow": False, "xanchor": "left", "yanchor": "bottom", "font": {"size": 12, "color": INK},
    }  # fmt: skip
    return [line], [words]
