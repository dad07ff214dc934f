"""Which districts a neighborhood lies in: by its homes, or by its ground where no homes are known."""

from datetime import date
from pathlib import Path

import polars as pl

from etl.geography.places import Places, shared_by
from layers.areas import load_area_set
from tests.layers.drafts import squares


def test_most_homes_first_and_slivers_left_out() -> None:
    #  neighborhood  district  homes
    #  N                    1     30
    #  N                    2     69
    #  N                    3      1     1 % of the 100
    #  M                    3    200     and 1 home beyond the border
    homes = pl.DataFrame(
        [("N", "1", 30), ("N", "2", 69), ("N", "3", 1), ("M", "3", 200), ("M", "1", 1)],
        schema=["area_neighborhood", "area_district", "units"],
        orient="row",
    )

    assert shared_by(homes, "neighborhood", "district") == {"N": ("2", "1", "3"), "M": ("3",)}


def test_without_an_address_file_the_ground_decides(tmp_path: Path) -> None:
    #   districts:      | 1 | 2 |        two squares side by side
    #   neighborhoods:  | A |A|B|        A reaches half-way into district 2
    districts = squares(tmp_path / "d.geojson", {"1": (-84.0, -83.9), "2": (-83.9, -83.8)})
    hoods = squares(tmp_path / "n.geojson", {"A": (-84.0, -83.85), "B": (-83.85, -83.8)})
    places = Places(
        tuple(
            load_area_set(path, kind=kind, title=kind, plural=kind, id_field="id", valid_from=date(2023, 1, 1))
            for kind, path in (("district", districts), ("neighborhood", hoods))
        )
    )

    infos = places.unit_infos("neighborhood", places.homes(None), None)

    assert {info.id: info.within for info in infos} == {"A": ("1", "2"), "B": ("2",)}
