"""A chart of lines as a picture: what the figure holds and nothing else, gaps as gaps, no status lost."""

import re
from typing import Any

import polars as pl
import pytest

from layers.period import Grain
from portal.charts.framed import framed
from portal.charts.lines import seasons_figure, trend_figure
from portal.charts.picture import picture
from portal.frame.markup import markup
from portal.language import speaking
from tests.portal.test_charts import SERIES, months


def _line(**more: Any) -> dict[str, Any]:
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [1, 2, 3],
        "y": [0, 50, 100],
        "line": {"color": "#123", "width": 2},
    }
    return {"data": [trace | more], "layout": {"xaxis": {"range": [1, 3]}, "yaxis": {"title": {"text": "calls"}}}}


@pytest.mark.parametrize(
    ("figures", "path"),
    [
        # 0 to 106 is the height, 1 to 3 the width with room beside it: thousandths
        ([0, 50, 100], "M28.3 1000.0L500.0 528.3L971.7 56.6"),
        ([0, None, 100], "M28.3 1000.0M971.7 56.6"),
    ],
)
def test_figures_stand_where_they_belong_and_a_gap_is_a_gap(figures: list[float | None], path: str) -> None:
    assert f'd="{path}"' in picture(_line(y=figures))


@pytest.mark.parametrize(
    ("highest", "axis", "written"),
    [
        (100, {}, ["0", "50", "100"]),
        (0.5, {}, ["0.0", "0.2", "0.4"]),
        (0.5, {"tickformat": "~%"}, ["0%", "20%", "40%"]),
    ],
)
def test_the_axis_has_round_figures_and_shares_in_percent(
    highest: float, axis: dict[str, str], written: list[str]
) -> None:
    figure = _line(y=[0, 0, highest])
    figure["layout"]["yaxis"] |= axis
    assert re.findall(r'text-anchor="end">([^<]+)<', picture(figure)) == written


def test_nothing_is_drawn_of_nothing() -> None:
    assert picture(_line(x=[], y=[])) == ""


def test_every_status_has_its_own_mark() -> None:
    rows = months(("value", 5), ("hidden", None), ("not_collected", None), ("value", 7), ("value", 4))
    drawn = picture(trend_figure(rows, Grain.MONTH, unit="homes"))
    assert re.findall(r"an-drawn-sign\" fill=\"#\w+\">(.)<", drawn) == [
        "○",
        "×",
        "–",
    ]


def test_words_are_the_reader_s_and_safe() -> None:
    with speaking("es"):
        drawn = picture(trend_figure(SERIES, Grain.MONTH, unit="<homes>"))
    assert "enero de 2025" in drawn
    assert "&lt;homes&gt;" in drawn


def test_lines_are_told_apart_by_name_and_dash() -> None:
    rows = pl.DataFrame(
        {"year": [2024, 2025], "place": [1, 1], "value": [1.0, 2.0], "unfinished": [False, False], "text": ["", ""]}
    )
    drawn = picture(seasons_figure(rows, Grain.MONTH, unit=""))
    assert re.findall(r"</svg>(\d{4})</li>", drawn) == ["2024", "2025"]
    assert drawn.count("stroke-dasharray") > 0


def test_the_page_has_it_from_the_first_byte_under_the_name_of_its_box() -> None:
    page = markup(framed("a", trend_figure(SERIES, Grain.MONTH, unit="homes"), "Trend"))
    assert page.startswith(
        '<div class="an-chart" role="img" aria-label="Trend"><div class="an-drawn" aria-hidden="true">'
    )
