"""Commands that keep a city going: keys, console, backup, restore, metrics."""

import argparse
import json
from contextlib import suppress
from pathlib import Path

from etl.city import load_city
from etl.commands.surroundings import Surroundings, own_folders, run_context
from etl.state import open_state, sqlite_url


def keys(args: argparse.Namespace, around: Surroundings) -> int:
    """List the signing keys, or make a new one."""
    from etl.release.publication import keyring_of

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context:
        keyring = keyring_of(context)
        if args.action == "rotate":
            with context.folders.locked():
                keyring.rotate()
        listed = keyring.listed().keys
        for key in listed:
            ended = f"until {key.until:%d %b %Y %H:%M}" if key.until else "in use"
            around.say(key.model_dump_json() if args.json else f"{key.id}: since {key.since:%d %b %Y %H:%M}, {ended}")
        if not listed and not args.json:
            around.say("No key yet: the first run makes one.")
    return 0


def console(args: argparse.Namespace, around: Surroundings) -> int:
    """Let people sign in to the steward's console, or serve it until stopped."""
    from etl.console.command import serve, user_lines
    from etl.console.desk import Desk

    city = load_city(args.city, check_files=False)
    folders = own_folders(args, city)
    engine = open_state(around.state_url or sqlite_url(folders.private)).engine
    desk = Desk(lambda: load_city(args.city, check_files=False), folders, engine, around.clock, around.environ)
    try:
        if args.action:
            for line in user_lines(desk, args.action, around.environ):
                around.say(json.dumps({"console": line}) if args.json else line)
            return 0
        told = f"http://{args.host}:{args.port}"
        around.say(json.dumps({"console": told}) if args.json else f"Console on {told} (stop with Ctrl-C)")
        serve(desk, host=args.host, port=args.port)
        return 0
    finally:
        engine.dispose()


def backup(args: argparse.Namespace, around: Surroundings) -> int:
    """Write all that must survive into one private file."""
    from etl.backup import write_backup

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context, context.folders.locked():
        made = write_backup(
            context.folders,
            context.state.engine,
            args.file,
            city=city.settings.id,
            now=context.now,
            with_records=args.with_records,
        )
    told = {"files": len(made.files), "tables": len(made.tables), "with_records": made.with_records}
    around.say(json.dumps(told) if args.json else f"{args.file}: {len(made.files):,} files, {len(made.tables)} tables.")
    return 0


def restore(args: argparse.Namespace, around: Surroundings) -> int:
    """Put a backup back into an empty folder."""
    from etl.backup import restore as put_back

    city = load_city(args.city, check_files=False)
    root = args.var or Path("var") / city.settings.id
    made = put_back(args.file, root, city=city.settings.id, state_url=around.state_url)
    told = {"made_at": made.made_at, "files": len(made.files), "tables": len(made.tables)}
    around.say(json.dumps(told) if args.json else f"{root}: as it was at {made.made_at}. Next: run, then audit.")
    return 0


def metrics(args: argparse.Namespace, around: Surroundings) -> int:
    """Figures about runs for Prometheus."""
    from etl.metrics.figures import metrics_text
    from etl.metrics.server import metrics_server

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context:

        def text() -> bytes:
            return metrics_text(city, context.state, context.folders.store, around.clock)

        if args.port is None:
            around.say(text().decode().rstrip())
            return 0
        with metrics_server(args.host, args.port, text) as server:
            around.say(f"http://{args.host}:{server.server_port}/metrics")
            with suppress(KeyboardInterrupt):
                server.serve_forever()
    return 0
