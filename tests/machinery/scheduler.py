"""A scheduler of a town in a process of its own: `python -m tests.machinery.scheduler URL FOLDER OWNER SECONDS`.

Its lease is short, and its one topic takes SECONDS and publishes nothing but a line in FOLDER/published, behind the
fence. What it says goes to standard output, one JSON array per line.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.city import City
from etl.context import Context
from etl.errors import EtlError
from etl.folders import Folders
from etl.pipeline import Outcome
from etl.progress import Silent
from etl.schedule import work
from etl.schedule.lease import Terms
from etl.schedule.service import Fence, Post, Service
from etl.state import open_state
from tests.etl.schedule.towns import town

TERMS = Terms(length=1.0, beat=0.2, look=0.1)
CRON = "* * * * *"


def say(*words: str) -> None:
    print(json.dumps(words), flush=True)


def main(url: str, folder: Path, owner: str, seconds: float) -> int:
    """Runs until stopped."""

    def run_topics(context: Context, names: Sequence[str], **_: Any) -> list[Outcome]:
        outcomes = []
        for name in names:
            say("running", name)
            time.sleep(seconds)
            try:
                with context.fence(), (folder / "published").open("a") as file:
                    file.write(f"{owner}\n")
            except EtlError as error:
                say("refused", name)
                outcomes.append(Outcome(name, None, error))
            else:
                outcomes.append(Outcome(name, "release", None))
        return outcomes

    def contexts(fence: Fence, city: Callable[[], City]) -> work.Contexts:
        @contextmanager
        def context(tier: str, moment: datetime) -> Iterator[Context]:
            folders, state, places = Folders(folder / owner), open_state(url), None
            folders.prepare(tier)
            yield Context(city(), places, folders, state, Silent(), moment, tier, fence=fence)  # type: ignore[arg-type]
            state.engine.dispose()

        return context

    work.run_topics = run_topics  # type: ignore[assignment]
    service = Service(
        Post(
            city=lambda: town({"evictions": CRON}),
            contexts=contexts,
            open_engine=lambda: open_state(url).engine,
            clock=lambda: datetime.now(UTC),
            say=say,
            owner=owner,
            terms=TERMS,
            look_seconds=0.2,
            grace_seconds=2.0,
        )
    )
    signal.signal(signal.SIGTERM, lambda *_: service.stop())
    return 0 if service.run() else 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
