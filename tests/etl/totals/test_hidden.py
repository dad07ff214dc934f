"""Few callers of a language are hidden, with whatever would tell them: other languages, and the same in the quarter.

Contacts of a quarter by language, threshold 11:

            Jan   Feb   Mar      quarter
English     300   300   300          900
Spanish      40    40    40          120
Arabic        4    20    20           44    January is small
Hmong        20    20    20           60    one more of January is hidden, or 364 − 340 − 20 tells it

The quarter of Arabic, 44, less 20, less 20, would tell January too: so a month of it is hidden as well, or the quarter.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from etl.totals.asked import Question
from etl.totals.rows import Told, rows_of
from etl.totals.series import Span, series_of
from etl.totals.small import NOTHING_KEPT, keep_published, read_kept
from layers.period import Grain
from layers.topics import topic

MONTHS = [date(2026, n, 1) for n in (1, 2, 3)]
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
TABLE = {"english": (300, 300, 300), "spanish": (40, 40, 40), "arabic": (4, 20, 20), "hmong": (20, 20, 20)}
ABOUT = topic("contact_center")


def _told(
    table: dict[str, tuple[int, ...]],
    kept: dict[str, pl.DataFrame] | None = None,
    *,
    part: str = "handled",
    satisfied: dict[str, tuple[int, ...]] | None = None,
    months: int = 3,
) -> Told:
    span = Span(Grain.MONTH, FIRST, date(2026, months + 1, 1))
    parts = {}
    for name, numbers in ((part, table), ("satisfied", satisfied)):
        if numbers is None:
            continue
        rows = pl.DataFrame(
            [(month, language, float(n)) for language, each in numbers.items() for month, n in zip(MONTHS, each)],  # noqa: B905 (the last months may not be there yet)
            schema={"start": pl.Date, "language": pl.String, "value": pl.Float64}, orient="row",
        ).filter(pl.col("start").dt.month() <= months)  # fmt: skip
        parts[name, ""] = [series_of(rows, span)]
        parts[name, "language"] = [series_of(rows, span, "language")]
    known = kept or {}
    asked = Question(ABOUT, FIRST, LAST, {"language": tuple(table)}, 11, lambda name: known.get(name, NOTHING_KEPT))
    return rows_of(parts, asked)


def _shown(told: Told, measure: str = "handled_by_language") -> dict[tuple[str, str, int], float | None]:
    rows = told.rows.filter(pl.col("measure") == measure, pl.col("status").is_in(["value", "zero", "hidden"]))
    return {(g, c, p.month): v for g, c, p, v in rows.select("grain", "category", "period", "value").iter_rows()}


def test_a_small_language_is_hidden_and_nothing_tells_it() -> None:
    shown = _shown(_told(TABLE))
    assert shown["month", "arabic", 1] is None
    assert shown["month", "all", 1] == 364, "everybody knows how many contacts there were"
    hidden_in_january = [c for (g, c, m), v in shown.items() if g == "month" and m == 1 and v is None]
    assert len(hidden_in_january) >= 2
    assert all(value >= 11 for value in _worked_out(shown).values())
    of_arabic = [shown["quarter", "arabic", 1], shown["month", "arabic", 2], shown["month", "arabic", 3]]
    assert of_arabic.count(None) >= 1


def _worked_out(shown: dict[tuple[str, str, int], float | None]) -> dict[tuple[str, str, int], float]:
    """Hidden figures that follow from sums with one unknown: languages of a period, and months of a quarter."""
    known = dict(shown)
    names = sorted({c for _, c, _ in shown})
    sums = [[("quarter", c, 1), *(("month", c, m) for m in (1, 2, 3))] for c in names]
    sums += [[(g, c, m) for c in names] for g, m in (("month", 1), ("month", 2), ("month", 3), ("quarter", 1))]
    found: dict[tuple[str, str, int], float] = {}
    while True:
        open_ = [(line, [key for key in line if known[key] is None]) for line in sums]
        one = next(((line, unknown[0]) for line, unknown in open_ if len(unknown) == 1), None)
        if one is None:
            return found
        line, key = one
        rest = sum(known[k] or 0 for k in line[1:])
        found[key] = known[key] = rest if key == line[0] else (known[line[0]] or 0) - rest


@pytest.mark.slow
@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 3), min_size=3, max_size=3))
def test_no_small_figure_can_ever_be_worked_out(small: list[tuple[int, int, int]]) -> None:
    table = {"english": (300, 310, 320), **dict(zip(("spanish", "arabic", "hmong"), small, strict=True))}
    shown = _shown(_told({name: each for name, each in table.items() if any(each)}))
    assert all(value >= 11 for value in _worked_out(shown).values())
    assert all(value is None or value >= 11 for value in shown.values())


def test_what_was_published_stays_and_what_comes_later_joins_without_telling(tmp_path: Path) -> None:
    first = _told(TABLE, months=2)
    for measure, figures in first.kept.items():
        keep_published(tmp_path, "contact_center", measure, figures)
    kept = {"handled_by_language": read_kept(tmp_path, "contact_center", "handled_by_language")}
    corrected = {**TABLE, "spanish": (39, 40, 40)}
    second = _told(corrected, kept)
    before, after = _shown(first), _shown(second)
    assert {key: after[key] for key in before} == before
    assert second.corrected >= 1
    assert all(value >= 11 for value in _worked_out(after).values())


def test_satisfaction_is_hidden_wherever_its_answers_are() -> None:
    pleased = {name: tuple(n // 2 for n in numbers) for name, numbers in TABLE.items()}
    told = _told(TABLE, part="survey_answers", satisfied=pleased)
    answers = _shown(told, "survey_answers_by_language")
    shares = _shown(told, "satisfaction_by_language")
    assert {key for key, value in answers.items() if value is None} == {k for k, v in shares.items() if v is None}
    assert shares["quarter", "english", 1] == 0.5
    assert (
        _shown(told, "satisfaction")["month", "all", 1] == _shown(told, "satisfaction_by_language")["month", "all", 1]
    )


def test_a_month_that_goes_on_is_not_told_by_language() -> None:
    rows = _told(TABLE, months=2).rows.filter(measure="handled_by_language", grain="month", period=date(2026, 3, 1))
    assert set(rows["status"]) == {"not_reported"}
