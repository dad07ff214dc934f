"""The audit step: every attack is run on the same figures, in the certificate's order, and any finding refuses."""

import pytest

from etl.audit.finding import Attempt, Finding
from etl.audit.published import Published
from etl.errors import WouldDisclose
from etl.steps import audit as step
from etl.steps.audit import ATTACKS, Audit, audit, require_pass

PLACE = "homes_filed, zone1 8944ce00007ffff, 2025"


def attempt(attack: str, found: int = 0) -> Attempt:
    findings = tuple(
        Finding(attack, "public", "evictions", "2026-04-15-0123456789ab", PLACE, f"guess {n}") for n in range(found)
    )
    return Attempt(attack, attack.replace("_", " ").title(), 10, findings, "nothing")


def test_all_twelve_attacks_in_the_order_of_the_certificate() -> None:
    assert [attack.__module__.rsplit(".", 1)[-1] for attack in ATTACKS] == [
        "small_figures",
        "parent_minus_children",
        "category_complement",
        "geography_against_geography",
        "time_windows",
        "release_against_release",
        "averaging",
        "sticky_noise",
        "presence",
        "rates",
        "homogeneity",
        "linear_program",
    ]


def test_every_attack_sees_everything_published_and_each_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    published, seen, told = object.__new__(Published), [], []
    results = [attempt("one"), attempt("two", 1), attempt("three", 2)]

    def attack(result: Attempt) -> step.Attack:
        def run(given: Published) -> Attempt:
            seen.append(given)
            return result

        return run

    monkeypatch.setattr(step, "ATTACKS", tuple(map(attack, results)))
    done = audit(published, told=told.append)
    assert done.attempts == tuple(results), "an attack that found something does not stop the others"
    assert told == results
    assert all(given is published for given in seen)
    assert audit(published) == done, "nobody need listen"
    assert [finding.learned for finding in done.findings] == ["guess 0", "guess 0", "guess 1"]


@pytest.mark.parametrize(
    ("attempts", "sentence"),
    [
        ((), None),
        ((attempt("rates"), attempt("presence")), None),
        ((attempt("rates"), attempt("time_windows", 1)), "time windows (1)"),
        ((attempt("time_windows", 3), attempt("rates"), attempt("presence", 1)), "time windows (3), presence (1)"),
    ],
)
def test_any_finding_refuses_and_names_no_place(attempts: tuple[Attempt, ...], sentence: str | None) -> None:
    if sentence is None:
        require_pass(Audit(attempts))
        return
    with pytest.raises(WouldDisclose) as told:
        require_pass(Audit(attempts))
    assert told.value.what == f"The audit found what an intruder could learn: {sentence}."
