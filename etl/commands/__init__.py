"""What each command does. Effects come in through `Surroundings`; every command returns its exit code."""

import argparse
from collections.abc import Callable

from etl.commands.keeping import backup, console, keys, metrics, restore
from etl.commands.looking import audit, explain_code, holds, releases, status, verify
from etl.commands.making import check, demo, init
from etl.commands.running import edition, run, schedule
from etl.commands.surroundings import Surroundings

__all__ = ["COMMANDS", "Surroundings"]

COMMANDS: dict[str, Callable[[argparse.Namespace, Surroundings], int]] = {
    "demo": demo,
    "init": init,
    "check": check,
    "run": run,
    "schedule": schedule,
    "status": status,
    "holds": holds,
    "releases": releases,
    "verify": verify,
    "keys": keys,
    "edition": edition,
    "audit": audit,
    "console": console,
    "backup": backup,
    "metrics": metrics,
    "restore": restore,
    "explain": explain_code,
}
