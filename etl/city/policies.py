"""The protection that a city declares: the defaults, its zones and its overrides, for the public and for partners."""

from collections.abc import Iterable, Iterator, Mapping

from etl.city.cityfile import CityFile
from etl.city.models import PolicyOverride, ZoneSizes
from etl.city.problems import closest
from etl.errors import Problem
from layers.deviations import Difference, differences
from layers.policy import PROTECTED_TOPICS, DisclosurePolicy, PolicyError, Tier, policy_for
from layers.protection import Deviation

EXACT_THRESHOLD = 11
"""In exact mode counts below it are hidden, unless the city declares another."""


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
    numbers = tuple(_deviation(difference, override) for difference in differences(policy))
    return (*numbers, *_exact_mode(override))


def exact_threshold(override: PolicyOverride) -> int:
    """The threshold of a topic in exact mode."""
    return override.threshold or EXACT_THRESHOLD


def _exact_mode(override: PolicyOverride | None) -> tuple[Deviation, ...]:
    if override is None or not override.exact:
        return ()
    return (
        Deviation(
            what="mode",
            default="measured",
            declared=f"exact, threshold {exact_threshold(override)}",
            reason=override.reason,
            approved_by=override.approved_by,
        ),
    )


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
        yield from _mode_problems(file, key, tier, override)
        weaker = [difference for difference in differences(policy) if difference.weaker]
        if weaker and not (override.reason.strip() and override.approved_by.strip()):
            yield Problem(file, key, _weaker(weaker), "Say why in `reason` and who answers for it in `approved_by`.")


def _mode_problems(file: str, key: str, tier: Tier, override: PolicyOverride) -> Iterator[Problem]:
    if not override.exact:
        if override.threshold is not None:
            yield Problem(file, key, "`threshold` belongs to mode `exact`.", "Leave it out, or declare the mode.")
        return
    if tier is not Tier.PUBLIC:
        yield Problem(file, key, "Exact mode exists for the public tier only.", "Leave `mode` out: partners' is noise.")
    if not (override.reason.strip() and override.approved_by.strip()):
        yield Problem(
            file,
            key,
            "Mode `exact` protects homes less than measuring does.",
            "Say why in `reason` and who answers for it in `approved_by`.",
        )


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
