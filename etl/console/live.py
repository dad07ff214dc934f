"""The Dash side of the console: one app whose one callback keeps what is under way up to date."""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any

import pandas  # noqa: F401  # whole before anything is served: Plotly's JSON fails on a pandas that a thread still imports
from dash import Dash, Input, Output, State, dcc, html
from dash.backends._fastapi import FastAPIDashServer, reset_current_request, set_current_request
from dash.exceptions import DashException
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from etl.console.parts import note
from etl.console.shell import ASSETS, Live
from etl.unforeseen import as_failure

LOG = logging.getLogger("etl.console")
WHERE, TICK, LIVE = "console-where", "console-tick", "console-live"
EVERY_MS = 3000
CSRF_COOKIE, CSRF_HEADER = "_csrf_token", "x-csrftoken"
_SPLIT = "<!-- part -->"
_INDEX = f"{{%css%}}{_SPLIT}{{%app_entry%}}{_SPLIT}{{%config%}}{{%scripts%}}{{%renderer%}}"


class _Backend(FastAPIDashServer):
    """Dash's FastAPI backend without its WebSocket."""

    websocket_capability = False

    def serve_component_suites(
        self, dash_app: Dash, package_name: str, fingerprinted_path: str, request: Request
    ) -> Any:
        """A part of Dash, or 404: the parent fails on names it does not know."""
        try:
            return super().serve_component_suites(dash_app, package_name, fingerprinted_path, request)
        except (DashException, KeyError, OSError):
            return PlainTextResponse("There is no such part.", 404)

    @staticmethod
    def create_app(name: str = "console", config: dict[str, Any] | None = None) -> FastAPI:
        return FastAPI(title="Hearthmap console", docs_url=None, redoc_url=None, openapi_url=None)


def make_dash(content: Callable[[str], Any]) -> Dash:
    """The app. `content` gives the live part of the page at a path."""
    app = Dash(
        "console",
        backend=_Backend,
        assets_folder=str(ASSETS),
        include_assets_files=False,
        pages_folder="",
        use_pages=False,
        include_pages_meta=False,
        serve_locally=True,
        update_title=None,
        index_string=_INDEX,
        add_log_handler=False,
        on_error=_failed,
        csrf_token_name=CSRF_COOKIE,
        csrf_header_name=CSRF_HEADER,
    )
    app.layout = html.Div(
        [dcc.Location(id=WHERE, refresh=False), dcc.Interval(id=TICK, interval=EVERY_MS), html.Div(id=LIVE)]
    )

    @app.callback(Output(LIVE, "children"), Input(TICK, "n_intervals"), State(WHERE, "pathname"))
    async def refresh(_: int | None, path: str | None) -> Any:
        # In a thread: Dash would have it run on the event loop, and a slow view would hold up every other request.
        return await run_in_threadpool(content, path or "/")

    return app


def _failed(error: Exception) -> Any:
    """What stands in the live part instead: what happened, until the next time goes well. The log says where."""
    failure = as_failure(error)
    LOG.error("callback failed: %s", failure.what)
    return note("caution", html.P(f"This cannot be brought up to date now; it is tried again. {failure}"))


class Parts:
    """What every page loads of Dash, made once at the first request."""

    def __init__(self, app: Dash) -> None:
        self._app = app
        self._live: Live | None = None
        self._lock = Lock()

    def of(self, request: Request) -> Live:
        """The parts; Dash makes its index only inside a request, and only after its first-request set-up."""
        with self._lock:
            if self._live is None:
                token = set_current_request(request)
                try:
                    self._app._setup_server()
                    self._live = Live(*self._app.index().split(_SPLIT))
                finally:
                    reset_current_request(token)
        return self._live

    def hashes(self) -> tuple[str, ...]:
        """Hashes of Dash's inline scripts, for the Content-Security-Policy."""
        return tuple(self._app.csp_hashes()) if self._live is not None else ()
