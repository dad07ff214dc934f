"""The command line's grammar alone: what is understood, and what is no command."""

import pytest

from etl.cli import parsed


@pytest.mark.parametrize(
    ("line", "name", "names"),
    [
        ("run city", "topics", []),
        ("run city evictions shutoffs --dry-run", "topics", ["evictions", "shutoffs"]),
        ("run city --dry-run evictions shutoffs", "topics", ["evictions", "shutoffs"]),
        ("run city --var kept evictions", "topics", ["evictions"]),
        ("run --json city evictions", "topics", ["evictions"]),
        ("check city --json court", "sources", ["court"]),
        ("releases city --tier partner rollback evictions r1", "action", ["rollback", "evictions", "r1"]),
    ],
)
def test_names_may_stand_before_or_after_options(line: str, name: str, names: list[str]) -> None:
    assert getattr(parsed(line.split()), name) == names


@pytest.mark.parametrize(
    "line",
    [
        "run city evictions --dry-runs",
        "run city --dry-run --fast evictions",
        "status city evictions",
        "demo folder another",
        "telepathy",
        "",
    ],
)
def test_what_is_not_understood_ends_with_2_and_a_usage_line(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(line.split())
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err
