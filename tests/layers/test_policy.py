"""The policies of privacy.md, and that a policy which would not protect cannot be made."""

from dataclasses import replace
from datetime import date
from math import fsum, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.deviations import differences
from layers.period import Grain
from layers.policy import (
    PROTECTED_TOPICS,
    LadderTable,
    PolicyError,
    PublishedTable,
    Tier,
    best_guess,
    collected,
    policy_for,
)

SPECIFIED = {
    "evictions": """
        filings-month-neighborhood                   .26  4
        filings-month-district                       .06  4
        filings-quarter-zone2                        .19  4
        filings-quarter-district                     .02  4
        filings-year-zone1                           .20  1
        filings-year-district                        .02  1
        dispositions-quarter-district-outcome        .06  4
        dispositions-year-district-outcome-represented .07 1
        quality-year-city-placed                     .02  1
    """,
    "shutoffs": """
        scheduled-month-neighborhood                 .30  4
        scheduled-month-district-outcome             .14  4
        scheduled-quarter-zone2                      .20  4
        scheduled-quarter-district                   .03  4
        scheduled-year-zone1                         .18  1
        scheduled-year-district                      .03  1
        quality-year-city-placed                     .02  1
    """,
    "service_requests": """
        homes-month-neighborhood                     .30  6
        homes-month-district-group                   .14  6
        homes-quarter-zone2                          .20  4
        homes-quarter-district                       .03  4
        homes-year-zone1                             .18  1
        homes-year-district                          .03  1
        quality-year-city-placed                     .02  1
    """,
}


PARTNERS = {
    "evictions": """
        filings-month-zone2             .31  4
        filings-month-district          .03  4
        filings-quarter-zone1           .27  4
        filings-quarter-district        .03  4
        filings-year-zone0              .24  1
        filings-year-district           .02  1
    """,
    "shutoffs": """
        scheduled-month-zone2-outcome   .31  4
        scheduled-month-district        .03  4
        scheduled-quarter-zone1         .27  4
        scheduled-quarter-district      .03  4
        scheduled-year-zone0            .24  1
        scheduled-year-district         .02  1
    """,
    "service_requests": """
        homes-month-zone2-group         .31  6
        homes-month-district            .03  6
        homes-quarter-zone1             .27  4
        homes-quarter-district          .03  4
        homes-year-zone0                .24  1
        homes-year-district             .02  1
    """,
}


@pytest.mark.parametrize(("tier", "specified"), [("public", SPECIFIED), ("partner", PARTNERS)])
@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_the_ladder_is_the_specified_one(topic: str, tier: str, specified: dict[str, str]) -> None:
    rows = [line.split() for line in specified[topic].strip().splitlines()]
    expected = [(name, float(share), int(sensitivity)) for name, share, sensitivity in rows]
    assert [(t.name, t.share, t.squared_sensitivity) for t in policy_for(topic, tier=tier).ladder] == expected


@pytest.mark.parametrize(
    ("topic", "rho", "floor", "cap"),
    [("evictions", 1.0, 5, 4), ("shutoffs", 0.5, 11, 4), ("service_requests", 0.5, 5, 6)],
)
def test_the_numbers_are_the_specified_ones(topic: str, rho: float, floor: int, cap: int) -> None:
    policy = policy_for(topic)
    assert (policy.rho, policy.floor, policy.month_cap, policy.reserve) == (rho, floor, cap, 0.10)
    assert (policy.zone0_homes, policy.zone1_homes, policy.zone2_homes) == (30, 100, 500)
    partner = policy_for(topic, tier="partner")
    assert (partner.rho, partner.floor, partner.month_cap, partner.reserve) == (1.0, floor, cap, 0.10)
    assert [days for _, days in partner.closing_days] == [5, 15, 30]
    assert [days for _, days in policy.closing_days] == [30, 45, 90]


def test_what_is_published_of_evictions() -> None:
    policy = policy_for("evictions")
    assert policy.geographies("homes_filed", Grain.MONTH) == ("neighborhood", "district", "city")
    assert policy.geographies("homes_filed", Grain.QUARTER) == ("zone2", "neighborhood", "district", "city")
    assert policy.geographies("homes_filed", Grain.YEAR) == ("zone1", "zone2", "neighborhood", "district", "city")
    assert policy.geographies("homes_disposed", Grain.MONTH) == ()
    assert policy.geographies("homes_disposed", Grain.QUARTER) == ("district", "city")
    assert policy.geographies("homes_filed", Grain.WEEK) == ()


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_shares_and_reserve_never_exceed_one_and_categories_stay_large(topic: str, tier: Tier) -> None:
    policy = policy_for(topic, tier=tier)
    assert fsum(t.share for t in policy.ladder) + policy.reserve <= 1 + 1e-9
    told_apart = {(p.grain, p.geography) for p in policy.published if p.categories}
    if tier is Tier.PUBLIC:
        assert {geography for _, geography in told_apart} == {"district", "city"}
    elif topic == "evictions":
        assert told_apart == set(), "partners read outcomes in the public release"
    else:
        places = ("zone2", "neighborhood", "district", "city")
        assert told_apart == {(Grain.MONTH, place) for place in places}, "the ladder tells them apart by month alone"


@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_partners_see_one_level_finer_than_the_public(topic: str) -> None:
    policy = policy_for(topic, tier="partner")
    measure = next(f.measure for f in policy.families if f.measure)
    areas = ("neighborhood", "district", "city")
    assert policy.geographies(measure, Grain.MONTH) == ("zone2", *areas)
    assert policy.geographies(measure, Grain.QUARTER) == ("zone1", "zone2", *areas)
    assert policy.geographies(measure, Grain.YEAR) == ("zone0", "zone1", "zone2", *areas)


def test_a_category_by_zone_is_refused_in_public_and_where_partners_do_not_measure_it() -> None:
    by_zone = PublishedTable("homes_scheduled", Grain.MONTH, "zone2", True)
    public, partner = policy_for("shutoffs"), policy_for("shutoffs", tier="partner")
    assert by_zone in partner.published
    with pytest.raises(PolicyError, match="categories are published for district and city only"):
        replace(public, published=(*public.published, by_zone))
    with pytest.raises(PolicyError, match="categories"):
        replace(partner, published=(replace(by_zone, geography="zone1"),))
    with pytest.raises(PolicyError, match="no table"):
        replace(partner, published=(replace(by_zone, grain=Grain.QUARTER),))


def test_sigma_is_paid_for_by_the_share() -> None:
    table = policy_for("evictions").ladder[0]
    assert table.sigma(1.0) == sqrt(4 / (2 * 1.0 * 0.26))


@given(rho=st.floats(0.01, 10), share=st.floats(0.001, 1), squared=st.integers(1, 12))
def test_a_year_of_a_table_costs_its_share_of_rho(rho: float, share: float, squared: int) -> None:
    sigma = LadderTable("filings", Grain.MONTH, "zone2", (), share, squared).sigma(rho)
    assert squared / (2 * sigma**2) == pytest.approx(rho * share)


def test_a_city_may_choose_floor_rho_and_cap_and_the_sensitivity_follows() -> None:
    policy = policy_for("shutoffs", {"floor": 20, "rho": 0.25, "month_cap": 3, "closing_days": {"month": 40}})
    assert (policy.floor, policy.rho) == (20, 0.25)
    assert {t.squared_sensitivity for t in policy.ladder if t.grain is Grain.MONTH} == {3}
    assert policy.closes(date(2026, 9, 1), Grain.MONTH) == date(2026, 11, 9)
    assert policy_for("shutoffs").closes(date(2026, 9, 1), Grain.MONTH) == date(2026, 10, 30)


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({"rho": 0}, "rho"),
        ({"floor": 0}, "floor"),
        ({"month_cap": 13}, "month_cap"),
        ({"zone0_homes": 29}, "zone0_homes must be at least 30"),
        ({"zone1_homes": 99}, "zone1_homes must be at least 100"),
        ({"zone2_homes": 499}, "zone2_homes must be at least 500"),
        ({"zone0_homes": 200}, "zone1_homes must not be less than zone0_homes"),
        ({"zone1_homes": 600}, "nor zone2_homes less than zone1_homes"),
        ({"closing_days": {"month": 46}}, "closing_days must not fall"),
        ({"closing_days": {"year": -1}}, "closing_days"),
        ({"flor": 5}, "flor"),
    ],
)
def test_a_wrong_override_is_refused_with_its_name(overrides: dict[str, object], word: str) -> None:
    with pytest.raises(PolicyError, match=word):
        policy_for("evictions", overrides)


def test_an_unprotected_topic_has_no_policy() -> None:
    with pytest.raises(PolicyError, match="households"):
        policy_for("households")


def test_shares_over_one_are_refused() -> None:
    policy = policy_for("evictions")
    dearer = (replace(policy.ladder[0], share=0.27), *policy.ladder[1:])
    with pytest.raises(PolicyError, match=r"add up to 1\.01"):
        replace(policy, ladder=dearer)


def test_an_understated_sensitivity_is_refused() -> None:
    policy = policy_for("evictions")
    with pytest.raises(PolicyError, match="squared_sensitivity"):
        replace(policy, ladder=(replace(policy.ladder[0], squared_sensitivity=1), *policy.ladder[1:]))


def test_a_table_twice_is_refused() -> None:
    policy = policy_for("evictions")
    with pytest.raises(PolicyError, match="twice"):
        replace(policy, ladder=(*policy.ladder[:-1], policy.ladder[0]), reserve=0)


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (PublishedTable("homes_filed", Grain.MONTH, "zone1", False), "no table"),
        (PublishedTable("homes_filed", Grain.QUARTER, "district", True), "no table"),
        (PublishedTable("homes_disposed", Grain.YEAR, "neighborhood", True), "categories"),
        (PublishedTable("median_rent", Grain.YEAR, "city", False), "no table"),
    ],
)
def test_nothing_outside_the_ladder_is_published(table: PublishedTable, word: str) -> None:
    policy = policy_for("evictions")
    with pytest.raises(PolicyError, match=word):
        replace(policy, published=(*policy.published, table))


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.WEEK, Grain.ROLLING_12M])
def test_protected_topics_have_no_short_or_overlapping_periods(grain: Grain) -> None:
    with pytest.raises(PolicyError, match="months, quarters and years"):
        LadderTable("filings", grain, "city", (), 0.1, 4)


def test_what_no_source_fills_is_neither_measured_nor_published() -> None:
    policy = policy_for("evictions")
    fewer = collected(policy, {"filed", "disposition", "outcome"})
    assert "dispositions-year-district-outcome" in {t.name for t in fewer.ladder}, "nobody says who had a lawyer"
    assert "quality-year-city-placed" in {t.name for t in fewer.ladder}
    filings = collected(policy, {"filed"})
    assert {p.measure for p in filings.published} == {"homes_filed"}
    plain = collected(policy_for("shutoffs"), {"scheduled"})
    assert not any(p.categories for p in plain.published)


def test_categories_are_sums_of_leaves() -> None:
    family = policy_for("evictions").family("dispositions")
    sums = family.categories(("outcome", "represented"))
    assert sums["judgment"] == ("judgment_with_lawyer", "judgment_without_lawyer")
    assert (
        set(sums["with_lawyer"]) | set(sums["without_lawyer"])
        == set(sums["all"])
        == set(family.leaves(("outcome", "represented")))
    )
    assert family.categories(()) == {"all": ("all",)}


@pytest.mark.parametrize(("rho", "percent"), [(0.5, 69), (1, 76), (2, 84), (5, 94)])
def test_the_best_guess_in_plain_terms(rho: float, percent: int) -> None:
    assert round(100 * best_guess(rho)) == percent


def test_what_a_city_declares_otherwise_is_told_and_what_protects_less_is_marked() -> None:
    declared = {"rho": 1.5, "floor": 4, "month_cap": 3, "zone2_homes": 2000, "closing_days": {"month": 20}}
    told = differences(policy_for("evictions", declared))
    #                       default  declared  weaker
    assert [(d.what, d.default, d.declared, d.weaker) for d in told] == [
        ("rho", "1", "1.5", True),
        ("floor", "5", "4", True),
        ("month_cap", "4", "3", False),
        ("zone2_homes", "500", "2000", False),
        ("closing_days.month", "30", "20", False),
    ]


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_the_default_differs_in_nothing(topic: str, tier: Tier) -> None:
    assert differences(policy_for(topic, tier=tier)) == ()
