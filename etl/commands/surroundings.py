"""What every command stands on: where its output goes, its clock, its folders, its database, its display."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from etl.city import City
from etl.folders import Folders
from etl.progress import Live, Progress, progress_for
from etl.state import open_state, sqlite_url
from layers.policy import Tier

if TYPE_CHECKING:
    from etl.context import Context
    from etl.engine import Runs


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where output goes, what time it is, and where the private state is kept if not in the private folder.

    `environ` holds the secrets that connectors need and names the engine; `cores` are those of this machine.
    """

    out: TextIO
    clock: Callable[[], datetime]
    state_url: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    cores: int = 1

    def say(self, text: str) -> None:
        """One line for a reader."""
        self.out.write(text + "\n")
        self.out.flush()


@contextmanager
def run_context(
    args: argparse.Namespace,
    around: Surroundings,
    city: City,
    *,
    tier: str | None = None,
    now: datetime | None = None,
    fence: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> "Iterator[Context]":
    """What a run needs, now and in the tier asked for; its display and its database are closed afterwards."""
    from etl.context import Context
    from etl.geography.places import load_places
    from etl.release.partner import require_partner

    tier = str(tier or getattr(args, "tier", Tier.PUBLIC))
    if tier == Tier.PARTNER:
        require_partner(city)
    folders = own_folders(args, city, tier)
    places = load_places(city)
    state = open_state(around.state_url or sqlite_url(folders.private))
    with display(args, around) as progress:
        try:
            began = around.clock()
            with _engine(args, around) as engine:
                yield Context(
                    city, places, folders, state, progress, now or began, tier, around.environ, engine=engine,
                    fence=fence, passed=lambda: around.clock() - began,
                )  # fmt: skip
        finally:
            state.engine.dispose()


def folders_of(args: argparse.Namespace, city: City) -> Folders:
    """Those of `--var`, else `var/<city>` below the current folder."""
    return Folders(args.var or Path("var") / city.settings.id)


def own_folders(args: argparse.Namespace, city: City, tier: str = Tier.PUBLIC) -> Folders:
    """The same, made ready for a tier. Raises StorageFailed, and DeclarationError where they are another city's."""
    from etl.identity import refuse_another_city

    folders = folders_of(args, city)
    folders.prepare(tier)
    refuse_another_city(folders, city, by_default=args.var is None)
    return folders


@contextmanager
def _engine(args: argparse.Namespace, around: Surroundings) -> "Iterator[Runs]":
    """Where pieces run, for commands that run any: as the command line says, or else the environment."""
    from etl.engine import Here, engine

    if not hasattr(args, "engine"):
        yield Here()
        return
    with engine(args.engine or around.environ.get("HEARTHMAP_ENGINE"), cores=around.cores) as found:
        yield found


@contextmanager
def display(args: argparse.Namespace, around: Surroundings) -> Iterator[Progress]:
    """The display of a long command, ended with it."""
    progress = progress_for(as_json=args.json, out=around.out, clock=around.clock)
    try:
        yield progress
    finally:
        if isinstance(progress, Live):
            progress.close()
