"""What names a home is frozen per year: no change of the address file lets a home be counted beyond its cap.

The address file:      street         ZIP      homes
    in January         12 Main St     37901    1
                       30 Oak Ave     37901    1
    from May on        12 Main St     37902    1         its ZIP code is corrected
                       30 Oak Ave     37901    2         a second home is added
                       5 New Ct       37901    1         the address is added
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.errors import StorageFailed
from etl.homes.names import freeze_names, frozen_names
from etl.protect.bounding import ContributionBook, within_cap
from etl.steps.locate import Directory, build_directory, locate
from layers.areas import AreaSet
from layers.policy import policy_for
from tests.etl.declared import KEY, city_areas, every_year, source, validated

CASE = {"id": "id", "filed": "day", "party": "who", "address": "at", "apartment": "apt", "zip": "zip"}
CAP = policy_for("evictions").month_cap
TABLE = "filings-month-district"


def directory(*rows: tuple[str, str, float]) -> Directory:
    points = [(street, zip_code, 36.01, -83.95, units) for street, zip_code, units in rows]
    return build_directory(pl.DataFrame(points, schema=["address", "zip", "lat", "lng", "units"], orient="row"))


JANUARY = directory(("12 MAIN ST", "37901", 1.0), ("30 OAK AVE", "37901", 1.0))
MAY = directory(("12 MAIN ST", "37902", 1.0), ("30 OAK AVE", "37901", 2.0), ("5 NEW CT", "37901", 1.0))


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> tuple[AreaSet, AreaSet]:
    return city_areas(tmp_path_factory.mktemp("areas"))


def homes(
    areas: Sequence[AreaSet], cases: Sequence[Mapping[str, str]], now: Directory | None, private: Path
) -> list[int]:
    """The home of each case, as a run with the address file `now` numbers it."""
    declared = source(CASE, topic="evictions")
    rows = [{**dict.fromkeys(CASE.values()), "id": str(n), **case} for n, case in enumerate(cases)]
    located = locate(
        validated(declared, rows).records,
        declared,
        area_sets=areas,
        city_area="district",
        directory=now,
        key=KEY,
        home_keys=every_year(KEY),
        year_names=frozen_names(private),
    )
    return located.events["home"].to_list()


def cases(at: str, *days: str, **said: str) -> list[dict[str, str]]:
    return [{"day": day, "at": at, **said} for day in days]


SPRING = ("01/05/2025", "02/05/2025", "03/05/2025", "04/07/2025")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        pytest.param("12 Main St", {"who": "Ann"}, id="its ZIP code is corrected"),
        pytest.param("12 Main St", {"who": "Ann", "zip": "37901"}, id="and the records go on with the old one"),
        pytest.param("30 Oak Ave", {"who": "Ann"}, id="a second home is added"),
        pytest.param("30 Oak Ave", {"who": "Ann", "apt": "2"}, id="and the records name an apartment"),
        pytest.param("5 New Ct", {"who": "Ann"}, id="the address is added"),
    ],
)
def test_a_home_whose_address_is_told_otherwise_keeps_its_cap(
    areas: tuple[AreaSet, AreaSet], tmp_path: Path, at: str, said: dict[str, str]
) -> None:
    """filed    Jan Feb Mar Apr | May         counted    Jan Feb Mar Apr    (the cap of a year is 4 months)"""
    spring = homes(areas, cases(at, *SPRING, **said), JANUARY, tmp_path)
    freeze_names(tmp_path, [2025], JANUARY)
    counted = pl.DataFrame({"home": spring, "period": [date(2025, month, 1) for month in (1, 2, 3, 4)]})
    book = ContributionBook(tmp_path / "book")
    book.record(TABLE, 2025, counted)

    freeze_names(tmp_path, [2025], MAY)  # the next run: the year has its file already
    (home,) = homes(areas, cases(at, "05/06/2025", **said), MAY, tmp_path)

    assert len(set(spring)) == 1
    assert home == spring[0]
    may = pl.DataFrame({"home": [home], "period": [date(2025, 5, 1)]}, schema_overrides={"home": pl.UInt64})
    assert within_cap(may, book.counted(TABLE, 2025, expected=True), CAP).is_empty()


def test_without_frozen_names_they_would_be_other_homes(areas: tuple[AreaSet, AreaSet], tmp_path: Path) -> None:
    for at in ("12 Main St", "30 Oak Ave", "5 New Ct"):
        case = cases(at, "05/06/2025", who="Ann")
        assert homes(areas, case, JANUARY, tmp_path) != homes(areas, case, MAY, tmp_path)


def test_in_the_next_year_the_new_facts_hold(areas: tuple[AreaSet, AreaSet], tmp_path: Path) -> None:
    """30 Oak Ave    2025: one home, whatever apartment is written    2026: two"""
    both = [
        case | {"apt": apartment}
        for day in ("05/06/2025", "05/06/2026")
        for apartment in ("1", "2")
        for case in cases("30 Oak Ave", day)
    ]
    freeze_names(tmp_path, [2025], JANUARY)
    freeze_names(tmp_path, [2025, 2026], MAY)
    one, other, first, second = homes(areas, both, None, tmp_path)
    assert one == other
    assert first != second


def test_frozen_names_are_those_of_the_address_file_and_tell_no_place(tmp_path: Path) -> None:
    twice = directory(("7 TWICE RD", "37901", 1.0), ("7 TWICE RD", "37902", 3.0), ("9 ONCE LN", "37901", 2.0))
    freeze_names(tmp_path, [2025], twice)
    freeze_names(tmp_path, [2026], None)
    kept = pl.read_parquet(tmp_path / "homes/2025.parquet")
    assert kept.columns == ["street", "zip", "units", "once", "naming"]
    assert [row[1:4] for row in kept.rows()] == [("37901", 1.0, False), ("37902", 3.0, False), ("37901", 2.0, True)]
    frozen = frozen_names(tmp_path)
    for part in ("by_zip", "unique"):
        before, after = (getattr(each, part).drop("found_lat", "found_lng") for each in (twice, frozen[2025]))
        assert after.select(before.columns).sort("street", "found_zip").equals(before.sort("street", "found_zip"))
    assert frozen[2026].by_zip.is_empty()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "homes").iterdir()} == {0o600}


def test_names_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    freeze_names(tmp_path, [2025], JANUARY)
    (tmp_path / "homes/2025.parquet").write_bytes(b"damaged")
    with pytest.raises(StorageFailed, match=r"2025\.parquet"):
        frozen_names(tmp_path)
