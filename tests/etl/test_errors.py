"""Every failure has its own exit code, and `explain` knows it."""

from etl.errors import EXPLANATIONS, FAILURES, DeclarationError, EtlError, Problem, SchemaDrift, explain
from etl.steps.validate import REASONS


def test_exit_codes_as_promised() -> None:
    assert {leaf.__name__: leaf.exit_code for leaf in FAILURES} == {
        "AuditFound": 1,
        "DeclarationError": 2,
        "SourceUnreadable": 10,
        "SchemaDrift": 11,
        "TooManyRejects": 12,
        "TooFewLocated": 13,
        "WouldDisclose": 14,
        "Locked": 15,
        "StorageFailed": 16,
        "Unforeseen": 70,
    }


def test_every_leaf_is_in_the_table() -> None:
    assert set(EtlError.__subclasses__()) == set(FAILURES)


def test_every_code_is_explained_once() -> None:
    codes = [entry.code for entry in EXPLANATIONS]
    assert len(codes) == len(set(codes))
    assert explain("11") is not None
    assert explain(" Duplicate ") is not None
    assert explain("99") is None


def test_a_message_says_what_happened_and_what_to_do() -> None:
    assert str(SchemaDrift("Column X is gone.", "Map another.")) == "Column X is gone. Map another."
    problem = Problem("city.toml", "city.name", "missing.", "Add it.")
    assert str(DeclarationError((problem,))) == "city.toml, city.name: missing. Add it."
    assert str(DeclarationError((problem, problem))).startswith("2 faults:\n  city.toml")


def test_every_reject_reason_is_explained() -> None:
    assert [reason for reason in REASONS if explain(reason) is None] == []
