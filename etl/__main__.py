"""`python -m etl`: reads the command line, the environment and the clock, and hands over."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from etl.cli import parser
from etl.commands import COMMANDS, Surroundings
from etl.errors import EtlError


def main(args: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs one command; returns its exit code. Expected failures are one sentence on standard error."""
    parsed = parser().parse_args(args)
    around = Surroundings(out=sys.stdout, clock=lambda: datetime.now(UTC), state_url=environ.get("HEARTHMAP_STATE_URL"))
    try:
        return COMMANDS[parsed.command](parsed, around)
    except EtlError as error:
        print(f"{error.title} (exit {error.exit_code}). {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
