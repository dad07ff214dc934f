"""The protection that a city declares: the defaults, its zones and its overrides, for the public and for partners."""

from collections.abc import Iterable, Iterator, Mapping

from etl.city.models import CityFile, PolicyOverride, ZoneSizes
from etl.city.problems import closest
from etl.errors import Problem
from layers.deviations import Difference, differences
from layers.policy import PROTECTED_TOPICS, DisclosurePolicy, PolicyError, Tier, policy_for
from layers.release import Deviation


def declared_policy(
    topic: str,
    tier: Tier | str,
    zones: ZoneSizes,
    override: PolicyOverride | None,
    *,
    home_groups: Iterable[str] | None = None,
) -> DisclosurePolicy:
    """The policy of a protected topic in one tier. Raises PolicyError for one that does not add up."""
    numbers = override.numbers() if override else {}
    return policy_for(topic, {**numbers, **zones.model_dump()}, tier=tier, home_groups=home_groups)


def deviations_of(policy: DisclosurePolicy, override: PolicyOverride | None) -> tuple[Deviation, ...]:
    """Every number that is not the default, with the reason and the person that the city names."""
    return tuple(_deviation(difference, override) for difference in differences(policy))


def policy_problems(file: str, declared: CityFile) -> Iterator[Problem]:
    """Overrides of topics without protection, policies that do not add up, and weaker ones that nobody answers for."""
    yield from _tier_problems(file, "policy", Tier.PUBLIC, declared.zones, declared.policy)
    if declared.partner is not None:
        yield from _tier_problems(file, "partner.policy", Tier.PARTNER, declared.zones, declared.partner.policy)


def _tier_problems(
    file: str, table: str, tier: Tier, zones: ZoneSizes, overrides: Mapping[str, PolicyOverride]
) -> Iterator[Problem]:
    for topic, override in overrides.items():
        key = f"{table}.{topic}"
        if topic not in PROTECTED_TOPICS:
            yield Problem(file, key, f"`{topic}` is no protected topic.", closest(topic, PROTECTED_TOPICS))
            continue
        try:
            policy = declared_policy(topic, tier, zones, override)
        except PolicyError as error:
            yield Problem(file, key, f"{error}.", "Correct the number, or leave it out to take the default.")
            continue
        weaker = [difference for difference in differences(policy) if difference.weaker]
        if weaker and not (override.reason.strip() and override.approved_by.strip()):
            yield Problem(file, key, _weaker(weaker), "Say why in `reason` and who answers for it in `approved_by`.")


def _weaker(weaker: Iterable[Difference]) -> str:
    told = (f"{w.what} {w.declared} protects homes less than the default {w.default}" for w in weaker)
    return f"{'; '.join(told)}."


def _deviation(difference: Difference, override: PolicyOverride | None) -> Deviation:
    of_zones = difference.what.startswith("zone")
    said = None if of_zones else override
    return Deviation(
        what=difference.what,
        default=difference.default,
        declared=difference.declared,
        reason=said.reason if said else "",
        approved_by=said.approved_by if said else "",
    )
