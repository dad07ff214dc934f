"""Measured tables brought to agree: drawn by hand, one period at a time."""

from datetime import date

import polars as pl
import pytest

from etl.protect.fit import fit
from etl.protect.key import MeasurementKey
from etl.protect.measurements import Measurement
from layers.ladder import LadderTable
from layers.period import Grain

JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)
PIECES = LadderTable("homes", Grain.MONTH, "neighborhood", (), 0.3, 4)
GROUPS = LadderTable("homes", Grain.MONTH, "district", ("group",), 0.2, 4)

Cell = tuple[str, str, str, int]


def vector(table: LadderTable, period: date, sigma: float, *cells: Cell) -> Measurement:
    frame = pl.DataFrame(cells, schema=["district", "unit", "leaf", "noisy"], orient="row")
    key = MeasurementKey("service_requests", "public", table.name, period)
    return Measurement(key, frame, sigma, "s", "z", publishable=True, counted=0)


def pieces(period: date = JANUARY) -> Measurement:
    return vector(PIECES, period, 2.0, ("1", "North", "all", 20), ("1", "South", "all", 40), ("2", "East", "all", -3))


def groups(period: date = JANUARY) -> Measurement:
    cells: tuple[Cell, ...] = (
        ("1", "1", "heat", 47),
        ("1", "1", "noise", 25),
        ("2", "2", "heat", 4),
        ("2", "2", "noise", 8),
    )
    return vector(GROUPS, period, 2.0, *cells)


def test_places_alone_are_brought_to_their_districts() -> None:
    #  district 1: 20 + 40 = 60 stays;   district 2: −3 becomes nothing, and so does its total
    found = fit((PIECES,), {PIECES: {JANUARY: pieces()}})[PIECES]
    assert found.rows() == [
        (JANUARY, "1", "North", "all", 20, 2.0, 2, pytest.approx(8.0)),
        (JANUARY, "1", "South", "all", 40, 2.0, 2, pytest.approx(8.0)),
        (JANUARY, "2", "East", "all", 0, 2.0, 1, pytest.approx(4.0)),
    ]


def test_two_tables_agree_on_every_district_and_on_the_citys_categories() -> None:
    #               pieces          groups          total, of equal precision where cells are as many
    #  district 1   20 + 40 = 60    47 + 25 = 72    66, variance 1 / (1/8 + 1/8) = 4
    #  district 2   −3              4 +  8 = 12     (−3/4 + 12/8) / (1/4 + 1/8) = 2, variance 8/3
    #  as groups: 44 + 22 and −1 + 3, so 43 and 25 in the city; nothing below 0, so all 43 are in district 1
    found = fit((PIECES, GROUPS), {PIECES: {JANUARY: pieces()}, GROUPS: {JANUARY: groups()}})
    assert found[PIECES]["value"].to_list() == [23, 43, 2]
    assert found[GROUPS].select("district", "leaf", "value").rows() == [
        ("1", "heat", 43),
        ("1", "noise", 23),
        ("2", "heat", 0),
        ("2", "noise", 2),
    ]
    for table, cells in ((PIECES, [2, 2, 1]), (GROUPS, [2, 2, 2, 2])):
        assert found[table]["of"].to_list() == cells
    assert found[PIECES]["total_variance"].to_list() == pytest.approx([4, 4, 8 / 3])
    assert found[GROUPS]["total_variance"].to_list() == pytest.approx([4, 4, 8 / 3, 8 / 3])


def test_a_quieter_table_weighs_more() -> None:
    #  one cell each: 10 at sigma 1, 20 at sigma 3:   (10 + 20/9) / (1 + 1/9) = 11
    quiet = vector(PIECES, JANUARY, 1.0, ("1", "North", "all", 10))
    loud = vector(GROUPS, JANUARY, 3.0, ("1", "1", "all", 20))
    found = fit((PIECES, GROUPS), {PIECES: {JANUARY: quiet}, GROUPS: {JANUARY: loud}})
    assert [found[table]["value"].to_list() for table in (PIECES, GROUPS)] == [[11], [11]]
    assert [found[table]["sigma"].to_list() for table in (PIECES, GROUPS)] == [[1.0], [3.0]]
    assert found[PIECES]["total_variance"].to_list() == pytest.approx([0.9])


def test_only_periods_that_every_table_has_are_fitted_in_order_of_time() -> None:
    measured = {
        PIECES: {FEBRUARY: pieces(FEBRUARY), JANUARY: pieces()},
        GROUPS: {JANUARY: groups()},
    }
    both = fit((PIECES, GROUPS), measured)
    assert {table: frame["period"].unique().to_list() for table, frame in both.items()} == {
        PIECES: [JANUARY],
        GROUPS: [JANUARY],
    }
    alone = fit((PIECES,), measured)[PIECES]
    assert alone["period"].to_list() == [JANUARY] * 3 + [FEBRUARY] * 3


def test_nothing_measured_is_an_empty_frame_of_the_same_kind() -> None:
    none = fit((PIECES,), {PIECES: {}})[PIECES]
    assert none.height == 0
    assert none.schema == fit((PIECES,), {PIECES: {JANUARY: pieces()}})[PIECES].schema
