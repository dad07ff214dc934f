"""The gates after locating, with the table drawn."""

from contextlib import nullcontext

import pytest

from etl.city.source import Limits
from etl.errors import TooFewLocated
from etl.feeds.gates import check_coordinates, check_located

LIMITS = Limits(min_located_share=0.9)


@pytest.mark.parametrize(
    ("coordinates", "outside", "swapped", "null_island", "held"),
    [
        (100, 0, 0, 0, False),
        (91, 9, 0, 0, False),
        (89, 11, 0, 0, True),
        (89, 0, 11, 0, True),
        (0, 100, 0, 0, True),  # feet taken for degrees
        (10, 0, 0, 90, False),  # zeros are a way of writing nothing
        (0, 0, 0, 0, False),  # a feed with addresses only
    ],
)
def test_coordinates_of_another_system_hold_the_run(
    coordinates: int, outside: int, swapped: int, null_island: int, held: bool
) -> None:
    located = {"coordinates": coordinates, "address": 900}
    faults = {"outside": outside, "swapped": swapped, "null_island": null_island}
    if held:
        with pytest.raises(TooFewLocated, match="lie outside the city"):
            check_coordinates("requests", located, faults, LIMITS)
    else:
        check_coordinates("requests", located, faults, LIMITS)


@pytest.mark.parametrize(
    ("located", "faults", "held"),
    [
        ({"coordinates": 80}, {"swapped": 20}, True),
        ({"coordinates": 80, "repaired_swapped": 20}, {"repaired_swapped": 20}, False),
        ({"address": 10}, {"projected": 90}, True),
        ({"repaired_projected": 91}, {"repaired_projected": 91, "projected": 9}, False),
        ({"repaired_projected": 80}, {"repaired_projected": 80, "projected": 20}, True),
    ],
)
def test_only_what_was_not_repaired_holds_the_run(located: dict[str, int], faults: dict[str, int], held: bool) -> None:
    with pytest.raises(TooFewLocated) if held else nullcontext():
        check_coordinates("requests", located, faults, LIMITS)


@pytest.mark.parametrize(("placed", "not_placed", "held"), [(90, 10, False), (89, 11, True), (0, 0, False)])
def test_too_few_placed_records_hold_the_run(placed: int, not_placed: int, held: bool) -> None:
    located = {"coordinates": placed, "none": not_placed}
    if held:
        with pytest.raises(TooFewLocated, match="could be located"):
            check_located("requests", located, LIMITS)
    else:
        check_located("requests", located, LIMITS)
