"""Median household income of areas: read from the city's census table, told with the homes, and with nothing else."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from etl.city.models import AreaDeclaration
from etl.errors import DeclarationError
from etl.geography.income import declared_incomes

AREA = {"kind": "tract", "title": "Tract", "plural": "Tracts", "path": "t.geojson", "id_field": "GEOID"}
INCOME = {"path": "income.csv", "year": 2024, "source": "A census"}


def read(folder: Path, text: str, **said: Any) -> dict[str, dict[str, float]]:
    (folder / "income.csv").write_text(text, "utf-8")
    declared = AreaDeclaration.model_validate({**AREA, "valid_from": "2023-01-01", "income": {**INCOME, **said}})
    city: Any = SimpleNamespace(areas=(declared,), resolve=lambda path: folder / path)
    areas = SimpleNamespace(kind="tract", areas=tuple(SimpleNamespace(id=each) for each in ("47", "48", "49")))
    return declared_incomes(city, (areas,))  # type: ignore[arg-type]  # ids are all that is asked of an area


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("61000", 61000.0),
        ('" $61,000 "', 61000.0),
        ("", None),  # not asked, or too few answers
        ("-", None),
        ("-666666666", None),  # how the census says the same
        ('"250,000+"', None),  # a bound is no figure
        ("0", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_what_is_no_plain_amount_is_no_figure(tmp_path: Path, written: str, known: float | None) -> None:
    """Ids are text: a leading zero stays. Areas of other cities in the table are left out."""
    found = read(tmp_path, f"GEOID,NAME,B19013_001E\n47,Tract 47,{written}\n48,Tract 48,40000\n99,Elsewhere,1\n")
    assert found == {"tract": {**({"47": known} if known else {}), "48": 40000.0}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GEOID,INCOME\n47,1\n", "has no column `B19013_001E`"),
        ("GEOID,B19013_001E\n99,1\n", "none of the areas of kind `tract`"),
        ("", "cannot be read as CSV"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_its_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DeclarationError, match=r"areas\[1\]\.income") as refused:
        read(tmp_path, text)
    assert words in str(refused.value)


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    assert read(tmp_path, "id,usd\n47,1\n", id_field="id", value_field="usd") == {"tract": {"47": 1.0}}


def test_incomes_are_told_with_the_homes_alone(first_run: Path) -> None:
    """The small city declares a table for its districts, and none for its ZIP codes."""
    told = {}
    for path in sorted((first_run / "public" / "releases").glob("*/*/manifest.json")):
        manifest = json.loads(path.read_text("utf-8"))
        told[manifest["topic"]] = {g["name"]: g for g in manifest["geographies"]}
    district = told["households"]["district"]
    assert district["income"]["year"] == 2024
    assert all(unit["income"] > 0 for unit in district["units"])
    assert told["households"]["zip"]["income"] is None
    others = [g for topic, found in told.items() if topic != "households" for g in found.values()]
    assert others
    assert {g["income"] for g in others} == {None}
    assert {unit["income"] for g in others for unit in g["units"]} == {None}
