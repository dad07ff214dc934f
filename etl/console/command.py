"""`python -m etl console CITY`: let people sign in, or serve the console until stopped."""

import getpass
from collections.abc import Mapping, Sequence

from etl.console.desk import Desk
from etl.console.passwords import Users, password_from
from etl.errors import DeclarationError
from etl.secret import secret

PASSWORD = "HEARTHMAP_CONSOLE_PASSWORD"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def user_lines(desk: Desk, action: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """`user add NAME`, `user remove NAME` or `user list`; what to say. Raises DeclarationError."""
    users = Users(desk.engine)
    match list(action):
        case ["user", "list"]:
            return users.names() or ["Nobody can sign in yet."]
        case ["user", "add", name]:
            users.add(name, password_from(lambda key: _given(environ), getpass.getpass), desk.clock())
            return [f"{' '.join(name.split())} can sign in."]
        case ["user", "remove", name]:
            if not users.remove(name):
                raise _wrong("NAME", "has no access.", "List who has with `console CITY user list`.")
            return [f"{name} cannot sign in any more; what they did stays on record."]
        case _:
            raise _wrong("console", "takes nothing, `user add NAME`, `user remove NAME` or `user list`.", "See --help.")


def serve(desk: Desk, *, host: str, port: int) -> None:
    """Serve the console until stopped. Raises DeclarationError where nobody could sign in."""
    import uvicorn

    from etl.console.app import create_app

    if not Users(desk.engine).names():
        raise _wrong("console", "nobody can sign in yet.", "First run `python -m etl console CITY user add NAME`.")
    app = create_app(desk, secure=host not in _LOOPBACK)
    uvicorn.run(
        app, host=host, port=port, access_log=False, server_header=False, log_level="warning",
        timeout_graceful_shutdown=5, proxy_headers=False,
    )  # fmt: skip


def _given(environ: Mapping[str, str]) -> str | None:
    return secret(environ, PASSWORD) if PASSWORD in environ or f"{PASSWORD}_FILE" in environ else None


def _wrong(key: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("command line", key, what, remedy)
