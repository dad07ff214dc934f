"""`python -m etl`: reads the command line, the environment and the clock, and hands over."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from etl.cli import parsed
from etl.commands import COMMANDS, Surroundings
from etl.errors import Unforeseen
from etl.secret import secret
from etl.silence import silence_libraries
from etl.unforeseen import ANY_FAILURE, as_failure

STATE_URL = "HEARTHMAP_STATE_URL"
STOPPED = 130
"""What shells expect of a program that was interrupted."""


def main(args: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs one command; returns its exit code. Expected failures are one sentence on standard error."""
    given = parsed(args)
    try:
        around = Surroundings(
            out=sys.stdout,
            clock=lambda: datetime.now(UTC),
            state_url=_state_url(environ),
            environ=environ,
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        )
        return COMMANDS[given.command](given, around)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED
    except ANY_FAILURE as error:  # a library's message may quote a record
        failure = as_failure(error)
        if isinstance(failure, Unforeseen):
            print("".join(traceback.format_tb(error.__traceback__)), end="", file=sys.stderr)
        print(f"{failure.title} (exit {failure.exit_code}). {failure}", file=sys.stderr)
        return failure.exit_code


def _state_url(environ: Mapping[str, str]) -> str | None:
    named = STATE_URL in environ or f"{STATE_URL}_FILE" in environ
    return secret(environ, STATE_URL) if named else None


if __name__ == "__main__":
    silence_libraries()
    sys.exit(main(sys.argv[1:], os.environ))
