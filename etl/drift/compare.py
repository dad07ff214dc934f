"""A feed's profile against the accepted ones: every rule, in the order in which the steward reads them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from etl.city import Source
from etl.drift.amounts import amount_findings
from etl.drift.fields import code_findings, field_findings
from etl.drift.finding import Finding
from etl.drift.mix import mix_findings
from etl.drift.placing import placing_findings
from etl.drift.profile import Profile


@dataclass(frozen=True, slots=True)
class Reference:
    """What a feed is compared with. `last` was accepted last.

    `anchor` is the newest that was accepted at least four weeks earlier, or what a person approved since then, or else
    the oldest: shares of recent weeks are compared with it, so that a slow run from night to night does not hide a
    change that the whole month shows.
    """

    last: Profile
    anchor: Profile


def drift(now: Profile, reference: Reference | None, source: Source) -> tuple[Finding, ...]:
    """Everything that changed: what holds the run first. Empty where nothing was accepted yet.

    A fetch of changes is compared with fetches of changes, a whole feed with whole ones; `reference` is of the same
    scope.
    """
    if reference is None:
        return ()
    found = [finding for rule in _RULES for finding in rule(now, reference.last, reference.anchor, source)]
    return tuple(sorted(found, key=lambda each: not each.holds))


Rule = Callable[[Profile, Profile, Profile, Source], Iterator[Finding]]

_RULES: tuple[Rule, ...] = (
    field_findings,
    code_findings,
    amount_findings,
    mix_findings,
    placing_findings,
)
