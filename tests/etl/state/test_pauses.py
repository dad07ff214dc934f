"""`etl status` names every paused source, until it goes on."""

import json
from datetime import UTC, datetime

from etl.commands.report import pause_lines
from etl.state import State
from etl.state.pauses import pause, resume


def test_status_says_what_is_paused_by_whom_and_why(state: State) -> None:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    pause(state.engine, "court", at, by="Ann Lee", reason="The clerk moves house.")
    assert list(pause_lines(state.engine, as_json=False)) == [
        "court: paused since 20 Nov 2026 by Ann Lee: The clerk moves house."
    ]
    (told,) = pause_lines(state.engine, as_json=True)
    assert json.loads(told)["paused"] == "court"
    resume(state.engine, "court")
    assert not list(pause_lines(state.engine, as_json=False))
