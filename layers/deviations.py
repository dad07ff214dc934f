"""Where a declared policy is not the default one, and whether that protects less."""

from collections.abc import Callable
from dataclasses import dataclass

from layers.policy import DisclosurePolicy, policy_for


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of a policy that is not the default; `weaker` where homes are protected or hidden less by it."""

    what: str
    default: str
    declared: str
    weaker: bool


def differences(policy: DisclosurePolicy) -> tuple[Difference, ...]:
    """Every number in which `policy` is not the default of its topic and tier, in a fixed order."""
    default = policy_for(policy.topic, tier=policy.tier)
    numbers = [(name, float(getattr(default, name)), float(getattr(policy, name)), less) for name, less in _WEAKER]
    days = [(f"closing_days.{g}", float(default.days_to_close(g)), float(n), _never) for g, n in policy.closing_days]
    return tuple(
        Difference(name, f"{usual:g}", f"{ours:g}", weaker(ours, usual))
        for name, usual, ours, weaker in [*numbers, *days]
        if ours != usual
    )


Weaker = Callable[[float, float], bool]


def _more(ours: float, usual: float) -> bool:
    return ours > usual


def _fewer(ours: float, usual: float) -> bool:
    return ours < usual


def _never(ours: float, usual: float) -> bool:
    """How late a period is measured changes what is in it, not what protects it."""
    return False


_WEAKER: tuple[tuple[str, Weaker], ...] = (
    ("rho", _more),
    ("floor", _fewer),
    ("month_cap", _more),
    ("high_share", _more),
    ("zone0_homes", _fewer),
    ("zone1_homes", _fewer),
    ("zone2_homes", _fewer),
)
