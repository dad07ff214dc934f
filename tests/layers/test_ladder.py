"""One measured table: its name, its noise, its categories, and what it may not be."""

from math import sqrt

import pytest

from layers.ladder import GEOGRAPHIES, Dimension, Family, LadderTable, PolicyError
from layers.period import Grain

ENDED = Family(
    "ended", "homes_ended", "ended", (Dimension("how", ("left", "stayed")), Dimension("helped", ("yes", "no")))
)


def test_leaves_are_crossed_in_declared_order() -> None:
    assert ENDED.leaves(()) == ("all",)
    assert ENDED.leaves(("how",)) == ("left", "stayed")
    assert ENDED.leaves(("how", "helped")) == ("left_yes", "left_no", "stayed_yes", "stayed_no")
    assert ENDED.leaves(("helped", "how")) == ("yes_left", "yes_stayed", "no_left", "no_stayed")


def test_categories_are_all_then_each_value_then_each_leaf() -> None:
    assert list(ENDED.categories(("how", "helped")).items()) == [
        ("all", ("left_yes", "left_no", "stayed_yes", "stayed_no")),
        ("left", ("left_yes", "left_no")),
        ("stayed", ("stayed_yes", "stayed_no")),
        ("yes", ("left_yes", "stayed_yes")),
        ("no", ("left_no", "stayed_no")),
        ("left_yes", ("left_yes",)),
        ("left_no", ("left_no",)),
        ("stayed_yes", ("stayed_yes",)),
        ("stayed_no", ("stayed_no",)),
    ]
    assert ENDED.categories(("how",)) == {"all": ("left", "stayed"), "left": ("left",), "stayed": ("stayed",)}
    assert ENDED.categories(()) == {"all": ("all",)}


def test_a_name_says_everything() -> None:
    table = LadderTable("ended", Grain.YEAR, "district", ("how", "helped"), 0.1, 1)
    assert table.name == "ended-year-district-how-helped"


@pytest.mark.parametrize(
    ("grain", "geography", "share", "sentence"),
    [
        (Grain.YEAR, "city", 1.0, None),
        (Grain.YEAR, "city", 1e-9, None),
        (Grain.QUARTER, "zone0", 0.1, None),
        (Grain.MONTH, "block", 0.1, f"geography must be one of {', '.join(GEOGRAPHIES)}"),
        (Grain.WEEK, "city", 0.1, "protected topics have months, quarters and years only"),
        (Grain.YEAR, "city", 0.0, "its share of rho must lie between 0 and 1"),
        (Grain.YEAR, "city", 1.01, "its share of rho must lie between 0 and 1"),
    ],
)
def test_what_may_be_measured(grain: Grain, geography: str, share: float, sentence: str | None) -> None:
    if sentence is None:
        assert LadderTable("ended", grain, geography, (), share, 2).sigma(0.5) == sqrt(2 / (2 * 0.5 * share))
        return
    with pytest.raises(PolicyError) as told:
        LadderTable("ended", grain, geography, (), share, 2)
    assert str(told.value) == f"table ended-{grain.value}-{geography}: {sentence}"
