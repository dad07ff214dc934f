"""What charts draw: gaps as gaps, margins as bands, five statuses five ways, values only when only values change."""

import json
from datetime import date
from pathlib import Path

import plotly.graph_objects as go
import polars as pl
import pytest

from layers.measures import Kind, Regime, Status
from layers.period import Grain
from layers.release import Event, MeasureInfo
from portal.charts.heat_map import Ground, heat_places, map_figure, map_patch, zoom_for
from portal.charts.lines import Line, beside_figure, seasons_figure, trend_figure
from portal.charts.palette import BIVARIATE_TOKENS, OUTLINE, RAMP, RAMP_TOKENS, STATUS_TOKENS, ramp_step
from portal.map.legend import class_labels
from portal.queries.series import by_year

ASSETS = Path(__file__).resolve().parents[2] / "assets"
GROUND = Ground("/geo/h3_8.x.geojson", "h3_8", 35.9, -84.0, 10.5, outlines="/geo/district.x.geojson")
ROWS = pl.DataFrame(
    [
        ("a", "value", 3.0),
        ("b", "value", 12.0),
        ("c", "zero", 0.0),
        ("d", "hidden", None),
        ("e", "not_reported", None),
        ("f", "not_collected", None),
    ],
    schema=["unit", "status", "value"],
    orient="row",
)
TEXTS = list("abcdef")


def months(*figures: tuple[str, float | None]) -> pl.DataFrame:
    """A series from January 2025: (status, value), with a margin of 2."""
    return pl.DataFrame(
        {
            "period": [date(2025, m, 1) for m in range(1, len(figures) + 1)],
            "status": [status for status, _ in figures],
            "value": [value for _, value in figures],
            "low": [None if value is None else value - 2 for _, value in figures],
            "high": [None if value is None else value + 2 for _, value in figures],
            "rolling": [None] * len(figures),
            "unfinished": [False] * (len(figures) - 1) + [True],
        },
        schema_overrides={"value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "rolling": pl.Float64},
    )


SERIES = months(("value", 5), ("value", 6), ("hidden", None), ("value", 7), ("value", 9), ("value", 4))


def test_the_five_statuses_are_drawn_five_ways() -> None:
    places = heat_places(ROWS, (10.0,), TEXTS)
    assert places.codes == [0, RAMP - 1, -1, -2, -3, -4]
    assert len({places.widths[at] for at in (0, 2, 3, 4, 5)}) == 5


def test_scripts_and_style_know_every_token_and_width() -> None:
    style, script = (ASSETS / "analysis.css").read_text(), (ASSETS / "map.js").read_text()
    for token in (*STATUS_TOKENS, *RAMP_TOKENS, *BIVARIATE_TOKENS, "--an-supply", "--an-supply-rim", "--an-edge"):
        assert style.count(f"{token}:") == 2, f"{token} needs a light and a dark value"
    for status in (Status.HIDDEN, Status.NOT_REPORTED, Status.NOT_COLLECTED):
        assert f"{status.value}: {OUTLINE[status]:g}" in script


def test_figures_are_ones_that_plotly_knows() -> None:
    go.Figure(map_figure(GROUND, heat_places(ROWS, (10.0,), TEXTS)))
    go.Figure(trend_figure(SERIES, Grain.MONTH, unit="homes"))
    go.Figure(seasons_figure(by_year(SERIES, Grain.MONTH), Grain.MONTH, unit="homes"))
    go.Figure(beside_figure([Line("here", SERIES), Line("City", SERIES, city=True)], unit="homes"))


def test_a_change_on_the_map_sends_values_and_no_shapes() -> None:
    units = [f"8944c{n:07x}fff" for n in range(3000)]
    rows = pl.DataFrame({"unit": units, "status": ["value"] * 3000, "value": [float(n % 40) for n in range(3000)]})
    patch = map_patch(GROUND, heat_places(rows, (5.0, 20.0), [str(n % 40) for n in range(3000)]))
    sent = json.dumps(patch.to_plotly_json())
    assert units[0] not in sent
    assert "geojson" not in sent


def test_the_same_places_keep_their_shapes_and_others_do_not() -> None:
    one, other = heat_places(ROWS, (10.0,), TEXTS), heat_places(ROWS.with_columns(value=pl.lit(1.0)), (2.0,), TEXTS)
    assert one.key == other.key
    assert one.key != heat_places(ROWS.head(3), (10.0,), TEXTS[:3]).key


def test_no_address_but_our_own_is_in_a_map() -> None:
    text = json.dumps(map_figure(GROUND, heat_places(ROWS, (10.0,), TEXTS)))
    assert "://" not in text
    assert "://" not in (ASSETS / "map-style.json").read_text()


def test_a_hidden_month_parts_line_and_band() -> None:
    data = trend_figure(SERIES, Grain.MONTH, unit="homes")["data"]
    bands = [trace for trace in data if trace.get("fill") == "toself"]
    assert [len(band["x"]) // 2 for band in bands] == [2, 3]
    line = next(trace for trace in data if trace["name"] == "figure")
    assert line["y"] == [5, 6, None, 7, 9, None]  # the gap, and the month that is not over
    assert line["connectgaps"] is False
    hidden = next(trace for trace in data if trace["name"] == "too few to show")
    assert hidden["x"] == ["2025-03-01"]


def test_an_unfinished_month_is_dotted_from_the_last_whole_one() -> None:
    part = next(t for t in trend_figure(SERIES, Grain.MONTH, unit="")["data"] if t["name"] == "not finished")
    assert part["x"] == ["2025-05-01", "2025-06-01"]
    assert part["line"]["dash"] == "dot"
    assert part["marker"]["symbol"][-1] == "circle-open"


def test_events_are_numbered_boxes() -> None:
    event = Event(title="Heat wave", start=date(2025, 2, 3), end=date(2025, 2, 9))
    layout = trend_figure(SERIES, Grain.MONTH, unit="", events=[event])["layout"]
    assert layout["shapes"][0]["x0"] == "2025-02-03"
    assert layout["annotations"][0]["text"] == "<b>1</b>"


def test_what_is_not_reported_yet_is_framed_and_named() -> None:
    rows = months(("value", 5), ("value", 6), ("not_reported", None), ("not_reported", None))
    layout = trend_figure(rows, Grain.MONTH, unit="")["layout"]
    assert layout["shapes"][0]["line"]["dash"] == "dot"
    assert layout["annotations"][0]["text"] == "not reported yet"


def test_lines_are_told_apart_by_more_than_color() -> None:
    lines = [Line(name, SERIES) for name in ("a", "b", "c", "d")] + [Line("City", SERIES, city=True)]
    drawn = [trace for trace in beside_figure(lines, unit="")["data"] if trace["name"] != "90 % range"]
    dashes = [trace["line"]["dash"] for trace in drawn]
    assert len(set(dashes)) == len(dashes)


@pytest.mark.parametrize(
    ("kind", "decimals", "breaks", "labels"),
    [
        (Kind.COUNT, 0, (10.0, 15.0, 1000.0), ["1 to 9", "10 to 14", "15 to 999", "1,000 or more"]),
        (Kind.COUNT, 0, (2.0, 3.0), ["1", "2", "3 or more"]),
        (Kind.RATE, 1, (2.5, 10.0), ["under 2.5", "2.5 to under 10.0", "10.0 or more"]),
        (Kind.COUNT, 0, (), ["above 0"]),
    ],
)
def test_legends_in_words(kind: Kind, decimals: int, breaks: tuple[float, ...], labels: list[str]) -> None:
    measure = MeasureInfo(
        name="m", title="M", unit="homes", kind=kind, regime=Regime.EXACT, help="", decimals=decimals,
        extensive=kind is Kind.COUNT, geographies=(), grains=(), categories=("all",),
    )  # fmt: skip
    assert class_labels(measure, breaks) == labels


def test_few_classes_still_reach_both_ends_of_the_ramp() -> None:
    assert [ramp_step(at, 2) for at in range(2)] == [0, RAMP - 1]
    assert [ramp_step(at, RAMP) for at in range(RAMP)] == list(range(RAMP))


def test_a_wider_box_is_seen_from_further_away() -> None:
    assert zoom_for(35.8, -84.2, 36.0, -83.8) < zoom_for(35.85, -84.05, 35.95, -83.95)
