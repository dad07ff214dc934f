"""Columns that went missing, came under another name, or hold something else; both feeds drawn as tables."""

from collections.abc import Sequence

import polars as pl
import pytest

from etl.drift.columns import sampled_columns
from etl.drift.finding import Finding
from etl.drift.profile import Profile
from etl.drift.schema import column_findings, declared_columns
from etl.records import Ingested
from tests.etl.declared import KEY
from tests.etl.drift.feeds import FIELDS, SUNDAY, declared

HEADER = ("Number", "Opened", "Closed", "Type", "Status", "Caller")
ROWS = [(f"SR-{n}", f"2026-11-{1 + n % 28:02}", "", "Pothole", "Open", f"Ann {n} Ames") for n in range(40)]


Seen = tuple[Profile, list[Finding]]


def looked_at(header: Sequence[str], rows: Sequence[Sequence[str]], before: Profile | None) -> Seen:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row").with_row_index("row", offset=1)
    ingested = Ingested("feed", frame.lazy(), ())
    columns = sampled_columns(ingested, declared_columns(declared()), KEY)
    profile = Profile(SUNDAY, "whole", len(rows), len(rows), columns=columns)
    return profile, list(column_findings(columns, ingested.columns(), declared(), before))


BEFORE, _ = looked_at(HEADER, ROWS, None)


def renamed(old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in HEADER)


@pytest.mark.parametrize(
    ("header", "before", "kind", "sentence"),
    [
        (HEADER, BEFORE, [], ""),
        (renamed("Opened", "Requested"), BEFORE, ["column_renamed", "column_new"], "it is called 'Requested' now"),
        (renamed("Opened", "OPENED "), BEFORE, ["column_renamed", "column_new"], "called 'OPENED' now"),
        (renamed("Opened", "Opened on"), None, ["column_renamed"], "called 'Opened on' now"),
        (renamed("Opened", "Requested"), None, ["column_missing"], "'Opened', which fills created, is missing."),
        (renamed("Caller", "Reporter"), BEFORE, ["column_new", "column_gone"], "which no field uses: number 6."),
    ],
)  # fmt: skip
def test_columns_by_name(header: Sequence[str], before: Profile | None, kind: list[str], sentence: str) -> None:
    _, findings = looked_at([name.strip() for name in header], ROWS, before)
    assert [finding.kind for finding in findings] == kind
    assert sentence in " ".join(finding.sentence for finding in findings)


@pytest.mark.parametrize(
    ("place", "value", "kind", "sentence"),
    [
        (1, "yesterday", "column_retyped", "'Opened' is of another kind: 100.0% of it were dates the last time, 0.0%"),
        (3, "17", "column_retyped", "'Type' is of another kind: 0.0% of it were numbers the last time, 100.0%"),
        (0, "2026/11 4711", "ids_rewritten", "'Number' names records in another way"),
    ],
)
def test_what_stands_in_a_column(place: int, value: str, kind: str, sentence: str) -> None:
    rows = [(*row[:place], value, *row[place + 1 :]) for row in ROWS]
    _, (finding,) = looked_at(HEADER, rows, BEFORE)
    assert (finding.kind, finding.exit_code) == (kind, 11)
    assert sentence in finding.sentence


def test_a_feed_without_its_header_tells_no_value() -> None:
    """The first record's values are its names now, and one of them is much like a column that is missing."""
    values = ("SR-1", "2026-11-01", "Opened by Ames", "Pothole", "Open", "Ann Ames")
    profile, findings = looked_at(values, ROWS, BEFORE)
    told = " ".join(finding.sentence for finding in findings)
    assert {finding.kind for finding in findings} == {"column_missing", "column_new", "column_gone"}
    assert "Ames" not in told and "Ames" not in repr(profile)


@pytest.mark.parametrize("header", ["Number;Opened;Closed;Type;Status;Caller", "Requests of November"])
def test_one_single_column_asks_for_the_delimiter(header: str) -> None:
    _, (asked, *missing) = looked_at([header], [["x"]] * 40, BEFORE)
    assert (asked.kind, asked.exit_code) == ("one_column", 11)
    assert "is the delimiter right?" in asked.sentence
    assert [finding.kind for finding in missing if finding.holds] == ["column_missing"] * len(FIELDS)
    assert header not in " ".join(finding.sentence for finding in missing)


def test_a_profile_holds_no_value_of_a_record() -> None:
    told = repr(BEFORE)
    assert "Ann" not in told and "Ames" not in told and "SR-" not in told
    assert "Caller" not in told  # no field uses it
    assert all(name in told for name in FIELDS.values())


def test_kinds_of_columns() -> None:
    assert {c.name: c.kind for c in BEFORE.columns if c.name} == {
        "Number": "text",
        "Opened": "date-like",
        "Closed": "blank",
        "Type": "text",
        "Status": "text",
    }
