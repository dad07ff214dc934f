"""The declared tables of exact topics."""

import pytest

from layers.grid import RESOLUTIONS
from layers.measures import rate_name
from layers.tables import EXACT_TABLES, Places
from layers.topics import topic

GEOGRAPHIES = {
    Places.CELLS: tuple(f"h3_{r}" for r in RESOLUTIONS),
    Places.AREAS: ("district", "neighborhood", "zip", "tract", "school_zone"),
    Places.CITY: ("city",),
}


@pytest.mark.parametrize("name", EXACT_TABLES)
def test_no_figure_is_declared_twice(name: str) -> None:
    declared = [
        (table.measure, geography, grain)
        for table in EXACT_TABLES[name]
        for geography in GEOGRAPHIES[table.places]
        if not table.kinds or geography in table.kinds
        for grain in table.grains
    ]

    assert len(declared) == len(set(declared))


@pytest.mark.parametrize("name", EXACT_TABLES)
def test_every_table_is_of_a_measure_of_its_topic(name: str) -> None:
    measures = topic(name).measures
    known = {m.name for m in measures} | {rate_name(m.name) for m in measures if m.denominator}

    assert {table.measure for table in EXACT_TABLES[name]} <= known
