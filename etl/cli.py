"""The command line's grammar. Nothing runs here: each command is a function in `etl.commands`."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """All commands and their options; docs and tests read them from here."""
    top = argparse.ArgumentParser(prog="python -m etl", description="From raw city records to protected releases.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _demo(commands)
    _init(commands)
    _check(commands)
    _run(commands)
    _schedule(commands)
    _tier(_city_command(commands, "status", "freshness, last runs, holds"))
    _holds(commands)
    _releases(commands)
    _edition(commands)
    _verify(commands)
    _keys(commands)
    _audit(commands)
    _console(commands)
    _backup(commands)
    _metrics(commands)
    _explain(commands)
    return top


def parsed(args: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command line; names may also follow options, as in `run CITY --dry-run TOPIC`.

    Ends the program with exit code 2 and a usage line where they are wrong.
    """
    grammar = parser()
    found, late = grammar.parse_known_args(args)
    lists = [name for name in NAME_LISTS if isinstance(getattr(found, name, None), list)]
    if late and (not lists or any(word.startswith("-") for word in late)):
        grammar.error(f"unrecognized arguments: {' '.join(late)}")
    for name in lists:
        setattr(found, name, [*getattr(found, name), *late])
    return found


NAME_LISTS = ("topics", "sources", "action")
"""Arguments that take any number of names; a command has one of them at most."""


def command_names() -> tuple[str, ...]:
    """Every command there is."""
    actions = parser()._subparsers
    assert actions is not None
    return tuple(actions._group_actions[0].choices or ())


Commands = argparse._SubParsersAction


def _demo(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("demo", help="write a synthetic city folder with its raw feeds")
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default 1)")
    command.add_argument("--households", type=int, default=85_000, help="about how many homes (default 85,000)")
    command.add_argument("--months", type=int, default=36, help="whole months of records (default 36)")
    _json(command)


def _init(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("init", help="write a commented city folder to start from")
    command.add_argument("folder", type=Path, metavar="DIR")


def _check(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(
        commands, "check", "validate declarations, look at the feeds and profile them; publish nothing"
    )
    command.add_argument("sources", nargs="*", metavar="SOURCE", help="only these sources")
    command.add_argument("--whole", action="store_true", help="read to its end also what comes over a network")


def _run(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "run", "ingest … publish")
    command.add_argument("topics", nargs="*", metavar="TOPIC", help="only these topics")
    command.add_argument(
        "--dry-run", action="store_true", help="stop before anything is measured or published; say what would change"
    )
    _tier(command)
    _engine(command)


def _schedule(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "schedule", "say what runs when; run it at its declared time until stopped")
    command.add_argument("--list", action="store_true", help="only say what runs when")
    _engine(command)


def _releases(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "releases", "list releases, go back to an earlier one, or take one back")
    command.add_argument(
        "action", nargs="*", metavar="ACTION", help="rollback TOPIC RELEASE, withdraw TOPIC; without it: list them"
    )
    _tier(command)
    command.add_argument("--records", type=Path, metavar="FILE", help="withdraw: ids of sealed or withdrawn records")
    command.add_argument("--release", metavar="ID", help="withdraw: a release to take back")
    command.add_argument("--reason", metavar="TEXT", help="withdraw: why; of a release it is published")


def _holds(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "holds", "what is held and what changed in it; approve, map or reject")
    command.add_argument(
        "action",
        nargs="*",
        metavar="ACTION",
        help="approve SOURCE, reject SOURCE, map SOURCE OLD NEW, decisions; without it: list what is held",
    )
    command.add_argument("--by", metavar="NAME", help="who decides; recorded for good")
    command.add_argument("--reason", metavar="TEXT", help="why; recorded for good")


def _edition(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "edition", "book a second measurement of a table, for a genuine error")
    command.add_argument("topic", metavar="TOPIC")
    command.add_argument("table", metavar="TABLE", help="its name in the ladder, such as filings-month-district")
    command.add_argument("period", metavar="PERIOD", help="first day of the period, such as 2026-03-01")
    command.add_argument("--reason", metavar="TEXT", required=True, help="what was wrong; it is published")
    command.add_argument("--by", metavar="NAME", required=True, help="who answers for it; it is published")
    _tier(command)
    command.add_argument("--rho", type=float, help="what it may cost a home's year, less with more noise")


def _verify(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("verify", help="check signatures and files of every release of a store")
    command.add_argument("store", type=Path, metavar="STORE", help="a public or partner folder")
    command.add_argument("--topic", metavar="T", help="only this topic")
    _json(command)


def _keys(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "keys", "list the keys that sign certificates, or make a new one")
    command.add_argument("action", nargs="?", choices=["rotate"], help="sign with a new key from now on")


def _audit(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("audit", help="attack what is published and print what was learned")
    command.add_argument("store", type=Path, metavar="STORE", help="a store folder, such as DIR/public")
    command.add_argument("--topic", metavar="TOPIC", help="only the releases of this topic")
    command.add_argument(
        "--partner", type=Path, metavar="DIR", help="the partner store (default: the folder `partner` beside STORE)"
    )
    _json(command)


def _console(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "console", "the steward's own web page, for the internal network")
    command.add_argument(
        "action", nargs="*", metavar="ACTION", help="user add NAME, user remove NAME, user list; without it: serve"
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, default=8051, help="port to listen on (default 8051)")


def _backup(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "backup", "write all that must survive into one private file")
    command.add_argument("file", type=Path, metavar="FILE", help="a new file, outside the folder of --var")
    command.add_argument("--with-records", action="store_true", help="feed copies and the vault too")
    command = _city_command(commands, "restore", "put a backup back into an empty folder")
    command.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")


def _metrics(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = _city_command(commands, "metrics", "figures about runs for Prometheus: print them, or serve /metrics")
    command.add_argument("--port", type=int, metavar="N", help="serve until stopped; without it, print once")
    command.add_argument("--host", default="127.0.0.1", metavar="H", help="address to serve on (default 127.0.0.1)")


def _explain(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("explain", help="what an exit code or a reject reason means and what to do")
    command.add_argument("code", metavar="CODE")


def _city_command(
    commands: "Commands[argparse.ArgumentParser]", name: str, about: str
) -> argparse.ArgumentParser:  # fmt: skip
    command = commands.add_parser(name, help=about)
    command.add_argument("city", type=Path, metavar="CITY", help="a city folder")
    command.add_argument("--var", type=Path, metavar="DIR", help="where everything is kept (default: var/<city id>)")
    _json(command)
    return command


def _tier(command: argparse.ArgumentParser) -> None:
    command.add_argument("--tier", choices=("public", "partner"), default="public", help="default: public")


def _engine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--engine",
        metavar="ENGINE",
        help="where pieces run: local (default), processes:N, dask://host:port; else HEARTHMAP_ENGINE",
    )


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object per line, for machines")
