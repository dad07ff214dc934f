"""What pages say in words: rules, not opinions."""

from datetime import date

import polars as pl

from layers.measures import Kind, Regime, Status
from layers.period import Grain
from layers.release import MeasureInfo
from portal.queries.change import Direction, change_of
from portal.queries.figure import NOTHING, Figure
from portal.queries.summary import Headline
from portal.words.sentences import (
    category_sentence,
    district_sentences,
    headline_sentence,
    map_sentence,
    mismatch_sentence,
)

FILED = MeasureInfo(
    name="homes_filed", title="Homes with an eviction filing", unit="homes", kind=Kind.COUNT, regime=Regime.MEASURED,
    help="", decimals=0, extensive=True, geographies=(), grains=(), categories=("all",),
)  # fmt: skip
REQUESTS = FILED.model_copy(update={"title": "Requests", "unit": "requests", "regime": Regime.EXACT})
SEPTEMBER = date(2026, 9, 1)
HIDDEN = Figure(Status.HIDDEN, None, 0, 13)


def measured(value: float, margin: float) -> Figure:
    return Figure(Status.VALUE, value, value - margin, value + margin)


def told(now: Figure, before: Figure, measure: MeasureInfo = FILED) -> Headline:
    change = change_of(now, before, kind=measure.kind, regime=measure.regime)
    return Headline("evictions", measure, Grain.MONTH, SEPTEMBER, now, before, NOTHING, NOTHING, NOTHING, change)


def test_a_clear_rise_is_called_one() -> None:
    found = headline_sentence(told(measured(140, 9), measured(100, 9)), "District 5")
    assert found.text.replace("\u00a0", " ") == (
        "Homes with an eviction filing in District 5 rose: 140 ± 9 homes in Sep 2026, 40 % more than in Sep 2025."
    )
    assert found.direction is Direction.ROSE


def test_a_rise_within_the_margins_is_not() -> None:
    found = headline_sentence(told(measured(106, 9), measured(100, 9)), "District 5")
    assert "rose" not in found.text
    assert found.text.endswith("no clear difference from Sep 2025.")


def test_what_is_hidden_cannot_be_judged() -> None:
    now = headline_sentence(told(HIDDEN, measured(100, 9)), "District 5")
    assert now.text == "Homes with an eviction filing in District 5 cannot be judged for Sep 2026: too few to show."
    before = headline_sentence(told(measured(40, 9), HIDDEN), "District 5")
    assert before.text.endswith("in Sep 2026; Sep 2025 cannot be compared (too few to show).")


def categories(*rows: tuple[str, float | None, float | None]) -> pl.DataFrame:
    def status(value: float | None) -> str:
        return "hidden" if value is None else "value"

    return pl.DataFrame(
        [
            {
                "category": title, "title": title, "status": status(now), "value": now, "low": None, "high": None,
                "flag": None, "before_status": status(before), "before_value": before, "before_low": None,
                "before_high": None, "before_flag": None,
            }
            for title, now, before in rows
        ],
        schema_overrides={"value": pl.Float64, "before_value": pl.Float64},
    )  # fmt: skip


def test_categories_that_moved_are_named_largest_first() -> None:
    frame = categories(
        ("Potholes", 90, 30), ("Graffiti", 200, 100), ("Trees", 10, 40), ("Sidewalks", 31, 30), ("Drainage", None, 30)
    )
    found = category_sentence(frame, REQUESTS)
    assert found is not None
    assert found.text == "By category, compared with a year before, more: Graffiti and Potholes; fewer: Trees."
    assert category_sentence(frame.filter(pl.col("title") == "Sidewalks"), REQUESTS) is None


def test_a_district_has_at_most_five_sentences_moves_first() -> None:
    level, rose = told(measured(100, 9), measured(100, 9)), told(measured(130, 9), measured(100, 9))
    unknown = told(HIDDEN, HIDDEN)
    found = district_sentences([level, unknown, rose, level], "District 5", categories(("Potholes", 90, 30)), REQUESTS)
    assert [each.direction for each in found][:1] == [Direction.ROSE]
    assert found[-2].direction is Direction.UNKNOWN
    assert len(found) == 5


def test_a_map_in_words() -> None:
    rows = pl.DataFrame(
        [("Old North", "value", 42.0, 1), ("Mill Bend", "value", 30.0, 2), ("Creek", "hidden", None, None)],
        schema=["name", "status", "value", "rank"],
        orient="row",
    )
    words = map_sentence(rows, FILED, city=measured(300, 12), where="neighborhood", when="Sep 2026")
    assert words == (
        "In Sep 2026, the highest figures were Old North (42) and Mill Bend (30). The whole city: 300 ± 12 homes. "
        "Of 3 places, 1 has too few to show."
    )


def test_concern_against_supply_in_words() -> None:
    rows = pl.DataFrame(
        [("Old North", 2, 0, 0.9), ("Mill Bend", 1, 0, 0.4), ("Creek", None, None, None)],
        schema=["name", "concern_class", "supply_class", "gap"],
        orient="row",
    )
    assert mismatch_sentence(rows) == (
        "Concern is high and affordable units are few in Old North. 1 of 3 places cannot be judged and stands last."
    )
