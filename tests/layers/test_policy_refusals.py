"""Where exactly a policy stops being one: each limit from both sides, with the sentence that a city reads."""

from dataclasses import replace
from datetime import date
from math import inf, nan

import pytest

from layers.ladder import GEOGRAPHIES, Dimension, Family
from layers.period import Grain
from layers.policy import (
    HIGH_SHARE,
    OVERRIDES,
    PROTECTED_TOPICS,
    QUALITY,
    LadderTable,
    PolicyError,
    PublishedTable,
    Tier,
    collected,
    day_fields,
    policy_for,
)

EVICTIONS = policy_for("evictions")
RHO = "rho must be a number greater than 0"
FLOOR = "floor must be at least 1: protected topics never show a zero"
CAP = "month_cap must lie between 1 and 12 months of a year"
HIGH = "high_share must be greater than 0 and at most 1"
RISING = "zone1_homes must not be less than zone0_homes, nor zone2_homes less than zone1_homes"
OPEN = "closing_days must not be negative: a period closes after it has ended"
WAITS = "closing_days must not fall from month to quarter to year: a year waits for its months"


def refused(**declared: object) -> str | None:
    """What is said of the policy of shutoffs with these numbers; None where it stands."""
    try:
        policy_for("shutoffs", declared)
    except PolicyError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("key", "last_that_stands", "first_that_falls", "sentence"),
    [
        ("rho", 1e-9, 0, RHO),
        ("rho", 1e9, inf, RHO),
        ("rho", 1, nan, RHO),
        ("rho", 1, -1, RHO),
        ("floor", 1, 0, FLOOR),
        ("month_cap", 1, 0, CAP),
        ("month_cap", 12, 13, CAP),
        ("high_share", 1e-9, 0, HIGH),
        ("high_share", 1, 1.01, HIGH),
        ("zone0_homes", 30, 29, "zone0_homes must be at least 30"),
        ("zone1_homes", 100, 99, "zone1_homes must be at least 100"),
        ("zone2_homes", 500, 499, "zone2_homes must be at least 500"),
        ("zone0_homes", 100, 101, RISING),
        ("zone1_homes", 500, 501, RISING),
        ("closing_days", {"month": 0}, {"month": -1}, OPEN),
        ("closing_days", {"month": 45}, {"month": 46}, WAITS),
        ("closing_days", {"quarter": 90}, {"quarter": 91}, WAITS),
        ("flor", None, 5, f"unknown key flor; a policy may set {', '.join(OVERRIDES)}"),
    ],
)
def test_each_number_has_its_limit(key: str, last_that_stands: object, first_that_falls: object, sentence: str) -> None:
    assert refused(**{key: last_that_stands}) is None
    assert refused(**{key: first_that_falls}) == sentence


def test_every_unknown_key_is_named_in_order() -> None:
    assert refused(sigma=1, flor=5) == f"unknown key flor, sigma; a policy may set {', '.join(OVERRIDES)}"


def test_an_unprotected_topic_is_told_which_are_protected() -> None:
    with pytest.raises(PolicyError) as told:
        policy_for("households")
    topics = "evictions, shutoffs, service_requests"
    assert str(told.value) == f"topic households has no protection policy; protected are {topics}"


def test_what_a_city_declares_is_what_holds() -> None:
    declared = {
        "rho": "0.25",
        "floor": "20",
        "month_cap": "3",
        "high_share": "0.8",
        "zone0_homes": "40",
        "zone1_homes": "150",
        "zone2_homes": "700",
        "closing_days": {"month": "31", "quarter": "46", "year": "91"},
    }
    for tier in Tier:
        policy = policy_for("shutoffs", declared, tier=tier)
        assert (policy.topic, policy.tier, policy.rho, policy.floor) == ("shutoffs", tier, 0.25, 20)
        assert (policy.month_cap, policy.high_share) == (3, 0.8)
        assert (policy.zone0_homes, policy.zone1_homes, policy.zone2_homes) == (40, 150, 700)
        assert dict(policy.closing_days) == {Grain.MONTH: 31, Grain.QUARTER: 46, Grain.YEAR: 91}
        assert {type(number) for number in (policy.floor, policy.month_cap, policy.zone0_homes)} == {int}
        assert [policy.periods_of_a_home(grain) for grain, _ in policy.closing_days] == [3, 4, 1]
    assert policy_for("shutoffs").high_share == HIGH_SHARE == 0.9
    assert policy_for("shutoffs", dict.fromkeys(OVERRIDES)) == policy_for("shutoffs"), "nothing said: the default"


def test_a_city_may_name_its_own_home_types() -> None:
    (types,) = policy_for("service_requests", home_groups=["no_heat", "leaks"]).family("homes").dimensions
    assert types == Dimension("group", ("no_heat", "leaks"), "category")


FAMILIES = {
    "evictions": """
        filings       homes_filed      filed        earliest
        dispositions  homes_disposed   disposition  earliest
          outcome      outcome      default appeared_dismissed settled judgment other
          represented  represented  with_lawyer without_lawyer
    """,
    "shutoffs": """
        scheduled     homes_scheduled  scheduled    declared
          outcome      outcome      disconnected restored arranged paid other
    """,
    "service_requests": """
        homes         homes            created      earliest
          group        category     heat_and_hot_water housing_code noise_at_home bulky_items
    """,
}


@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_families_are_the_specified_ones(topic: str) -> None:
    drawn = []
    for family in policy_for(topic).families[:-1]:
        drawn.append(f"{family.name} {family.measure} {family.day} {family.primary}".split())
        drawn += [[d.name, d.field, *d.values] for d in family.dimensions]
    assert drawn == [line.split() for line in FAMILIES[topic].strip().splitlines()]
    assert policy_for(topic).families[-1] == QUALITY


def test_the_days_that_put_a_home_into_a_period() -> None:
    assert day_fields("evictions") == ("filed", "disposition")
    assert day_fields("shutoffs") == ("scheduled",)
    assert day_fields("service_requests") == ("created",)
    assert day_fields("households") == ()


@pytest.mark.parametrize(("reserve", "stands"), [(0.0, True), (-0.01, False), (0.99, True), (1.0, False)])
def test_a_reserve_is_a_part_of_the_whole(reserve: float, stands: bool) -> None:
    small = (replace(EVICTIONS.ladder[0], share=0.01),)
    policy = replace(EVICTIONS, ladder=small, published=())
    if stands:
        assert replace(policy, reserve=reserve).reserve == reserve
        return
    with pytest.raises(PolicyError, match=r"^reserve must lie between 0 and 1$"):
        replace(policy, reserve=reserve)


@pytest.mark.parametrize(("share", "total"), [(0.1, None), (0.1001, "1"), (0.12, "1.02"), (0.2, "1.1")])
def test_shares_and_reserve_are_the_whole_at_most(share: float, total: str | None) -> None:
    policy = replace(EVICTIONS, published=(), ladder=(replace(EVICTIONS.ladder[0], share=0.8),))
    ladder = (*policy.ladder, replace(EVICTIONS.ladder[1], share=share))
    if total is None:
        assert replace(policy, ladder=ladder).ladder == ladder
        return
    sentence = f"^the shares of the ladder and the reserve add up to {total}; they must not exceed 1$"
    with pytest.raises(PolicyError, match=sentence):
        replace(policy, ladder=ladder)


@pytest.mark.parametrize(("number", "needed"), [(0, 4), (2, 4), (4, 1)])
def test_no_table_says_that_a_home_changes_less_than_it_does(number: int, needed: int) -> None:
    table = EVICTIONS.ladder[number]
    low = replace(table, squared_sensitivity=needed - 1)
    ladder = tuple(low if each is table else each for each in EVICTIONS.ladder)
    sentence = f"table {table.name}: one home can change it by {needed}; squared_sensitivity is too small"
    with pytest.raises(PolicyError) as told:
        replace(EVICTIONS, ladder=ladder)
    assert str(told.value) == sentence


def test_a_table_twice_is_told() -> None:
    with pytest.raises(PolicyError, match=r"^the ladder declares a table twice$"):
        replace(EVICTIONS, ladder=(*EVICTIONS.ladder[:-1], EVICTIONS.ladder[0]), reserve=0)


@pytest.mark.parametrize(("family", "by"), [("evicted", ()), ("filings", ("outcome",)), ("quality", ("outcome",))])
def test_a_ladder_uses_declared_words(family: str, by: tuple[str, ...]) -> None:
    table = LadderTable(family, Grain.YEAR, "city", by, 0.01, 1)
    with pytest.raises(PolicyError) as told:
        replace(EVICTIONS, ladder=(table,), published=())
    assert str(told.value) == f"table {table.name}: its family or one of its dimensions is not declared"


def test_what_is_published_is_measured() -> None:
    zone = PublishedTable("homes_filed", Grain.MONTH, "zone1", False)
    category = PublishedTable("homes_disposed", Grain.YEAR, "neighborhood", True)
    for table, sentence in (
        (zone, "homes_filed by month and zone1 is published but no table of the ladder measures it"),
        (category, "homes_disposed: categories are published for district and city only"),
    ):
        with pytest.raises(PolicyError) as told:
            replace(EVICTIONS, published=(table,))
        assert str(told.value) == sentence


def test_tables_of_a_family_and_grain() -> None:
    names = [table.name for table in EVICTIONS.tables("filings", Grain.QUARTER)]
    assert names == ["filings-quarter-zone2", "filings-quarter-district"]
    assert EVICTIONS.tables("filings", Grain.WEEK) == ()
    assert EVICTIONS.days_to_close(Grain.QUARTER) == 45
    assert EVICTIONS.closes(date(2026, 4, 1), Grain.QUARTER) == date(2026, 8, 14)


COLLECTED = """
    filled                          measured
    filed                           filings quality
    disposition                     dispositions-quarter dispositions-year quality
    disposition outcome             dispositions-quarter-outcome dispositions-year-outcome quality
    disposition represented         dispositions-quarter dispositions-year-represented quality
    disposition outcome represented dispositions-quarter-outcome dispositions-year-outcome-represented quality
"""


@pytest.mark.parametrize("line", COLLECTED.strip().splitlines()[1:])
def test_what_nobody_fills_is_not_told_apart(line: str) -> None:
    filled, expected = line[4:36].split(), line[36:].split()
    ladder = collected(EVICTIONS, filled).ladder
    found = {"-".join(t.name.split("-")[:2] + list(t.by)) for t in ladder if t.family == "dispositions"}
    found |= {t.family for t in ladder if t.family != "dispositions"}
    assert found == set(expected)
    assert [t.by for t in ladder if t.family == "quality"] == [("placed",)]


def test_what_is_published_follows_from_what_is_measured() -> None:
    """A measured table of pieces, a table of districts with categories: every published one is no finer."""
    family = Family("homes", "homes", "created", (Dimension("group", ("a", "b"), "category"),))
    policy = policy_for("service_requests")
    ladder = (
        LadderTable("homes", Grain.QUARTER, "neighborhood", (), 0.1, 4),
        LadderTable("homes", Grain.QUARTER, "city", ("group",), 0.1, 4),
    )
    places = {
        (geography, categories)
        for geography in GEOGRAPHIES
        for categories in (False, True)
        if _stands(policy, family, ladder, PublishedTable("homes", Grain.QUARTER, geography, categories))
    }
    assert places == {("neighborhood", False), ("district", False), ("city", False), ("city", True)}


def _stands(policy: object, family: Family, ladder: tuple[LadderTable, ...], table: PublishedTable) -> bool:
    try:
        replace(policy, families=(family,), ladder=ladder, published=(table,))  # type: ignore[type-var]
    except PolicyError:
        return False
    return True
