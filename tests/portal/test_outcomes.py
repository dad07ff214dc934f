"""Court outcomes: no share without its range, no difference that the published ranges do not support."""

from hypothesis import assume, given
from hypothesis import strategies as st

from layers.measures import Status
from portal.queries.change import Direction
from portal.queries.figure import NOTHING, Figure
from portal.queries.outcomes import Group, difference_of, group_share, share_of

FLOOR = 5
CELLS = ("default", "judgment", "appeared_dismissed", "settled", "other")


def shown(value: float, margin: float = 0) -> Figure:
    return Figure(Status.VALUE, value, max(value - margin, 0), value + margin)


@st.composite
def published(draw: st.DrawFn) -> tuple[int, Figure]:
    """A true count, and what is published of it: noise within its margin, hidden below the floor."""
    true, margin = draw(st.integers(0, 400)), draw(st.integers(0, 30))
    said = max(true + draw(st.integers(-margin, margin)), 0)
    if said < FLOOR:
        assume(true <= FLOOR - 1 + margin)
        return true, Figure(Status.HIDDEN, None, 0, FLOOR - 1 + margin)
    return true, shown(said, margin)


@given(st.lists(published(), min_size=1, max_size=3), st.lists(published(), max_size=3))
def test_the_true_share_lies_in_the_range(part: list[tuple[int, Figure]], rest: list[tuple[int, Figure]]) -> None:
    inside, outside = sum(true for true, _ in part), sum(true for true, _ in rest)
    found = share_of([said for _, said in part], [said for _, said in rest])
    assume(found is not None and inside + outside > 0)
    assert found is not None
    assert found.low - 1e-9 <= inside / (inside + outside) <= found.high + 1e-9


@given(st.fixed_dictionaries(dict.fromkeys(CELLS, published())), st.floats(0, 1), st.floats(0, 1))
def test_a_difference_is_called_one_only_where_the_ranges_leave_no_other(
    cells: dict[str, tuple[int, Figure]], settled_in_court: float, other_in_court: float
) -> None:
    true = {name: float(count) for name, (count, _) in cells.items()}
    said = {name: figure for name, (_, figure) in cells.items()}
    unclear_in = settled_in_court * true["settled"] + other_in_court * true["other"]
    unclear_out = true["settled"] + true["other"] - unclear_in
    appeared = true["judgment"] + true["appeared_dismissed"] + unclear_in
    absent = true["default"] + unclear_out
    assume(appeared > 0 and absent > 0)
    really = true["default"] / absent - true["judgment"] / appeared
    found = difference_of(Group.absent(said), Group.appeared(said))
    assume(found is not None)
    assert found is not None
    assert found.low - 1e-9 <= really <= found.high + 1e-9
    if found.direction is Direction.ROSE:
        assert really > 0
    if found.direction is Direction.FELL:
        assert really < 0


def test_a_large_difference_is_called_one() -> None:
    said = {
        "default": shown(2228, 15),
        "judgment": shown(789, 15),
        "appeared_dismissed": shown(784, 15),
        "settled": shown(946, 15),
        "other": shown(488, 15),
    }
    found = difference_of(Group.absent(said), Group.appeared(said))
    assert found is not None
    assert found.direction is Direction.ROSE
    assert round(found.low, 2) == 0.08  # 61 % − 50 %, less 2.7 points for margins and chance
    assert round(found.high, 2) == 0.75
    assert found.first.value is None, "who of the settled appeared is not known: no share without a range"


def test_few_cases_of_equal_shares_are_no_difference() -> None:
    """10 of 20 and 12 of 20 homes differ by chance alone, whatever the margins."""
    few = difference_of(Group((shown(12),), (shown(8),)), Group((shown(10),), (shown(10),)))
    assert few is not None
    assert few.direction is Direction.LEVEL
    many = difference_of(Group((shown(1200),), (shown(800),)), Group((shown(1000),), (shown(1000),)))
    assert many is not None
    assert many.direction is Direction.ROSE


def test_what_is_not_published_is_not_judged() -> None:
    assert share_of([NOTHING], [shown(3)]) is None
    assert share_of([Figure(Status.HIDDEN)], [shown(30)]) is None, "hidden without a range may be anything"
    assert share_of([shown(0)], [shown(0)]) is None
    assert difference_of(Group.absent({}), Group.appeared({})) is None


def test_a_hidden_part_gives_a_range_and_no_value() -> None:
    found = group_share(Group((shown(80, 10),), (Figure(Status.HIDDEN, None, 0, 14),)))
    assert found is not None
    assert found.value is None
    assert (round(found.low, 3), found.high) == (0.833, 1.0)
