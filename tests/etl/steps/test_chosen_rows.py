"""Which rows of a feed are records, and fields that stand in several columns."""

from pathlib import Path

import polars as pl
import pytest

from etl.city import Source
from etl.errors import SchemaDrift
from etl.steps.ingest import ingest
from etl.values.text import joined_expr

FEED = """\
block,lot,use,year
1,12,Residential,2010
1,13, commercial ,2018
2,12,RESIDENTIAL,2018
2,13,,2018
"""


def _source(**declared: object) -> Source:
    said = {
        "id": "lots",
        "topic": "households",
        "title": "Lots",
        "publisher": "City",
        "license": "CC0-1.0",
        "cadence": "once",
        "covers": {"from": "2018-01-01"},
        "connector": {"kind": "csv", "path": "lots.csv"},
        **declared,
    }
    return Source.model_validate(said)


def _rows(tmp_path: Path, *filters: dict[str, object]) -> list[int]:
    (tmp_path / "lots.csv").write_text(FEED)
    chosen = [{"meaning": "a test", **each} for each in filters]
    taken = ingest(
        _source(rows=chosen), tmp_path, private=tmp_path / "private", scratch=tmp_path / "scratch", key=b"k" * 32
    )
    return taken.frame.collect()["row"].to_list()


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        pytest.param([], [1, 2, 3, 4], id="no filter: all rows"),
        pytest.param([{"column": "use", "keep": ["Residential"]}], [1, 3], id="keep: a blank is no code"),
        pytest.param([{"column": "use", "drop": ["Commercial"]}], [1, 3, 4], id="drop: a blank stays"),
        pytest.param(
            [{"column": "use", "keep": ["Residential"]}, {"column": "year", "keep": ["2018"]}], [3], id="all must hold"
        ),
    ],
)
def test_rows_keep_their_numbers(tmp_path: Path, filters: list[dict[str, object]], rows: list[int]) -> None:
    assert _rows(tmp_path, *filters) == rows


def test_a_missing_column_is_schema_drift(tmp_path: Path) -> None:
    with pytest.raises(SchemaDrift, match="'purpose'"):
        _rows(tmp_path, {"column": "purpose", "keep": ["Residential"]})


@pytest.mark.parametrize("codes", [{}, {"keep": ["a"], "drop": ["b"]}])
def test_a_filter_either_keeps_or_drops(codes: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="either `keep` or `drop`"):
        _source(rows=[{"column": "use", "meaning": "a test", **codes}])


def test_parts_are_joined_and_blank_ones_left_out() -> None:
    frame = pl.DataFrame({"block": ["1", " 2 ", None, ""], "lot": ["12", None, "7", "N/A"]})
    assert frame.select(joined_expr(("block", "lot"))).to_series().to_list() == ["1 12", "2", "7", None]


def test_declared_columns_are_told_without_blanks() -> None:
    lots = _source(fields={"id": {"column": " block ", "and_columns": ["lot"], "meaning": "Lot"}})
    assert lots.fields["id"].columns == ("block", "lot")
