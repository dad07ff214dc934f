"""A default point is one of the whole feed, however the feed is cut into parts.

| part | records at the hall | elsewhere | share of the part | share of the feed |
|------|---------------------|-----------|-------------------|-------------------|
| 1    | 12                  | 8         | 60 %              |                   |
| 2    | 0                   | 60        | 0 %               |                   |
| all  | 12                  | 68        |                   | 15 %              |
"""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.location.crowded import crowded_points

HALL = (36.06, -83.91)
MANY = [(*HALL, f"{n} ELM ST") for n in range(12)]
ELSEWHERE = [(36 + n / 1000, -83.9, f"{n} OAK ST") for n in range(68)]
Row = tuple[float, float, str | None]


def table(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"lat": pl.Float64, "lng": pl.Float64, "address": pl.String}, orient="row")


def found(*parts: list[Row], share: float, records: int = 5) -> list[tuple[float, float, int]]:
    return crowded_points(lambda: map(table, parts), share=share, records=records).rows()


@pytest.mark.parametrize(("share", "told"), [(0.1, [(*HALL, 12)]), (0.2, [])])
def test_the_share_is_of_the_feed_and_not_of_a_part(share: float, told: list[Row]) -> None:
    assert found([*MANY, *ELSEWHERE], share=share) == told
    assert found([*MANY, *ELSEWHERE[:8]], ELSEWHERE[8:], share=share) == told
    assert found(*([row] for row in [*MANY, *ELSEWHERE]), share=share) == told


def test_one_address_explains_a_point_only_if_most_of_the_whole_feed_there_name_it() -> None:
    """A part in which nearly all name one address does not make the point a busy place."""
    busy: list[Row] = [(*HALL, "400 MAIN ST")] * 4
    assert found(busy, [*MANY, *ELSEWHERE], share=0.1) == [(*HALL, 16)]
    assert found(busy * 4, [*MANY, *ELSEWHERE], share=0.1) == []


SOME = st.tuples(st.sampled_from([36.0, 36.1]), st.just(-83.9), st.sampled_from(["1 ELM ST", "2 ELM ST", "", None]))


@settings(max_examples=25, deadline=None)
@given(st.lists(SOME, min_size=1, max_size=12), st.data())
def test_any_cut_into_parts_gives_the_same(rows: list[Row], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(rows)))
    assert found(rows[:cut], rows[cut:], share=0.3, records=2) == found(rows, share=0.3, records=2)
