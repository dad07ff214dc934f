"""Dates, periods, numbers and lists as each language writes them; English as the files and the project write it."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.period import Grain, period_label
from portal.language import number, speaking
from portal.words.released import inside, told
from portal.words.releasewords import PATTERNS
from portal.words.wording import (
    bytes_text,
    cadence_text,
    day_text,
    list_text,
    moment_text,
    month_names,
    period_text,
    validity_text,
)

DAY = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("grain", "english", "spanish"),
    [
        (Grain.DAY, "1 Sep 2026", "1 sept 2026"),
        (Grain.WEEK, "week of 1 Sep 2026", "semana del 1 sept 2026"),
        (Grain.MONTH, "Sep 2026", "sept 2026"),
        (Grain.QUARTER, "Q3 2026", "T3 2026"),
        (Grain.YEAR, "2026", "2026"),
        (Grain.ROLLING_12M, "12 months to Aug 2027", "12 meses hasta ago 2027"),
    ],
)
def test_a_period_has_a_name_in_each_language(grain: Grain, english: str, spanish: str) -> None:
    assert period_text(DAY, grain) == english
    with speaking("es"):
        assert period_text(DAY, grain) == spanish


def test_days_sizes_and_lists() -> None:
    moment = datetime(2026, 10, 5, 6, 10, tzinfo=UTC)
    said = [day_text(DAY), moment_text(moment), bytes_text(3_100_000), cadence_text("monthly"),
            list_text(["a", "b", "c"]), validity_text(DAY, None), month_names()[8]]  # fmt: skip
    assert said == ["1 September 2026", "5 October 2026, 06:10", "3.1 MB", "every month", "a, b and c",
                    "from 1 September 2026", "Sep"]  # fmt: skip
    with speaking("es"):
        said = [day_text(DAY), moment_text(moment), bytes_text(3_100_000), cadence_text("monthly"),
                list_text(["a", "b", "c"]), validity_text(DAY, None), month_names()[8]]  # fmt: skip
    assert said == ["1 de septiembre de 2026", "5 de octubre de 2026, 06:10", "3.1 MB", "cada mes", "a, b y c",
                    "desde el 1 de septiembre de 2026", "sept"]  # fmt: skip


@pytest.mark.parametrize(
    ("released", "spanish"),
    [
        ("Eviction filings", "Demandas de desalojo"),
        ("Homes with a request per 1,000 homes", "Viviendas con una solicitud por cada 1,000 viviendas"),
        ("Zones of at least 100 homes", "Zonas de al menos 100 viviendas"),
        ("Quarry Lake, large zone 1", "Quarry Lake, zona grande 1"),
        ("Shapes with figures for 2026, by council district", "Formas con cifras de 2026, por distrito del concejo"),
        ("Settled or mediated; no lawyer known", "Con acuerdo o mediación; sin abogado conocido"),
        ("A filing is not an eviction.", "Una demanda de desalojo no es un desalojo."),
        ("Friends of Quarry Lake", "Friends of Quarry Lake"),
    ],
)
def test_words_of_a_release_are_told_in_the_language_of_the_page(released: str, spanish: str) -> None:
    assert told(released) == released
    with speaking("es"):
        assert told(released) == spanish


def test_a_title_inside_a_sentence() -> None:
    assert [inside("Council district"), inside("ZIP code")] == ["council district", "ZIP code"]
    with speaking("es"):
        assert inside("Council district") == "distrito del concejo"


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.sampled_from(list(Grain)))
def test_english_periods_are_those_of_the_data_files(day: date, grain: Grain) -> None:
    assert period_text(day, grain) == period_label(day, grain)


@given(st.integers(-(10**15), 10**15), st.integers(0, 3), st.sampled_from(["en", "es", "de", "fr", "pt", "vi"]))
def test_a_number_keeps_its_digits_in_every_language(millionths: int, decimals: int, code: str) -> None:
    with speaking(code):
        text = number(millionths / 10**6, decimals)
    exact = Decimal(millionths).scaleb(-6)
    assert _read(text, code) == exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.5, 0, "1"), (12.5, 0, "13"), (13.5, 0, "14"), (3.25, 1, "3.3"), (-2.5, 0, "-3"), (-0.2, 0, "0"),
     (0.285 * 100, 0, "29"), (2.4999, 0, "2")],
)  # fmt: skip
def test_halves_are_rounded_as_a_spreadsheet_rounds_them(value: float, decimals: int, text: str) -> None:
    assert number(value, decimals) == text


def _read(text: str, code: str) -> Decimal:
    """The number that a reader of the language sees."""
    with speaking(code):
        point = number(0.5, 1)[1]
    return Decimal("".join("." if sign == point else sign for sign in text if sign.isdigit() or sign in f"-{point}"))


def test_every_pattern_of_a_release_is_recognized() -> None:
    """Each pattern, filled in, is told with what it was filled with."""
    for pattern in PATTERNS:
        places = re.findall(r"\{([a-z]+)\}", pattern)
        filled = pattern.format(**{name: f"Xy{at}" for at, name in enumerate(places)})
        with speaking("es"):
            spanish = told(filled)
        assert spanish != filled or len(pattern) < 25, pattern
        assert all(f"xy{at}" in spanish.lower() for at in range(len(places))), pattern
