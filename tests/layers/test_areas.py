"""Areas: any boundary file in, WGS 84 areas out; a point belongs to one area; shared borders stay shared."""

import gzip
import json
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import areas as areas_module
from layers.areas import AreaError, AreaSet, clean_id, load_area_set

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"

# Two squares side by side, and a third that lies over the right half of the second:
#
#   lat 36.1 ┌────┬────┬─┐
#            │ 2  │ 10 │3│      10: lng -83.9 … -83.8      3: lng -83.85 … -83.75
#   lat 36.0 └────┴────┴─┘       2: lng -84.0 … -83.9
SQUARES = {
    "10.0": shapely.box(-83.9, 36.0, -83.8, 36.1),
    "2.0": shapely.box(-84.0, 36.0, -83.9, 36.1),
    "3.0": shapely.box(-83.85, 36.0, -83.75, 36.1),
}


def _frame(shapes: dict[str, Any] = SQUARES) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"ID": list(shapes), "NAME": [f"No. {key}" for key in shapes]}, geometry=list(shapes.values()), crs=4326
    )


def _load(path: Path, **said: Any) -> AreaSet:
    return load_area_set(
        path,
        **{
            "kind": "district",
            "title": "District",
            "plural": "Districts",
            "id_field": "ID",
            "valid_from": date(2023, 1, 1),
            **said,
        },
    )


@pytest.fixture
def squares(tmp_path: Path) -> AreaSet:
    _frame().to_file(tmp_path / "squares.geojson")
    return _load(tmp_path / "squares.geojson", name_field="NAME")


def test_ids_are_clean_and_in_the_order_of_numbers(squares: AreaSet) -> None:
    assert [area.id for area in squares.areas] == ["2", "3", "10"]
    assert [area.name for area in squares.areas] == ["No. 2.0", "No. 3.0", "No. 10.0"]
    assert squares.areas[0].bbox == (-84.0, 36.0, -83.9, 36.1)
    assert squares.bounds == (-84.0, 36.0, -83.75, 36.1)


@pytest.mark.parametrize(
    ("lat", "lng", "area"),
    [
        pytest.param(36.05, -83.95, "2", id="inside"),
        pytest.param(36.05, -83.90, "2", id="on the border of 2 and 10: the lowest id"),
        pytest.param(36.05, -83.82, "3", id="in 3 and 10: the lowest id"),
        pytest.param(36.00, -83.95, "2", id="on the outer border: inside"),
        pytest.param(36.20, -83.95, None, id="outside"),
        pytest.param(float("nan"), float("nan"), None, id="no coordinates"),
    ],
)
def test_a_point_belongs_to_one_area(squares: AreaSet, lat: float, lng: float, area: str | None) -> None:
    assert squares.assign(np.array([lat]), np.array([lng])).to_list() == [area]


def test_many_points_take_the_raster(squares: AreaSet, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    lat, lng = rng.uniform(35.9, 36.2, 5000), rng.uniform(-84.1, -83.7, 5000)
    lat[::50] = np.nan
    lng[1::9] = rng.choice([-84.0, -83.9, -83.85, -83.8, -83.75], len(lng[1::9]))
    lat[2::9] = rng.choice([36.0, 36.1], len(lat[2::9]))
    few = squares.assign(lat, lng)
    assert squares._asked.shape_of is None
    monkeypatch.setattr(areas_module, "MANY_POINTS", 1)
    assert squares.assign(lat, lng).equals(few)
    assert squares._asked.shape_of is not None


@pytest.mark.parametrize("suffix", ["geojson", "geojson.gz", "gpkg", "shp", "zip", "nested.zip", "fgb"])
@pytest.mark.parametrize("crs", [4326, 2274, 3857])
def test_any_format_and_any_coordinate_system(tmp_path: Path, suffix: str, crs: int) -> None:
    path = _written(_frame().to_crs(crs), tmp_path, suffix)
    areas = _load(path)
    assert [area.id for area in areas.areas] == ["2", "3", "10"]
    assert areas.assign(np.array([36.05]), np.array([-83.95])).to_list() == ["2"]
    assert np.allclose(areas.bounds, (-84.0, 36.0, -83.75, 36.1), atol=1e-4)


def _written(frame: gpd.GeoDataFrame, folder: Path, suffix: str) -> Path:
    path = folder / f"areas.{suffix}"
    if suffix == "geojson.gz":
        # GeoJSON in another system than WGS 84 is not allowed by the RFC, and common all the same.
        frame.to_file(folder / "areas.geojson")
        path.write_bytes(gzip.compress((folder / "areas.geojson").read_bytes()))
    elif suffix.endswith("zip"):
        frame.to_file(folder / "areas.shp")
        inside = "a folder/" if suffix.startswith("nested") else ""
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(folder.glob("areas.*")):
                if part != path:
                    archive.write(part, inside + part.name)
    else:
        frame.to_file(path)
    return path


def test_features_of_one_id_are_one_area(tmp_path: Path) -> None:
    frame = _frame()
    frame["ID"] = ["A", "A", "B"]
    frame.to_file(tmp_path / "parts.geojson")
    areas = _load(tmp_path / "parts.geojson")
    assert [(area.id, area.bbox[0], area.bbox[2]) for area in areas.areas] == [
        ("A", -84.0, -83.8),
        ("B", -83.85, -83.75),
    ]


def test_an_invalid_shape_is_repaired(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(-84, 36), (-83.9, 36.1), (-83.9, 36), (-84, 36.1)])
    _frame({"1": bow_tie}).to_file(tmp_path / "bow.geojson")
    areas = _load(tmp_path / "bow.geojson")
    assert areas.assign(np.array([36.05, 36.09]), np.array([-83.99, -83.95])).to_list() == ["1", None]


def test_features_without_id_or_surface_are_left_out(tmp_path: Path) -> None:
    shapes = {"1": SQUARES["2.0"], "": SQUARES["10.0"], "3": shapely.LineString([(-84, 36), (-83, 37)])}
    _frame(shapes).to_file(tmp_path / "some.geojson")
    assert [area.id for area in _load(tmp_path / "some.geojson").areas] == ["1"]


def test_names_can_be_made_of_ids(tmp_path: Path) -> None:
    _frame().to_file(tmp_path / "squares.geojson")
    areas = _load(tmp_path / "squares.geojson", name_format="District {id}")
    assert areas.areas[0].name == "District 2"


def test_the_vintage_follows_content_and_not_order(tmp_path: Path) -> None:
    _frame().to_file(tmp_path / "one.geojson")
    _frame(dict(reversed(SQUARES.items()))).to_file(tmp_path / "two.gpkg")
    _frame({**SQUARES, "2.0": shapely.box(-84.0, 36.0, -83.9, 36.11)}).to_file(tmp_path / "other.geojson")
    one, two, other = (_load(tmp_path / name).vintage for name in ("one.geojson", "two.gpkg", "other.geojson"))
    assert one == two
    assert one.startswith("2023-")
    assert len(one) == len("2023-") + 6
    assert other != one


def test_geojson_is_rfc_7946(squares: AreaSet) -> None:
    found = squares.geojson(precision=4)
    assert found["type"] == "FeatureCollection"
    assert found["bbox"] == [-84.0, 36.0, -83.75, 36.1]
    assert "crs" not in found
    for feature in found["features"]:
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        assert shapely.LinearRing(ring).is_ccw
        assert feature["id"] == feature["properties"]["id"]
    json.dumps(found)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), meters=st.sampled_from([0.0, 20.0, 300.0]))
def test_simplified_neighbors_neither_gap_nor_overlap(seed: int, meters: float) -> None:
    rng = np.random.default_rng(seed)
    border = [(-83.9 + rng.normal(0, 0.002), lat) for lat in np.linspace(36.0, 36.1, 60)]
    left = shapely.Polygon([(-84.0, 36.0), *border, (-84.0, 36.1)])
    right = shapely.Polygon([(-83.8, 36.1), *reversed(border), (-83.8, 36.0)])
    shapes = np.array([left, right], dtype=object)
    areas = AreaSet("district", "", "", "", date(2023, 1, 1), None, "", (), shapes)
    simple = areas_module._rounded(areas_module._simplified(areas._shapes, meters) if meters else shapes, 5)
    assert all(shapely.is_valid(simple))
    assert shapely.intersection(*simple).area == pytest.approx(0, abs=1e-9)
    assert shapely.union_all(simple).area == pytest.approx(sum(s.area for s in simple), abs=1e-9)
    assert not shapely.union_all(simple).interiors


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"id_field": "NUMBER"}, "has no field NUMBER"),
        ({"name_field": "TITLE"}, "has no field TITLE"),
        ({"layer": "roads"}, "not readable as boundaries"),
    ],
)
def test_a_wrong_declaration_is_told(tmp_path: Path, said: dict[str, str], sentence: str) -> None:
    _frame({"1": shapely.box(-90, 30, 80, 80)}).to_file(tmp_path / "areas.gpkg", layer="areas")
    with pytest.raises(AreaError, match=sentence):
        _load(tmp_path / "areas.gpkg", **said)


def test_feet_taken_for_degrees_are_told(tmp_path: Path) -> None:
    _frame().to_crs(2274).to_file(tmp_path / "areas.gpkg")
    with pytest.raises(AreaError, match=r"not in EPSG:4326. Declare its crs"):
        _load(tmp_path / "areas.gpkg", crs="EPSG:4326")


@pytest.mark.parametrize("content", [b"", b"no boundaries", b"\x1f\x8b\x08broken", b"PK\x03\x04broken"])
@pytest.mark.parametrize("name", ["areas.geojson", "areas.geojson.gz", "areas.zip"])
def test_what_is_no_boundary_file_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AreaError, match=name):
        _load(tmp_path / name)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(AreaError, match="does not exist"):
        _load(tmp_path / "nothing.geojson")


@pytest.mark.parametrize(
    ("value", "key"),
    [("1.0", "1"), (" 07 ", "07"), (12.0, "12"), (3, "3"), (None, ""), (float("nan"), ""), ("1.05", "1.05")],
)
def test_clean_ids(value: object, key: str) -> None:
    assert clean_id(value) == key


CHICAGO_311 = "chicago/311/sanitation_code_complaints_from_rds.csv.gz"
NYC_311 = "nyc/311/hadro_311_sample.csv.gz"
NYC_HOUSING = "nyc/affordable/Affordable_Housing_Production_by_Building_2025.csv.gz"
CHICAGO_HOUSING = "chicago/affordable/Affordable_Rental_Housing_Developments.csv.gz"


@pytest.mark.parametrize(
    ("key", "points", "boundaries", "id_field"),
    [
        ("chicago_sanitation_vs_ward", CHICAGO_311, "chicago/boundaries/wards_2014.geojson.gz", "District_N"),
        (
            "chicago_sanitation_vs_community_area",
            CHICAGO_311,
            "chicago/boundaries/community_areas.geojson.gz",
            "area_numbe",
        ),
        ("chicago_affordable_vs_ca", CHICAGO_HOUSING, "chicago/boundaries/community_areas.geojson.gz", "area_numbe"),
        ("nyc_311_hadro_vs_council", NYC_311, "nyc/boundaries/ngt_council_district.geojson.gz", "district_number"),
        ("nyc_311_hadro_vs_community_board", NYC_311, "nyc/boundaries/ngt_community_district.geojson.gz", "boro_cd"),
        ("nyc_affordable_vs_council", NYC_HOUSING, "nyc/boundaries/ngt_council_district.geojson.gz", "district_number"),
    ],
)
def test_points_of_real_cities_lie_where_an_independent_count_put_them(
    key: str, points: str, boundaries: str, id_field: str
) -> None:
    if not (SHARED / "expected.json").is_file():
        pytest.skip("../shared/data is absent: the files of real cities are not part of the project")
    expected = json.loads((SHARED / "expected.json").read_text())[key]
    areas = _load(SHARED / boundaries, id_field=id_field)
    table = pl.read_csv(SHARED / points, infer_schema=False).select(pl.col("Latitude", "Longitude").cast(pl.Float64))
    found = areas.assign(table["Latitude"].to_numpy(), table["Longitude"].to_numpy())
    assert len(found) == expected["rows"]
    assert Counter(found.drop_nulls().to_list()) == expected["by_polygon"]
    assert found.count() == expected["in_a_polygon"]


@pytest.mark.parametrize("name", ["nybb_25a", "nyc-zip-codes", "nycc_25a", "nycd_25a", "nyct2020_25a", "nynta2020_25a"])
def test_shapefiles_in_feet_come_out_in_degrees(name: str) -> None:
    path = SHARED / "nyc" / "boundaries_epsg2263_subset" / f"{name}.zip"
    if not path.is_file():
        pytest.skip("../shared/data is absent: the files of real cities are not part of the project")
    field = next(str(column) for column in gpd.read_file(f"/vsizip/{path}/{name}").columns)
    west, south, east, north = _load(path, id_field=field).bounds
    assert -74.3 < west < east < -73.6
    assert 40.4 < south < north < 41.0
