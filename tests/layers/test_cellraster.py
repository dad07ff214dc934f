"""A raster over a city changes how fast cells come, and no cell."""

import h3.api.basic_int as h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import cellraster
from layers.cellraster import Box, cells_of
from layers.grid import cell_expr

EDGE_DEGREES = {6: 0.034, 7: 0.0129, 8: 0.0049, 9: 0.0018}
SQUARES = 48


@pytest.fixture(autouse=True)
def _small_rasters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasters from the first point on, small enough to be made in no time."""
    monkeypatch.setattr(cellraster, "MANY_POINTS", 1)
    monkeypatch.setattr(cellraster, "SQUARES", SQUARES)
    monkeypatch.setattr(cellraster, "POINTS_AT_ONCE", 1_000)
    cellraster._raster.cache_clear()


def _box(lat: float, lng: float, resolution: int) -> Box:
    """A box some eight edges high and wide, so that its squares are small against its cells."""
    high = 4 * EDGE_DEGREES[resolution]
    wide = high / np.cos(np.radians(lat))
    return lng - wide, lat - high, lng + wide, lat + high


def _points(box: Box, seed: int) -> pl.DataFrame:
    """Anywhere in the box, a little beyond it, and on the borders of the raster's squares, where rounding decides."""
    west, south, east, north = box
    rng = np.random.default_rng(seed)
    along, up = rng.uniform(-0.05, 1.05, 1_500), rng.uniform(-0.05, 1.05, 1_500)
    hair = rng.choice([-1e-12, 0, 1e-12], 3_000)
    column, row = rng.integers(0, SQUARES + 1, 3_000) / SQUARES, rng.integers(0, SQUARES + 1, 3_000) / SQUARES
    lng = west + np.concatenate([along, column + hair]) * (east - west)
    lat = south + np.concatenate([up, row - hair]) * (north - south)
    return pl.DataFrame({"lat": lat, "lng": lng})


def _said(points: pl.DataFrame, resolution: int, box: Box) -> pl.Series:
    (cells,) = cells_of(points["lat"], points["lng"], [resolution], box)
    return cells.alias("cell")


def _meant(points: pl.DataFrame, resolution: int) -> pl.Series:
    return points.select(cell_expr("lat", "lng", resolution).alias("cell")).to_series()


def _known(box: Box, resolution: int) -> int:
    cells = cellraster._raster(box).cells(resolution)
    return 0 if cells is None else int(np.count_nonzero(cells.cell))


@settings(max_examples=25)
@given(
    lat=st.floats(-74, 74), lng=st.floats(-175, 175), resolution=st.sampled_from([6, 7, 8, 9]), seed=st.integers(0, 99)
)
def test_every_point_on_earth_has_the_cell_that_the_grid_says(
    lat: float, lng: float, resolution: int, seed: int
) -> None:
    box = _box(lat, lng, resolution)
    points = _points(box, seed)
    assert _said(points, resolution, box).equals(_meant(points, resolution))
    assert _known(box, resolution) > SQUARES * SQUARES / 10  # and most of them were told by the raster


@pytest.mark.parametrize("resolution", [6, 7])
def test_where_the_grid_is_bent_nothing_is_told_that_is_not_so(resolution: int) -> None:
    """Around pentagons, and where cells cross an edge of the icosahedron on which the grid is drawn."""
    for pentagon in h3.get_pentagons(resolution):
        lat, lng = h3.cell_to_latlng(pentagon)
        box = _box(lat, lng, resolution)
        points = _points(box, seed=1)
        assert _said(points, resolution, box).equals(_meant(points, resolution))


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ((10.0, 84.0, 10.1, 84.02), "near a pole"),
        ((179.9, 10.0, 180.0, 10.02), "at the edge of the plate"),
        ((10.0, 50.0, 10.0, 50.0), "a box of no size"),
        ((-10.0, 40.0, 10.0, 60.0), "squares as large as cells"),
    ],
)
def test_where_a_raster_would_not_do_the_grid_is_asked(box: Box, why: str) -> None:
    points = _points(box, seed=2)
    assert _said(points, 9, box).equals(_meant(points, 9)), why
    assert _known(box, 9) == 0, why


def test_what_has_no_point_has_no_cell() -> None:
    box = _box(36.0, -84.0, 8)
    nothing = pl.DataFrame({"lat": [36.0, None, 36.0, None, 36.0], "lng": [-84.0, -84.0, None, None, 170.0]})
    assert _said(nothing, 8, box).equals(_meant(nothing, 8))
    assert _said(nothing, 8, box).null_count() == 3
    assert _said(nothing.clear(), 8, box).dtype == pl.UInt64


def test_resolutions_are_told_apart() -> None:
    box = _box(36.0, -84.0, 7)
    points = _points(box, seed=3)
    told = cells_of(points["lat"], points["lng"], [7, 8, 9], box)
    assert [cells.equals(_meant(points, each)) for cells, each in zip(told, [7, 8, 9], strict=True)] == [True] * 3


def test_for_a_few_points_no_raster_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cellraster, "MANY_POINTS", 10_000)
    box = _box(36.0, -84.0, 8)
    points = _points(box, seed=4)
    assert _said(points, 8, box).equals(_meant(points, 8))
    assert not cellraster._raster(box)._cells
    assert _said(pl.concat([points, points]), 8, box).len() == 2 * points.height
    assert cellraster._raster(box)._cells
