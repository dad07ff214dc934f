"""Every command of the private program is tried by the files of this folder."""

from pathlib import Path

from etl.cli import command_names

ELSEWHERE = ("backup", "restore", "metrics", "holds", "console")
"""Commands with test files of their own."""


def test_every_command_is_tested() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in command_names() if f'"{name}"' not in text] == []
