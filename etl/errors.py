"""What can go wrong, each with its exit code, and the one table that `etl explain` prints.

A message says what happened and what to do. It never holds a record's values.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class EtlError(Exception):
    """The base of every expected failure of the program `etl`."""

    exit_code: ClassVar[int]
    title: ClassVar[str]
    remedy: ClassVar[str]
    held: object = None
    """The feed that is held, for the steward (`etl.drift.gate.Held`)."""

    def __init__(self, what: str, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.to_do = remedy or self.remedy

    def __str__(self) -> str:
        return f"{self.what} {self.to_do}"


class AuditFound(EtlError):
    """An audit or check found something."""

    exit_code = 1
    title = "An audit or check found something"
    remedy = "Read the findings above; nothing was changed."


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a declaration: where it stands, what is wrong and what to do."""

    file: str
    key: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.key}" if self.key else self.file
        return f"{place}: {self.what} {self.remedy}"


class DeclarationError(EtlError):
    """The command line or a city folder's declaration is wrong; holds every fault found, not only the first."""

    exit_code = 2
    title = "The command line or a declaration is wrong"
    remedy = "Correct the file and key that the message names, then run `python -m etl check CITY`."

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def of(cls, file: str, key: str, what: str, remedy: str) -> "DeclarationError":
        """An error with a single fault."""
        return cls((Problem(file, key, what, remedy),))

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        return "\n".join([f"{len(self.problems)} faults:", *(f"  {problem}" for problem in self.problems)])


class SourceUnreadable(EtlError):
    """A source could not be reached or read."""

    exit_code = 10
    title = "A source could not be reached or read"
    remedy = (
        "Check that the agency's file or address is there and is what the declaration says; the last release stays up."
    )


class SchemaDrift(EtlError):
    """The source's columns or their meaning changed; the run is held."""

    exit_code = 11
    title = "The source's columns or meaning changed: held"
    remedy = "Compare the source's columns with [fields] of its declaration, correct it and run again."


class TooManyRejects(EtlError):
    """Too many rows were rejected, or another quality gate failed; the run is held."""

    exit_code = 12
    title = "Too many rejects, or a quality gate failed: held"
    remedy = "See the rejects by reason with `python -m etl status CITY`; correct the feed or [limits]."


class TooFewLocated(EtlError):
    """Too few records could be placed on the map; the run is held."""

    exit_code = 13
    title = "Too few records could be located: held"
    remedy = "Check the coordinate system, the address points and [location]; the last release stays up."


class WouldDisclose(EtlError):
    """What would be published says too much about a home, or would overdraw the ledger; refused."""

    exit_code = 14
    title = "The release would disclose: refused"
    remedy = "Nothing was published. `python -m etl status CITY` says where the findings lie and what the ledger holds."


class Locked(EtlError):
    """Another run of the same city holds the lock."""

    exit_code = 15
    title = "Another run holds the lock"
    remedy = "Wait until it has ended, or stop it; a lock whose owner is gone is taken over by itself."


class StorageFailed(EtlError):
    """The private or public folder could not be written or read."""

    exit_code = 16
    title = "Storage failed (full, read-only, corrupt)"
    remedy = "Check free space and permissions of the folder that --var names; the last release stays up."


class Unforeseen(EtlError):
    """A fault of the program. What it was about stays untold, because that may quote a record."""

    exit_code = 70
    title = "The program failed in a way that nobody foresaw"
    remedy = "Report the place that the message names; the last release stays up."


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an exit code or a reject reason means and what to do."""

    code: str
    meaning: str
    remedy: str


FAILURES: tuple[type[EtlError], ...] = (
    AuditFound,
    DeclarationError,
    SourceUnreadable,
    SchemaDrift,
    TooManyRejects,
    TooFewLocated,
    WouldDisclose,
    Locked,
    StorageFailed,
    Unforeseen,
)

REJECT_REASONS: tuple[Explanation, ...] = (
    Explanation(
        "duplicate",
        "Another row has the same id; of those the last sound one stands.",
        "Nothing, unless the agency reuses ids.",
    ),
    Explanation("blank_required", "A required field is empty.", "Ask the agency, or map another column."),
    Explanation("bad_date", "A date matches none of the declared formats.", "Add the format to [dates] formats."),
    Explanation(
        "future_date", "The record's date lies after the day of the run.", "Ask the agency; check day and month."
    ),
    Explanation("closed_before_created", "The record ends before it begins.", "Ask the agency; check the two columns."),
    Explanation(
        "unknown_category",
        "The source's code is in no group; of service requests it is in no figure.",
        "Add it to [categories].",
    ),
    Explanation("bad_number", "A number could not be read.", "Check the column and its thousands separator."),
    Explanation("junk_row", "The row is no record: a total, a note or an empty line.", "Nothing."),
    Explanation("sensitive_type", "A sensitive type that is never published; dropped and counted.", "Nothing."),
    Explanation(
        "withdrawn",
        "A court sealed the record, or its agency withdrew it; it is in no later figure.",
        "Nothing. How many is for the steward alone.",
    ),
)

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation("0", "Done.", "Nothing."),
    *(Explanation(str(leaf.exit_code), f"{leaf.title}.", leaf.remedy) for leaf in FAILURES),
    *REJECT_REASONS,
)


def explain(code: str) -> Explanation | None:
    """The explanation of an exit code or a reject reason; None if there is no such code."""
    return next((entry for entry in EXPLANATIONS if entry.code == code.strip().lower()), None)
