"""Two feeds of counts of one measure, where one of them hides small counts.

district, month, threshold 11 | district, year   the hidden month is the year less eleven months: refused
tract, year, threshold 11     | district, year   the hidden tract is the district less its other tracts: refused
zip, month, threshold 11      | zip, month       one file a year: each month is in one of them
"""

from pathlib import Path

import pytest

from etl.city import load_city
from etl.errors import DeclarationError
from tests.etl.city.test_load import CITY
from tests.etl.drift.made_city import MadeCity, made_city

SOURCE = """
topic = "community_needs"
title = "Needs"
publisher = "211"
license = "CC0-1.0"
cadence = "yearly"
regime = "source"
publish = {publish}
covers = {{ from = 2025-01-01 }}

[connector]
kind = "csv"
path = "{name}.csv"

[counted]
geography = "{geography}"
unit = "unit"
period = {{ column = "period", grain = "{grain}" }}
threshold = {threshold}
{more}
[counted.values]
all = "n"
"""


def declared(folder: Path, *feeds: dict[str, object]) -> None:
    for name, said in zip("ab", feeds, strict=True):
        told = {"geography": "district", "grain": "month", "threshold": 0, "publish": "true", "more": "", **said}
        (folder / f"sources/{name}.toml").write_text(SOURCE.format(name=name, **told))


@pytest.mark.parametrize(
    ("one", "other", "refused"),
    [
        ({"threshold": 11}, {"grain": "year"}, True),
        ({"threshold": 11}, {"geography": "neighborhood", "threshold": 11}, True),
        ({}, {"geography": "neighborhood", "threshold": 11}, True),
        ({"threshold": 11, "more": 'measure = "requests_for_help"'}, {"grain": "year"}, True),
        ({"threshold": 11}, {"more": 'apportion = ["neighborhood"]'}, True),
        ({"threshold": 11}, {"threshold": 11}, False),
        ({}, {"grain": "year"}, False),
        ({"threshold": 11}, {"grain": "year", "publish": "false"}, False),
    ],
)
def test_what_one_hides_the_other_may_not_show(
    tmp_path: Path, one: dict[str, object], other: dict[str, object], refused: bool
) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "city.toml").write_text(CITY)
    declared(tmp_path, one, other)
    if not refused:
        load_city(tmp_path, check_files=False)
        return
    with pytest.raises(DeclarationError) as found:
        load_city(tmp_path, check_files=False)
    assert [(each.file, each.key) for each in found.value.problems] == [("sources/b.toml", "counted")]
    assert "one of the two hides small counts" in str(found.value)


@pytest.fixture
def city(tmp_path: Path) -> MadeCity:
    made = made_city(tmp_path, f"sqlite:///{tmp_path}/state.sqlite")
    made.declaration.unlink()
    return made


def test_one_figure_from_two_feeds_is_refused_with_a_sentence(city: MadeCity) -> None:
    """Each feed alone would give the city's figure of January."""
    declared(city.folder, {}, {"geography": "neighborhood"})
    (city.folder / "a.csv").write_text("unit,period,n\n1,2025-01,30\n2,2025-01,20\n")
    (city.folder / "b.csv").write_text("unit,period,n\n37901,2025-01,49\n")
    ended = city.etl("run")
    assert ended.code == 2, ended.said
    assert "two of its sources give requests_for_help by month for the same city." in ended.said


@pytest.mark.slow
def test_two_feeds_that_share_no_period_are_one_table(city: MadeCity) -> None:
    declared(city.folder, {"threshold": 11}, {"threshold": 11})
    (city.folder / "a.csv").write_text("unit,period,n\n1,2025-01,30\n2,2025-01,20\n")
    (city.folder / "b.csv").write_text("unit,period,n\n1,2025-02,30\n2,2025-02,20\n")
    assert city.etl("run").code == 0
