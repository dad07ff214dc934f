"""The Dash side of the portal: one app for the pages that have callbacks."""

import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from http import HTTPStatus
from pkgutil import get_data
from threading import Lock
from typing import Any

import orjson
from anyio import CapacityLimiter, to_thread
from dash import Dash, Input, Output, State, dcc, set_props
from dash.backends._fastapi import FastAPIDashServer, reset_current_request, set_current_request
from dash.development.base_component import Component
from dash.exceptions import DashException
from dash.fingerprint import check_fingerprint
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from portal.errors import NotFound, PortalError, where
from portal.frame.bundle import Bundle, joined, sent
from portal.frame.elements import html
from portal.frame.ids import LOCATION, PAGE
from portal.frame.page import Body, Page, Visit, find_page
from portal.frame.presenting import presented
from portal.frame.shell import START, DashParts, bundles
from portal.language import offered, speaking
from portal.releases import Releases
from portal.serving.kept import KeptLayouts
from portal.settings import ASSETS
from portal.view import View

MOST_AT_ONCE = 3
LOG = logging.getLogger("portal.callbacks")
_SPLIT = "<!-- part -->"
_INDEX = _SPLIT.join(("{%css%}", "{%app_entry%}", "{%config%}", "{%scripts%}", "{%renderer%}"))
_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
_UNUSED = "/dash_table/"
"""The part of Dash that no page needs: its own tables."""
_GRAPH = "dcc/async-graph.js"
SUITES = "/_dash-component-suites/"
SCRIPT_PATH = f"{SUITES}dash/dcc/page.js"
"""Beside what `dash_core_components.js` fetches: it looks where it came from itself."""


class _Backend(FastAPIDashServer):
    """Dash's FastAPI backend without its WebSocket: any worker may answer any request, behind any proxy."""

    websocket_capability = False

    def serve_component_suites(
        self, dash_app: Dash, package_name: str, fingerprinted_path: str, request: Request
    ) -> Any:
        """A part of Dash, or 404: the parent fails on names it does not know."""
        try:
            return super().serve_component_suites(dash_app, package_name, fingerprinted_path, request)
        except (DashException, KeyError, OSError):
            raise NotFound("There is no such part of this site.") from None

    def serve_callback(self, dash_app: Dash) -> Callable[[Request], Any]:
        """Answers a callback in the language that its page's address names, else in the request's."""
        dispatch = super().serve_callback(dash_app)

        async def dispatch_in_language(request: Request) -> Any:
            asked = self.request_adapter().get_json()
            if not _is_ours(dash_app, asked):
                return PlainTextResponse("This is no question of a page of this site.", 400)
            wanted = _language_of(asked)
            if wanted in offered():
                with speaking(wanted, in_address=True):
                    return await dispatch(request)
            return await dispatch(request)

        return dispatch_in_language

    @staticmethod
    def create_app(name: str = "portal", config: dict[str, Any] | None = None) -> FastAPI:
        return FastAPI(title="Hearthmap", docs_url=None, redoc_url=None, openapi_url=None)


def _is_ours(app: Dash, asked: Any) -> bool:
    """Whether a callback is asked as its own page asks it: these inputs in this order, for these outputs.

    Dash hands values over by their place and answers for the outputs that were sent. Under other names the answer would
    be that to another question, and be kept for it.
    """
    try:
        known = app.callback_map[asked["output"]]
        outputs = known["output"] if isinstance(known["output"], list | tuple) else [known["output"]]
        sent = asked["outputs"] if isinstance(asked["outputs"], list) else [asked["outputs"]]
        return (
            "callback" in known  # what the browser answers by itself is never asked here
            and _named(sent) == [(each.component_id, each.component_property) for each in outputs]
            and isinstance(asked["outputs"], list) == isinstance(known["output"], list | tuple)
            and _named(asked["inputs"]) == _named(known["inputs"])
            and _named(asked.get("state", [])) == _named(known["state"])
            and all(map(_is_told, [*asked["inputs"], *asked.get("state", [])]))
        )
    except (KeyError, TypeError, AttributeError):
        return False


def _named(parts: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    return [(each["id"], each["property"]) for each in parts]


def _is_told(part: dict[str, Any]) -> bool:
    """Whether a value is of a kind that pages send: nothing yet, a text, or a pair of texts (what is drawn)."""
    value = part.get("value")
    if isinstance(value, list):
        return part["id"] != LOCATION and len(value) == 2 and all(isinstance(each, str) for each in value)
    return value is None or isinstance(value, str)


def _language_of(asked: Any) -> str:
    """The language in the address that a callback was sent from: every callback says where it is. Empty without."""
    sent = [*asked.get("inputs", ()), *asked.get("state", ())] if isinstance(asked, dict) else []
    search = [each.get("value") for each in sent if (each.get("id"), each.get("property")) == (LOCATION, "search")]
    return View.read(search[0]).lang or "" if search and isinstance(search[0], str) else ""


Problem = Callable[[Visit, PortalError], Body]
"""What stands in place of a page that cannot be shown."""


def make_dash(pages: tuple[Page, ...], releases: Callable[[], Releases], kept: KeptLayouts, problem: Problem) -> Dash:
    """The Dash app on a FastAPI server of its own, with the callbacks of all pages and one that fills the page in."""
    app = Dash(
        "portal",
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
        on_error=lambda error: _answer_failure(error, lambda said: problem(Visit(releases(), ""), said)),
    )
    app.layout = _frame()
    interactive = tuple(page for page in pages if page.skeleton is not None)
    app.validation_layout = html.Div([_frame(), *(page.skeleton() for page in interactive if page.skeleton)])
    _route(app, interactive, releases, kept, problem)
    for page in interactive:
        if page.register is not None:
            page.register(app, releases)
    return app


def in_thread(answer: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """A callback that leaves the event loop free while it works, so that answers already known need not wait for it.

    What it answers with leaves the thread as JSON: Dash would write it on the event loop, and take three times as long.
    Few work at a time: they share one interpreter, and many at once would all end late.
    """
    limits: list[CapacityLimiter] = []

    def written(*values: Any) -> Any:
        found = answer(*values)
        return tuple(map(_written, found)) if isinstance(found, tuple) else _written(found)

    @wraps(answer)
    async def run(*values: Any) -> Any:
        if not limits:
            limits.append(CapacityLimiter(MOST_AT_ONCE))  # belongs to the event loop, so not made before it runs
        return await to_thread.run_sync(written, *values, limiter=limits[0])

    return run


def _written(value: Any) -> Any:
    """A value as JSON that is ready to be put between others."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.Fragment(orjson.dumps(value, default=_plain, option=options))


def _plain(value: Any) -> Any:
    """What Dash would make of a component, a patch or a figure."""
    told = getattr(value, "to_plotly_json", None)
    if told is None:
        raise TypeError(f"{type(value).__name__} is nothing that a page shows")
    return told()


def _frame() -> Component:
    return html.Div([dcc.Location(id=LOCATION, refresh="callback-nav"), html.Div(id=PAGE)])


def _route(
    app: Dash, pages: tuple[Page, ...], releases: Callable[[], Releases], kept: KeptLayouts, problem: Problem
) -> None:
    @app.callback(Output(PAGE, "children"), Input(LOCATION, "pathname"), State(LOCATION, "search"))
    @in_thread
    def fill(pathname: str | None, search: str | None) -> Any:
        path = pathname or "/"
        found = find_page(pages, path)
        if found is None:
            return None
        page, names = found
        visit = Visit(releases(), path, names, View.read(search or ""))
        try:
            visit.releases.refuse_withdrawn(visit.view.as_of)
            return kept.layout(page, presented(page, visit)) if page.exists(visit) else None
        except PortalError as error:  # a pinned release was withdrawn, say: whoever comes by a link reads why
            return problem(visit, error)


def _answer_failure(error: Exception, problem: Callable[[PortalError], Body]) -> None:
    """What a reader asks for and cannot have (a release that was withdrawn meanwhile, or never was) is no failure of
    the server: the page gives way to the sentence that its address would answer with.

    Else a callback failed: say where, not with what. The page keeps what it showed.
    """
    if isinstance(error, PortalError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        set_props(PAGE, {"children": problem(error)})
        return
    LOG.error("callback failed: %s", where(error))
    raise error


class Interactive:
    """What an interactive page loads. The same for all of them, so it is made once, at the first request."""

    def __init__(self, app: Dash) -> None:
        self._app = app
        self._parts: DashParts | None = None
        self._bundle = Bundle(SCRIPT_PATH, b"")
        self._lock = Lock()

    def parts(self, request: Request) -> DashParts:
        with self._lock:
            if self._parts is None:
                # Dash makes its index page only inside a request, and only after its first-request set-up.
                token = set_current_request(request)
                try:
                    self._app._setup_server()
                    # `assets/start.js` does what the inline script at the end would do.
                    styles, root, config, scripts, _inline = self._app.index().split(_SPLIT)
                finally:
                    reset_current_request(token)
                # What Dash says while it loads stands in no catalog, and the page is there already.
                self._bundle = _bundle(_SCRIPT.findall(scripts))
                self._parts = DashParts(styles, root.replace("Loading...", ""), config, self._bundle.address)
        return self._parts

    def script(self, request: Request) -> Response:
        """Dash's scripts, as one."""
        self.parts(request)
        return sent(self._bundle, request)


def _bundle(addresses: list[str]) -> Bundle:
    """Dash's scripts in their order, the one that draws charts, and what starts them."""
    paths = [check_fingerprint(each.removeprefix(SUITES))[0] for each in addresses if _UNUSED not in each]
    needed = [get_data("dash", path) or b"" for path in [*(path.removeprefix("dash/") for path in paths), _GRAPH]]
    return joined(SCRIPT_PATH, [*needed, (ASSETS / START).read_bytes()])


def bundle_routes(interactive: Interactive) -> list[Route]:
    """What interactive pages load: our styles and scripts, Dash's scripts, Plotly."""
    return [*(Route(each.path, partial(_answer, each)) for each in bundles()), Route(SCRIPT_PATH, interactive.script)]


def _answer(bundle: Bundle, request: Request) -> Response:
    return sent(bundle, request)
