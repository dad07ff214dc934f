"""What pages say in words: rules, not opinions."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from layers.measures import Kind, Regime, Status
from layers.period import Grain
from layers.release import MeasureInfo
from portal.queries.change import Direction, change_of
from portal.queries.figure import NOTHING, Figure
from portal.queries.standing import range_in, range_of
from portal.queries.summary import Headline
from portal.words.sentences import (
    category_sentence,
    district_sentences,
    headline_sentence,
    map_sentence,
    mismatch_sentence,
    trend_sentence,
)

FILED = MeasureInfo(
    name="homes_filed", title="Homes with an eviction filing", unit="homes", kind=Kind.COUNT, regime=Regime.MEASURED,
    help="", decimals=0, extensive=True, geographies=(), grains=(), categories=("all",),
)  # fmt: skip
REQUESTS = FILED.model_copy(update={"title": "Requests", "unit": "requests", "regime": Regime.EXACT})
PER_HOME = REQUESTS.model_copy(update={"kind": Kind.RATE, "decimals": 1, "extensive": False})
SATISFIED = REQUESTS.model_copy(update={"kind": Kind.SHARE, "over": "survey_answers", "extensive": False})
DAYS = REQUESTS.model_copy(update={"kind": Kind.DURATION, "decimals": 1, "extensive": False})
SEPTEMBER = date(2026, 9, 1)
HIDDEN = Figure(Status.HIDDEN, None, 0, 13)


def measured(value: float, margin: float) -> Figure:
    return Figure(Status.VALUE, value, value - margin, value + margin)


def told(now: Figure, before: Figure, measure: MeasureInfo = FILED) -> Headline:
    change = change_of(now, before, kind=measure.kind, regime=measure.regime, decimals=measure.decimals)
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
    rows = ranked_rows(("Old North", 42, 9, 1), ("Mill Bend", 30, 3, 2), ("Ash", 21, 3, 3), ("Creek", None, 19, None))
    words = map_sentence(rows, FILED, city=measured(300, 12), where="neighborhood", when="Sep 2026")
    assert words == (
        "In Sep 2026, the highest figures were Old North (42 ± 9), Mill Bend (30 ± 3) and Ash (21 ± 3). By margins "
        "and chance, 1 more place may be as high. The whole city: 300 ± 12 homes. Of 4 places, 1 has too few to show."
    )
    assert "as high" not in map_sentence(rows[:3], FILED, city=NOTHING, where="neighborhood", when="Sep 2026")


def ranked_rows(*places: tuple[str, float | None, float, int | None]) -> pl.DataFrame:
    """Name, figure, margin, rank; without a figure hidden, and anything up to the margin."""
    return pl.DataFrame(
        [
            (name, "value", value, value - margin, value + margin, None, rank)
            if value is not None
            else (name, "hidden", None, 0.0, margin, None, None)
            for name, value, margin, rank in places
        ],
        schema={"name": pl.String, "status": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
                "flag": pl.String, "rank": pl.Int64},
        orient="row",
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20)), min_size=4, max_size=12),
    st.lists(st.integers(13, 40), max_size=4),
)
def test_every_place_that_may_be_as_high_as_those_named_is_counted(
    shown: list[tuple[int, int]], hidden: list[int]
) -> None:
    ordered = sorted(shown, reverse=True)
    rows = ranked_rows(
        *((f"p{n}", value, margin, n + 1) for n, (value, margin) in enumerate(ordered)),
        *((f"h{n}", None, high, None) for n, high in enumerate(hidden)),
    )
    ranges = [range_of(each, each, among=rows.height) for each in map(Figure.of_row, rows.iter_rows(named=True))]
    least = min(low for low, _high in ranges[:3])
    as_high = sum(high >= least for _low, high in ranges[3:])
    said = map_sentence(rows, FILED, city=NOTHING, where="neighborhood", when="Sep 2026")
    assert (f"{as_high} more place" in said) == (as_high > 0)


def trend(*months: tuple[float, float]) -> str:
    """The sentence of a series of figures with their margins."""
    rows = pl.DataFrame(
        [(date(2026, n + 1, 1), "value", v, v - m, v + m, False) for n, (v, m) in enumerate(months)],
        schema=["period", "status", "value", "low", "high", "unfinished"],
        orient="row",
    )
    return trend_sentence(rows, FILED, Grain.MONTH, place="Old North", change="…", latest=NOTHING, when="…")


def test_no_month_is_the_highest_whose_margin_reaches_the_lowest() -> None:
    #  100 ± 9   |-----|                      with the chance of counts: |----------|
    #  112 ± 9      |-----|                                                |----------|
    #  230 ± 9                     |-----|                                                  |----------|
    said = trend((100, 9), (112, 9), (230, 9))
    assert "Highest: 230 ± 9 in Mar 2026. Lowest: 100 ± 9 in Jan 2026; 1 other period may be as low." in said
    said = trend((100, 9), (130, 9))
    assert "Highest" not in said
    assert "the figures go from 100 ± 9 to 130 ± 9, and what margins and chance leave open overlaps." in said


MONTHS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 30)), min_size=2, max_size=12)


@given(MONTHS, st.sampled_from([FILED, REQUESTS, PER_HOME, SATISFIED, DAYS]))
def test_a_sentence_names_an_end_only_beyond_margins_and_chance(
    months: list[tuple[int, int]], measure: MeasureInfo
) -> None:
    """Counts, rates, shares: no end is named beside others that may be it, unless that is said; of medians never."""
    rows = [month_of(measure, value, margin) for value, margin in months]
    said = trend_sentence(
        frame_of(rows), measure, Grain.MONTH, place="Old North", change="…", latest=NOTHING, when="…"
    )  # fmt: skip
    ranges = [range_in(each, measure, among=len(rows)) for each in rows]
    values = [each.value or 0.0 for each in rows]
    top = max(range(len(rows)), key=lambda at: (values[at], at))
    low = min(range(len(rows)), key=lambda at: (values[at], -at))
    apart = measure is not DAYS and ranges[top][0] > ranges[low][1]
    assert ("Highest" in said) == ("Lowest" in said) == apart
    others = sum(ranges[at][1] >= ranges[top][0] for at in range(len(rows)) if at != top)
    if apart:
        assert ("as high" in said) == (others > 0)
        assert others == 0 or f"; {others} other" in said


def month_of(measure: MeasureInfo, value: int, margin: int) -> Figure:
    """One figure of the measure: a protected count, an exact one, a rate of 1,000 homes, a share of 300, a median."""
    if measure is FILED:
        return measured(value, margin)
    if measure is PER_HOME:
        return Figure(Status.VALUE, float(value), of=value)
    return Figure(Status.VALUE, value / 300, of=300) if measure is SATISFIED else Figure(Status.VALUE, float(value))


def frame_of(figures: list[Figure]) -> pl.DataFrame:
    rows = [
        (date(2026, n + 1, 1), each.status, each.value, each.low, each.high, each.flag, each.of, None, False)
        for n, each in enumerate(figures)
    ]
    names = ["period", "status", "value", "low", "high", "flag", "of", "of_margin", "unfinished"]
    numbers = dict.fromkeys(["value", "low", "high", "of", "of_margin"], pl.Float64)
    return pl.DataFrame(rows, schema=names, schema_overrides={**numbers, "flag": pl.String}, orient="row")


def test_concern_against_supply_in_words() -> None:
    rows = pl.DataFrame(
        [
            ("Old North", 2, 0, True, 0.9),
            ("Ash", 2, 0, False, 0.8),
            ("Mill Bend", 1, 0, True, 0.4),
            ("Creek", *[None] * 4),
        ],
        schema=["name", "concern_class", "supply_class", "concern_sure", "gap"],
        orient="row",
    )
    assert mismatch_sentence(rows) == (
        "Concern is high and affordable units are few in Old North. In 1 more place it may be so; the margins leave it "
        "open. 1 of 4 places cannot be judged and stands last."
    )
    assert mismatch_sentence(rows[1:3]).startswith(
        "No place has both high concern and few affordable units beyond doubt."
    )


def test_what_no_rule_judges_is_not_among_the_leading_sentences() -> None:
    days = told(Figure(Status.VALUE, 2.9, of=340), Figure(Status.VALUE, 9.9, of=350), DAYS)
    share = told(Figure(Status.VALUE, 0.9), Figure(Status.VALUE, 0.5), SATISFIED)  # of how many, nobody says
    judged = told(Figure(Status.VALUE, 0.9, of=400), Figure(Status.VALUE, 0.5, of=400), SATISFIED)
    found = district_sentences([days, share, judged], "District 5", pl.DataFrame(), None)
    assert [each.direction for each in found] == [Direction.ROSE]


def test_no_starred_place_is_called_high_and_exact_ones_only_beyond_chance() -> None:
    rows = pl.DataFrame(
        [("Ash", "value", 90.0, "caution", 1), ("Creek", "value", 26.0, None, 2), ("Dale", "value", 25.0, None, 3),
         ("Elm", "value", 24.0, None, 4), ("Fen", "value", 20.0, None, 5), ("Glen", "value", 1.0, None, 6)],
        schema=["name", "status", "value", "flag", "rank"], orient="row",
    ).with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))  # fmt: skip
    said = map_sentence(rows, REQUESTS, city=NOTHING, where="neighborhood", when="Sep 2026")
    assert "Creek (26), Dale (25) and Elm (24). By margins and chance, 2 more places may be as high." in said
    days = map_sentence(rows, DAYS, city=NOTHING, where="neighborhood", when="Sep 2026")
    assert "Which of such figures are higher beyond chance, no rule tells." in days
