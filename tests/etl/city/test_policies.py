"""What a city may decide about its protection, and that a weaker decision needs a reason and a name."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from etl.city.cityfile import CityFile
from etl.city.models import Partner, PolicyOverride, ZoneSizes
from etl.city.policies import declared_policy, deviations_of, policy_problems
from layers.period import Grain

CITY: dict[str, Any] = {
    "city": {"id": "a", "name": "A", "time_zone": "UTC", "center": {"lat": 1, "lng": 2}},
    "areas": [
        {
            "kind": "district",
            "title": "D",
            "plural": "Ds",
            "path": "d",
            "id_field": "ID",
            "valid_from": date(2024, 1, 1),
        }
    ],
}
AGREEMENT: dict[str, Any] = {"audience": ["Legal Aid"], "agreement": "Agreement 7", "expires": date(2027, 6, 30)}


def city(**said: Any) -> CityFile:
    return CityFile.model_validate({**CITY, **said})


def told(**said: Any) -> list[tuple[str, str]]:
    return [(problem.key, problem.what) for problem in policy_problems("city.toml", city(**said))]


@pytest.mark.parametrize(
    "weaker", [{"rho": 1.2}, {"floor": 4}, {"month_cap": 5}], ids=["more budget", "lower floor", "more months"]
)
def test_a_weaker_number_needs_a_reason_and_a_name(weaker: dict[str, Any]) -> None:
    approved = {"reason": "Council decided", "approved_by": "City clerk"}
    assert [key for key, _ in told(policy={"evictions": weaker})] == ["policy.evictions"]
    assert told(policy={"evictions": {**weaker, "reason": "Council decided"}})
    assert told(policy={"evictions": {**weaker, "approved_by": "City clerk"}})
    assert told(policy={"evictions": {**weaker, **approved}}) == []
    partner = {**AGREEMENT, "policy": {"evictions": weaker}}
    assert [key for key, _ in told(partner=partner)] == ["partner.policy.evictions"]
    assert told(partner={**AGREEMENT, "policy": {"evictions": {**weaker, **approved}}}) == []


def test_the_message_names_both_numbers() -> None:
    ((_, what),) = told(policy={"shutoffs": {"rho": 0.75, "floor": 10}})
    assert what == (
        "rho 0.75 protects homes less than the default 0.5; floor 10 protects homes less than the default 11."
    )


def test_a_stronger_number_needs_none() -> None:
    assert told(policy={"evictions": {"rho": 0.5, "floor": 11, "month_cap": 3}}) == []
    assert told(policy={"evictions": {"closing_days": {"month": 40}}}, zones={"zone2_homes": 2000}) == []


def test_a_policy_that_does_not_add_up_is_told_with_its_key() -> None:
    assert [key for key, _ in told(policy={"shutoffs": {"closing_days": {"month": 60}}})] == ["policy.shutoffs"]
    partner = {**AGREEMENT, "policy": {"shutoffs": {"closing_days": {"year": 10}}}}
    assert [key for key, _ in told(partner=partner)] == ["partner.policy.shutoffs"]


@pytest.mark.parametrize(
    "sizes",
    [
        {"zone0_homes": 29},
        {"zone1_homes": 99},
        {"zone2_homes": 499},
        {"zone2_homes": 2001},
        {"zone0_homes": 101},
        {"zone1_homes": 501},
    ],
)
def test_zones_are_never_smaller_than_designed(sizes: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        city(zones=sizes)


def test_zone_sizes_are_the_same_for_every_topic_and_tier() -> None:
    sizes = ZoneSizes(zone0_homes=40, zone1_homes=150, zone2_homes=1500)
    for topic in ("evictions", "shutoffs"):
        for tier in ("public", "partner"):
            policy = declared_policy(topic, tier, sizes, None)
            assert (policy.zone0_homes, policy.zone1_homes, policy.zone2_homes) == (40, 150, 1500)


def test_the_tiers_are_declared_apart() -> None:
    declared = city(
        policy={"evictions": {"floor": 7}},
        partner={**AGREEMENT, "policy": {"evictions": {"closing_days": {"month": 9}}}},
    )
    public = declared_policy("evictions", "public", declared.zones, declared.policy["evictions"])
    assert isinstance(declared.partner, Partner)
    partner = declared_policy("evictions", "partner", declared.zones, declared.partner.policy["evictions"])
    assert (public.floor, public.days_to_close(Grain.MONTH)) == (7, 30)
    assert (partner.floor, partner.days_to_close(Grain.MONTH)) == (5, 9)


def test_deviations_name_who_answers_for_them_but_larger_zones_are_the_citys() -> None:
    override = PolicyOverride(rho=1.5, reason="Council decided", approved_by="City clerk")
    policy = declared_policy("evictions", "public", ZoneSizes(zone2_homes=2000), override)
    assert [(d.what, d.default, d.declared, d.approved_by) for d in deviations_of(policy, override)] == [
        ("rho", "1", "1.5", "City clerk"),
        ("zone2_homes", "500", "2000", ""),
    ]


@pytest.mark.parametrize("missing", ["audience", "agreement", "expires"])
def test_partners_need_an_agreement(missing: str) -> None:
    with pytest.raises(ValidationError):
        city(partner={name: value for name, value in AGREEMENT.items() if name != missing})
    with pytest.raises(ValidationError):
        city(partner={**AGREEMENT, "audience": []})


def test_the_terms_rule_out_onward_release_and_harm_to_households() -> None:
    terms = Partner.model_validate(AGREEMENT).terms
    for word in ("onward release", "screening", "enforcement", "lending", "solicitation"):
        assert word in terms
