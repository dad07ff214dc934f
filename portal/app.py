"""The portal as one ASGI application: pages, callbacks, downloads, catalog, operations."""

from collections.abc import Hashable
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from portal.digest.book import Subscriptions
from portal.digest.routes import digest_routes
from portal.errors import PortalError
from portal.frame.page import Page, check_pages, find_page
from portal.language import language
from portal.map.spotfile import spot_routes
from portal.map.sumfile import sum_routes
from portal.map.tools import place_routes
from portal.pages import PAGES
from portal.pages.problem import problem_page
from portal.releases import Clock, Releases
from portal.report.press import FORMS, Press
from portal.report.routes import report_routes
from portal.serving.answers import Answers
from portal.serving.catalog import catalog_routes
from portal.serving.dictionary import dictionary_routes
from portal.serving.feeds import feed_routes
from portal.serving.files import file_routes
from portal.serving.interactive import Interactive, bundle_routes, make_dash
from portal.serving.kept import KeptLayouts
from portal.serving.keptanswers import KeptAnswers
from portal.serving.middleware import Gate, Speech, Tally, content_policy
from portal.serving.operations import operation_routes
from portal.serving.packing import Packing
from portal.serving.viewfiles import view_routes
from portal.serving.warming import warm
from portal.settings import PortalSettings
from portal.still.routes import still_routes


def _system_clock() -> datetime:
    return datetime.now(UTC)


def create_app(settings: PortalSettings, *, clock: Clock = _system_clock, pages: tuple[Page, ...] = PAGES) -> FastAPI:
    """The application over one store. Reads nothing until the first request, apart from its own assets.

    `state.warm()` draws ahead what readers ask first.
    """
    releases, tally = Releases(settings.store, clock), Tally()
    kept = KeptLayouts()
    dash = make_dash(check_pages(pages), releases.as_now, kept, problem_page)
    interactive = Interactive(dash)
    answers = Answers(releases, pages, interactive, kept, settings.base_url)
    book = Subscriptions(settings.subscriptions.get_secret_value(), clock) if settings.subscriptions else None
    press = Press(settings.reports_folder)
    server: FastAPI = dash.server
    # Ours stand before Dash's own start page; what nobody knows comes after all others: 404, where Dash says 200.
    server.router.routes[:0] = [
        Route("/", answers.page),
        *bundle_routes(interactive),
        *operation_routes(releases, tally),
        *view_routes(releases),
        *sum_routes(releases),
        *spot_routes(releases),
        *place_routes(releases),
        *feed_routes(releases, settings.base_url),
        *digest_routes(releases, book, answers, settings.base_url),
        *still_routes(releases, press, settings.base_url),
        *dictionary_routes(),
        *report_routes(releases, press, settings.base_url or ""),
        *file_routes(releases),
        *catalog_routes(releases, settings.base_url),
    ]
    server.router.routes.append(Route("/{path:path}", answers.page))
    _answer_errors(server, answers)
    _add_layers(server, tally, pages, answers, releases)
    server.state.warm = partial(warm, answers, releases)
    return server


def _answer_errors(server: FastAPI, answers: Answers) -> None:
    def portal_error(request: Request, error: Exception) -> Response:
        if isinstance(error, PortalError):
            return answers.of_error(request, error)
        return answers.problem(request, 500, "")

    def http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return answers.problem(request, status, "")

    server.add_exception_handler(PortalError, portal_error)
    server.add_exception_handler(HTTPException, http_error)


def _add_layers(
    server: FastAPI,
    tally: Tally,
    pages: tuple[Page, ...],
    answers: Answers,
    releases: Releases,
) -> None:
    """Layers around everything, innermost first."""
    known = {page.path.split("/")[1] for page in pages}
    known |= {
        "download",
        "still",
        "embed",
        "feed.atom",
        "feed.rss",
        "subscribe",
        "subscription",
        "unsubscribe",
        "places.json",
        "geo",
        "keys",
        "assets",
        "data.json",
        "healthz",
        "readyz",
        "metrics",
    }
    known |= {f"report.{form}" for form in FORMS}

    def label(path: str) -> str:
        """The first segment of a known path; never more, since the rest of a path is somebody's question."""
        first = path.split("/")[1] if path.count("/") else ""
        if first.startswith("_dash"):
            return f"/{first.split('/')[0]}"
        return f"/{first}" if first in known else "(unknown)"

    def failure(scope: Scope) -> ASGIApp:
        return answers.problem(Request(scope), 500, "")

    def state() -> Hashable:
        """What every page and callback depends on beside its address."""
        now = releases.as_now()
        status = now.status.written_at if now.status else None
        return language(), now.key, now.withdrawn(), status, now.today()

    def kept_page(path: str) -> bool:
        found = find_page(pages, path)
        return found is not None and found[0].interactive and found[0].keeps

    server.add_middleware(Packing)
    server.add_middleware(KeptAnswers, state=state, pages=kept_page)
    server.add_middleware(Gate, tally=tally, label=label, policy=content_policy(), failure=failure)
    server.add_middleware(Speech, city=answers.city_languages)
