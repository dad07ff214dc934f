"""The address is the state: what is written is read again, and what has another shape is dropped."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.view import View

_SLUGS = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
_VIEWS = st.builds(
    View,
    topic=st.none() | _SLUGS,
    measure=st.none() | _SLUGS,
    category=st.none() | _SLUGS,
    geography=st.none() | _SLUGS,
    unit=st.none() | st.from_regex(r"[0-9A-Za-z][0-9A-Za-z ._-]{0,20}", fullmatch=True),
    grain=st.none() | _SLUGS,
    from_=st.none() | st.dates(min_value=date(1900, 1, 1)),
    to=st.none() | st.dates(min_value=date(1900, 1, 1)),
    as_of=st.none() | st.from_regex(r"2026-11-15-[0-9a-f]{12}", fullmatch=True),
)


@given(_VIEWS)
def test_a_view_survives_its_address(view: View) -> None:
    assert View.read(view.query()) == view


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ("?topic=evictions&from=2026-09", View(topic="evictions", from_=date(2026, 9, 1))),
        ("from=2026-09-05", View(from_=date(2026, 9, 5))),
        ("from=2026-13", View()),
        ("topic=Evictions", View()),
        ("topic=a/b", View()),
        ("unit=<script>", View()),
        ("unit=" + "9" * 65, View()),
        ("unknown=1", View()),
        ("", View()),
    ],
)
def test_odd_values_are_dropped(query: str, view: View) -> None:
    assert View.read(query) == view


def test_a_change_keeps_the_rest() -> None:
    view = View(topic="evictions", unit="n00")
    assert view.query(unit=None, grain="year") == "?topic=evictions&grain=year"
    assert View().query() == ""


@given(st.text(max_size=200))
def test_no_query_string_breaks_it(query: str) -> None:
    View.read(query)


@given(unit=st.text("aZ9 ._-ñ&", max_size=6), lang=st.sampled_from([None, "es"]))
def test_addresses_of_many_places_are_those_of_each(unit: str, lang: str | None) -> None:
    view = View(topic="evictions", unit="n1", to=date(2026, 9, 1), lang=lang)
    assert view.by_unit()(unit) == view.query(unit=unit)
