"""The command line of the portal: parsing only."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from pydantic import ValidationError

from portal.settings import SUBSCRIPTIONS_VARIABLE, PortalSettings, told_secret

EXIT_WRONG, EXIT_UNFORESEEN = 2, 70


def main(arguments: Sequence[str]) -> int:
    """Serve the portal until stopped, write reports, or send digests. Returns 2 where the command line is wrong."""
    if arguments[:1] == ["render"]:
        return _render(arguments[1:])
    if arguments[:1] == ["digest"]:
        return _digest(arguments[1:])
    options = _parser().parse_args(arguments)
    told = {key: value for key, value in vars(options).items() if value is not None}
    try:
        told.setdefault("subscriptions", told_secret(os.environ, SUBSCRIPTIONS_VARIABLE))
        settings = PortalSettings(**told)
    except OSError:
        print(f"portal: the file that {SUBSCRIPTIONS_VARIABLE}_FILE names cannot be read", file=sys.stderr)
        return EXIT_WRONG
    except ValidationError as error:
        for problem in error.errors():
            option = "".join(f"--{each}: ".replace("_", "-") for each in problem["loc"][:1])
            print(f"portal: {option}{problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return EXIT_WRONG
    serve(settings)
    return 0


def _render(arguments: Sequence[str]) -> int:
    from portal.report.command import CannotRender, render

    try:
        render(arguments, lambda line: print(line, flush=True))
    except CannotRender as error:
        print(f"portal: {error}", file=sys.stderr)
        return error.code
    return 0


def _digest(arguments: Sequence[str]) -> int:
    from portal.digest.command import CannotSend, digest
    from portal.errors import where

    try:
        digest(arguments, os.environ, lambda line: print(line, flush=True))
    except CannotSend as error:
        print(f"portal: {error}", file=sys.stderr)
        return error.code
    except Exception as error:  # noqa: BLE001 - the last resort: its message may repeat an address, so only its place
        print(f"portal: the digest failed: {where(error)}", file=sys.stderr)
        return EXIT_UNFORESEEN
    return 0


def serve(settings: PortalSettings) -> None:
    """Run the server. Worker processes find the settings in their environment."""
    os.environ.update(settings.to_environment())
    # Worker processes share the processors: threads of Polars beyond that wait for each other.
    os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) // settings.workers)))
    print(f"Portal on http://{settings.host}:{settings.port} (stop with Ctrl-C)", flush=True)
    uvicorn.run(
        "portal.asgi:create",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portal",
        description="Serve the public portal of a store.",
        epilog="`python -m portal render --help`: write the monthly council reports ahead. "
        "`python -m portal digest --help`: send the digests that are due.",
    )
    parser.add_argument("--store", type=Path, required=True, help="the public folder that the ETL publishes to")
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default 8050)")
    parser.add_argument("--workers", type=int, help="worker processes (default 1)")
    parser.add_argument("--base-url", help="public address of the portal, for catalogs and citations")
    parser.add_argument(
        "--reports", type=Path, help="the folder that `portal render` wrote to (default: beside the store)"
    )
    parser.add_argument(
        "--subscriptions", help="database of e-mail digests, as a SQLAlchemy URL (default: none offered)"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
