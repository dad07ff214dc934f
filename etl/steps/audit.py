"""Audit: attack what would be published, together with everything ever published in any tier. Any finding refuses."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from etl.audit.attacks import (
    averaging,
    category_complement,
    geography_against_geography,
    homogeneity,
    linear_program,
    parent_minus_children,
    presence,
    rates,
    release_against_release,
    small_figures,
    sticky_noise,
    time_windows,
)
from etl.audit.finding import Attempt, Finding
from etl.audit.published import Published
from etl.audit.repeats import said_in_all, without_repeats
from etl.errors import WouldDisclose

Attack = Callable[[Published], Attempt]

ATTACKS: tuple[Attack, ...] = (
    small_figures.run,
    parent_minus_children.run,
    category_complement.run,
    geography_against_geography.run,
    time_windows.run,
    release_against_release.run,
    averaging.run,
    sticky_noise.run,
    presence.run,
    rates.run,
    homogeneity.run,
    linear_program.run,
)
"""Every attack, in the order in which a certificate names them."""


WORDS_HOLD_FIGURES: tuple[Attack, ...] = (
    small_figures.run,
    parent_minus_children.run,
    category_complement.run,
    time_windows.run,
    release_against_release.run,
    sticky_noise.run,
    homogeneity.run,
    linear_program.run,
)
"""Attacks whose sentence or number of tries follows from figures; the others' from the ladder and the key set alone."""


READS_THE_DAY: tuple[Attack, ...] = (release_against_release.run,)
"""Attacks that read of a release's manifest what changes every night though nothing else does."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What all attacks said."""

    attempts: tuple[Attempt, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, attack by attack."""
        return tuple(finding for attempt in self.attempts for finding in attempt.findings)


def audit(published: Published, *, told: Callable[[Attempt], None] = lambda attempt: None) -> Audit:
    """Run every attack; `told` is called after each. Raises WouldDisclose where there is none: that is no PASS."""
    if not ATTACKS:
        raise WouldDisclose("Nothing was attacked, so nothing can be certified.")
    attempts = []
    for attack in ATTACKS:
        attempts.append(attack(published))
        told(attempts[-1])
    return Audit(tuple(attempts))


def audit_everything(everything: Published, *, told: Callable[[Attempt], None] = lambda attempt: None) -> Audit:
    """Run every attack on every release, on those that say the same of homes as an earlier one each for itself.

    What they say together was attacked with that one. Of a city that publishes every night this takes as long as what
    it said, not as its nights.
    """
    apart = without_repeats(everything)
    together = audit(apart)
    attacked, known = set(apart.releases), {said_in_all(release) for release in apart.releases}
    alone: dict[str, list[Attempt]] = {}
    for release in everything.releases:
        if release not in attacked:
            said, one = said_in_all(release), Published((release,))
            for attempt in (audit_of_the_day(one) if said in known else audit(one)).attempts:
                alone.setdefault(attempt.attack, []).append(attempt)
            known.add(said)
    merged = tuple(_with_each(attempt, alone.get(attempt.attack, ())) for attempt in together.attempts)
    for attempt in merged:
        told(attempt)
    return Audit(merged)


def _with_each(together: Attempt, alone: Sequence[Attempt]) -> Attempt:
    """What an attack said of releases together, and of some others each for itself."""
    found = [attempt for attempt in alone if attempt.findings]
    findings = (*together.findings, *(finding for attempt in found for finding in attempt.findings))
    best = together.best if together.findings or not found else found[0].best
    return replace(together, tried=together.tried + sum(a.tried for a in alone), findings=findings, best=best)


def audit_of_the_day(draft: Published) -> Audit:
    """Run the attacks that a new day alone could make succeed."""
    return Audit(tuple(attack(draft) for attack in READS_THE_DAY))


def without_known(done: Audit, before: Audit, withdrawn: Collection[tuple[str, str]]) -> Audit:
    """What the attacks found, less what releases that were taken back had told already without the draft.

    `before` is the audit of everything but the draft, `withdrawn` has tier and id. What is out cannot be undone by
    publishing nothing; whatever the draft adds to it is still a finding.
    """
    known = {finding for finding in before.findings if (finding.tier, finding.release) in withdrawn}
    return Audit(tuple(_less(attempt, known) for attempt in done.attempts))


def _less(attempt: Attempt, known: Collection[Finding]) -> Attempt:
    new = tuple(finding for finding in attempt.findings if finding not in known)
    if len(new) == len(attempt.findings):
        return attempt
    old = f"{len(attempt.findings) - len(new):,} findings in releases that were taken back; "
    best = old + (f"{len(new):,} new ones." if new else "this release adds nothing to them.")
    return replace(attempt, findings=new, best=best)


def told_in_public(
    done: Audit, published: Published, *, of_public: Callable[[Published], Sequence[Attempt]] | None = None
) -> Audit:
    """The same audit in words that a public certificate may print: nothing in them follows from partners' figures.

    `of_public` gives `words_of` the public releases, perhaps from memory.
    """
    public = Published(published.of(tier="public"))
    if len(public.releases) == len(published.releases):
        return done
    words = iter((of_public or words_of)(public))
    said = zip(ATTACKS, done.attempts, strict=True)
    return Audit(tuple(_of_public(a, next(words)) if run in WORDS_HOLD_FIGURES else a for run, a in said))


def words_of(public: Published) -> tuple[Attempt, ...]:
    """What those attacks say of the public releases alone whose words hold figures."""
    return tuple(run(public) for run in ATTACKS if run in WORDS_HOLD_FIGURES)


def _of_public(attempt: Attempt, public: Attempt) -> Attempt:
    best = f"{public.best} (Said of the public figures alone; the partners' were attacked with them.)"
    return replace(attempt, tried=public.tried, best=best)


def require_pass(done: Audit) -> None:
    """Raises WouldDisclose when any attack found something; the message names attacks and numbers, no place."""
    if not done.findings:
        return
    found = ", ".join(f"{a.title.lower()} ({len(a.findings)})" for a in done.attempts if a.findings)
    raise WouldDisclose(f"The audit found what an intruder could learn: {found}.")
