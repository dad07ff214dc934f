"""The private database: which runs there were, what each source gave, what is held and why.

SQLAlchemy Core, so that SQLite (the default, a file in the private folder) and PostgreSQL (when a city grows) run the
same statements. It holds counts and reasons, never a record's values. What a protected topic's feed did is a fact about
households too: nothing here is ever published as it stands.

Adding a table: declare it on `etl.state.tables.metadata`, in that file or in one of its own in this package that is
imported here, and write one step `migrations/m0007_words.py` that makes it: see `etl.state.migrations`. A test compares
what the steps make with what is declared. What uses a table takes the `engine` of a `State`, as `Holds` does.
"""

from etl.state.database import open_engine, sqlite_url
from etl.state.feeds import Decision, Feeds, HeldFeed
from etl.state.holds import HELD, Hold, Holds
from etl.state.migrate import NewerDatabase, migrate
from etl.state.pauses import Pause, pause, pauses, resume
from etl.state.runs import BY_HAND, Cause, Run, SourceRun
from etl.state.state import State, open_state
from etl.state.tables import metadata

__all__ = [
    "BY_HAND",
    "HELD",
    "Cause",
    "Decision",
    "Feeds",
    "HeldFeed",
    "Hold",
    "Holds",
    "NewerDatabase",
    "Pause",
    "Run",
    "SourceRun",
    "State",
    "metadata",
    "migrate",
    "open_engine",
    "open_state",
    "pause",
    "pauses",
    "resume",
    "sqlite_url",
]
