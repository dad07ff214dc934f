"""Validate: the allow-list comes first, values are typed strictly, and every row that is no record has a reason."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import REJECT_REASONS, SchemaDrift, TooManyRejects
from etl.feeds.verdicts import REASONS
from tests.etl.declared import source, validated

FIELDS = {
    "id": "Number",
    "created": "Opened",
    "closed": "Closed",
    "category": "Type",
    "status": "Status",
    "channel": "How",
    "lat": "Lat",
    "lng": "Lng",
}
CATEGORIES = {"potholes": ["Pothole", "PH-01"], "sensitive": ["Welfare Check"], "heat_and_hot_water": ["No Heat"]}
SOUND: dict[str, str | None] = {
    "Number": "1",
    "Opened": "03/04/2025 09:30:00 AM",
    "Closed": "03/05/2025 01:00:00 PM",
    "Type": "Pothole",
    "Status": "CLOSED",
    "How": "App",
    "Lat": "36.05",
    "Lng": "-83.95",
    "Caller": "CANARYROSE",
}


def _one(change: dict[str, str | None], **said: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """Reasons and records of a feed of one sound row and a changed one."""
    declared = source(FIELDS, categories=CATEGORIES, **said)
    found = validated(declared, [SOUND, {**SOUND, "Number": "2", **change}])
    assert found.rows == 2
    return found.rejects["reason"].to_list(), found.records.collect().drop("row").to_dicts()


def test_a_sound_row_becomes_a_typed_record_and_nothing_else_of_it_is_kept() -> None:
    reasons, records = _one({})
    assert reasons == []
    assert records[0] == {
        "id": "1",
        "created": datetime(2025, 3, 4, 9, 30),
        "closed": datetime(2025, 3, 5, 13, 0),
        "promised": None,
        "category": "potholes",
        "agency": None,
        "channel": "app",
        "status": "closed",
        "lat": 36.05,
        "lng": -83.95,
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Number": None}, "blank_required"),
        ({"Number": "  "}, "blank_required"),
        ({"Opened": "NULL"}, "blank_required"),
        ({"Type": "n/a"}, "blank_required"),
        ({"Opened": "2025-03-04"}, "bad_date"),
        ({"Opened": "02/30/2025"}, "bad_date"),
        ({"Closed": "yesterday"}, "bad_date"),
        ({"Opened": "11/16/2026"}, "future_date"),
        ({"Closed": "03/29/2070"}, "future_date"),
        ({"Closed": "03/03/2025 09:00:00 AM"}, "closed_before_created"),
        ({"Closed": "03/04/2025 09:29:59 AM"}, "closed_before_created"),
        ({"Type": "Welfare Check"}, "sensitive_type"),
        ({"Number": "1"}, "duplicate"),
        (dict.fromkeys(SOUND), "junk_row"),
        ({**dict.fromkeys(SOUND), "Number": "Total: 2 rows"}, "junk_row"),
        (dict(zip(FIELDS.values(), FIELDS.values(), strict=True)), "junk_row"),
    ],
)
def test_a_row_that_is_no_record_has_a_reason(change: dict[str, str | None], reason: str) -> None:
    reasons, records = _one(change)
    assert reasons == [reason]
    assert len(records) == 1


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        pytest.param({"Type": " ph-01 "}, "category", "potholes", id="codes match but for case and blanks"),
        pytest.param({"Type": "potholes"}, "category", "potholes", id="a group stands for itself"),
        pytest.param({"Type": "Unheard of"}, "category", "unmapped", id="an unknown code is in no group"),
        pytest.param({"Status": "Who knows"}, "status", None, id="an unknown status is null, and counted"),
        pytest.param({"Closed": None}, "closed", None, id="open"),
        pytest.param({"Closed": "03/04/2025"}, "closed", datetime(2025, 3, 4), id="an end that is a day is no earlier"),
        pytest.param({"Number": "2.0"}, "id", "2", id="an id that a spreadsheet made a number"),
        pytest.param({"Lat": "unknown"}, "lat", None, id="a coordinate that is none"),
        pytest.param({"Opened": "11/15/2026"}, "created", datetime(2026, 11, 15), id="today is not the future"),
    ],
)  # fmt: skip
def test_what_is_read(change: dict[str, str | None], field: str, value: object) -> None:
    if field == "created":
        change = {**change, "Closed": None}
    reasons, records = _one(change)
    assert reasons == []
    assert records[1][field] == value


def test_unknown_codes_are_counted_by_field() -> None:
    declared = source(FIELDS, categories=CATEGORIES, values={"status": {"closed": ["CLOSED"]}})
    rows = [{**SOUND, "Number": str(n), "Type": "New", "Status": "Pending" if n else None} for n in range(3)]
    assert validated(declared, rows).unmapped == {"category": 3, "status": 2}


def test_the_last_sound_row_of_an_id_stands() -> None:
    rows = [
        {**SOUND, "Status": "Open", "Closed": None},
        {**SOUND, "Status": "Closed"},
        {**SOUND, "Status": "Closed", "Opened": "never"},
        {**SOUND, "Number": "1.0", "Status": "Closed"},
    ]
    found = validated(source(FIELDS, categories=CATEGORIES), rows)
    assert found.rejects.select("row", "reason").rows() == [(1, "duplicate"), (2, "duplicate"), (3, "bad_date")]
    assert found.records.collect()["row"].to_list() == [4]


def test_rejects_hold_numbers_and_reasons_only() -> None:
    rows = [SOUND, {**SOUND, "Opened": "CANARYROSE"}]
    rejects = validated(source(FIELDS, categories=CATEGORIES), rows).rejects
    assert rejects.schema == {"row": pl.UInt32, "source": pl.String, "reason": pl.String}
    assert "CANARYROSE" not in str(rejects.to_dicts())


def test_every_reason_is_explained() -> None:
    assert {entry.code for entry in REJECT_REASONS} >= set(REASONS)


@pytest.mark.parametrize(
    ("rows", "said", "previous", "sentence"),
    [
        (0, {}, None, "has 0 rows"),
        (10, {"min_rows": 11}, None, "has 10 rows; at least 11"),
        (10, {"max_shrink_share": 0.3}, 15, "has shrunk from 15 to 10"),
        (10, {"max_reject_share": 0.05}, None, "10.0% of 10 rows were rejected, at most 5.0% may be .bad_date 1."),
    ],
)
def test_quality_gates(rows: int, said: dict[str, float], previous: int | None, sentence: str) -> None:
    feed: list[dict[str, str | None]] = [
        {**SOUND, "Number": str(n), "Opened": "?" if n == 5 else SOUND["Opened"]} for n in range(rows)
    ]
    declared = source(FIELDS, categories=CATEGORIES, limits={"max_reject_share": 1.0, **said})
    with pytest.raises(TooManyRejects, match=sentence):
        validated(declared, feed, columns=tuple(SOUND), previous_rows=previous)


def test_sensitive_rows_do_not_count_as_faults() -> None:
    rows = [SOUND, *({**SOUND, "Number": f"w{n}", "Type": "Welfare Check"} for n in range(9))]
    found = validated(source(FIELDS, categories=CATEGORIES, limits={"max_reject_share": 0.0}), rows)
    assert found.rejected() == {"sensitive_type": 9}


def test_a_missing_column_is_schema_drift_that_names_it_and_no_other() -> None:
    rows = [{name: value for name, value in SOUND.items() if name not in ("Opened", "Lat")}]
    with pytest.raises(SchemaDrift, match="'Opened', 'Lat'") as caught:
        validated(source(FIELDS, categories=CATEGORIES), rows)
    assert "Caller" not in str(caught.value)


def test_the_row_number_can_be_the_id() -> None:
    found = validated(source({**FIELDS, "id": "row"}, categories=CATEGORIES), [SOUND, SOUND])
    assert found.records.collect()["id"].to_list() == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "units"), [("24,440", 24440.0), ("12.0", 12.0), ("1,2", None), ("many", None), ("inf", None)]
)
def test_numbers(text: str, units: float | None) -> None:
    fields = {"id": "Id", "units": "Units", "area.zip": "Zip", "zip": "Zip", "address": "Street"}
    declared = source(fields, topic="households")
    found = validated(declared, [{"Id": "1", "Units": text, "Zip": "2134.0", "Street": "1 Main St"}])
    if units is None:
        assert found.rejected() == {"bad_number": 1}
    else:
        assert found.records.collect().select("units", "zip", "area.zip").row(0) == (units, "02134", "2134")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("60614", "60614"),
        ("60614-1234", "60614"),
        ("606141234", "60614"),
        ("2134", "02134"),
        ("0", None),
        ("K1A 0B1", None),
    ],
)
def test_zips(text: str, code: str | None) -> None:
    found = validated(source({**FIELDS, "zip": "Zip"}, categories=CATEGORIES), [{**SOUND, "Zip": text}])
    assert found.records.collect()["zip"].to_list() == [code]


def test_flags_and_outcomes_of_cases() -> None:
    fields = {"id": "No", "filed": "Filed", "outcome": "End", "appeared": "Came", "represented": "Law", "address": "At"}
    declared = source(
        fields, topic="evictions", values={"outcome": {"default": ["DEF"]}, "represented": {"yes": ["PRO BONO"]}}
    )
    rows = [
        {"No": "1", "Filed": "03/04/2025", "End": "def", "Came": "N", "Law": "Pro Bono", "At": "1 Main St"},
        {"No": "2", "Filed": "03/04/2025", "End": "Settled", "Came": "TRUE", "Law": "Y", "At": "1 Main St"},
    ]  # fmt: skip
    found = validated(declared, rows)
    assert found.records.collect().select("outcome", "appeared", "represented").rows() == [
        ("default", "no", "yes"),
        ("settled", "yes", None),
    ]
    assert found.unmapped == {"represented": 1}


_TEXTS = st.one_of(st.none(), st.text(max_size=12), st.sampled_from([*SOUND.values(), "NULL", "1.0", "99/99/9999"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS.values(), _TEXTS)), min_size=1, max_size=8))
def test_every_row_is_a_record_or_a_reject_and_never_both(rows: list[dict[str, str | None]]) -> None:
    found = validated(source(FIELDS, categories=CATEGORIES), rows, today=date(2026, 11, 15))
    records, rejects = found.records.collect(), found.rejects
    assert sorted([*records["row"], *rejects["row"]]) == list(range(1, len(rows) + 1))
    assert records["id"].is_unique().all()
    assert sum(records.select("id", "created", "category").null_count().row(0)) == 0


def test_a_feed_full_of_types_that_nobody_has_mapped_is_held() -> None:
    declared = source(FIELDS, categories=CATEGORIES, limits={"max_reject_share": 0.5})
    rows = [{**SOUND, "Number": str(n), "Type": "New" if n < 7 else "Pothole"} for n in range(10)]

    with pytest.raises(TooManyRejects, match="a type that no group lists"):
        validated(declared, rows)
