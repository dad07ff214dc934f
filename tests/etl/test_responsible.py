"""Which agency answers for a group: what the city declares comes first, then what most records of the group say."""

from dataclasses import dataclass
from typing import Any, cast

import polars as pl
import pytest

from etl.city import City
from etl.city.agencies import Agency
from etl.release.responsible import FEWEST, NOBODY, responsible
from etl.release.words import Word
from layers.topics import GroupKind, topic

REQUESTS = topic("service_requests")
WORDS = (
    Word("potholes", "Potholes", GroupKind.PLACE),
    Word("trees", "Trees", GroupKind.PLACE),
    Word("housing_code", "Housing code", GroupKind.HOME),
)


@dataclass
class Declaring:
    """A city that declares nothing but agencies."""

    agencies: tuple[Agency, ...] = ()


def city(*agencies: Agency) -> City:
    return cast("City", Declaring(agencies))


def events(*told: tuple[str, str | None, int]) -> pl.LazyFrame:
    rows: list[dict[str, Any]] = [{"category": c, "agency": a} for c, a, n in told for _ in range(n)]
    return pl.LazyFrame(rows, schema={"category": pl.String, "agency": pl.String})


WORKS = Agency(id="works", title="Public Works", groups=("potholes", "housing_code"), codes=("DPW",))


def test_the_city_says_it() -> None:
    known = responsible(city(WORKS), REQUESTS, WORDS, events(("potholes", "Parks", 500)))
    assert known.of_group == {"potholes": ("works", None), "housing_code": ("works", None)}
    assert known.categories == {"agency_works": ("potholes",)}  # figures of homes are no agency's


#   records of trees that name …                      who answers, and what share says so
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("Parks", 60), ("dpw ", 20), (None, 20)], ("parks", 0.6)),
        ([("dpw ", 60), ("Parks", 40)], ("works", 0.6)),  # a code that the city declares
        ([("Parks", 49), ("DPW", 30), (None, 21)], None),  # less than half
        ([("Parks", FEWEST - 1)], None),  # too few to believe
        ([("=Parks", 100)], None),  # a spreadsheet would take it for a formula
        ([("<b>Parks", 100)], None),
        ([("1234 Elm Street", 100)], None),
        ([(None, 100)], None),
    ],
)
def test_else_most_records_say_it(told: list[tuple[str | None, int]], expected: tuple[str, float] | None) -> None:
    known = responsible(city(WORKS), REQUESTS, WORDS, events(*(("trees", name, number) for name, number in told)))
    assert known.of_group.get("trees") == expected


def test_records_about_homes_are_not_asked() -> None:
    known = responsible(city(), REQUESTS, WORDS, events(("housing_code", "Codes", 100)))
    assert not known.of_group
    assert not known.agencies


def test_a_topic_without_agencies_has_none() -> None:
    assert responsible(city(WORKS), topic("evictions"), WORDS, None) is NOBODY
