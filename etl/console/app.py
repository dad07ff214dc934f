"""The console as one ASGI application: pages, acts, sign-in, and what Dash keeps up to date."""

import re
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from dash import html
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from etl.console.desk import Desk
from etl.console.drafts import Drafts
from etl.console.gate import COOKIE, Gate, cookie_of, same_token
from etl.console.jobs import Worker
from etl.console.live import CSRF_COOKIE, Parts, make_dash
from etl.console.markup import Html
from etl.console.pages.act import act_page
from etl.console.pages.add import add_page, draft_page, kind_page
from etl.console.pages.job import job_page
from etl.console.pages.log import log_page
from etl.console.pages.overview import live_content, overview
from etl.console.pages.signin import sign_in_page
from etl.console.pages.source import source_page
from etl.console.pages.topic import releases_page, topic_page
from etl.console.passwords import Users
from etl.console.posted import Posted, posted
from etl.console.record import Acts
from etl.console.sends import Asking, Sent, send_act, send_draft, send_kind, send_mapping
from etl.console.sessions import ABSOLUTE, Session, Sessions, Tries, token_of
from etl.console.shell import Live, document
from etl.console.visit import NotThere, Page, Shown, Visit
from etl.errors import EtlError
from etl.unforeseen import ANY_FAILURE, as_failure

NOBODY = "The name or the password is wrong, or there were too many tries. After too many, wait a quarter of an hour."


def create_app(desk: Desk, *, secure: bool, hasher: PasswordHasher | None = None) -> FastAPI:
    """The application. `secure`: browsers send the cookie over https alone; only a console on loopback goes without."""
    return _Console(desk, secure=secure, users=Users(desk.engine, hasher)).server


class _Console:
    """The routes and what they share."""

    def __init__(self, desk: Desk, *, secure: bool, users: Users) -> None:
        self._desk, self._secure, self._users = desk, secure, users
        self._sessions = Sessions(desk.engine)
        self._tries = Tries(desk.engine, desk.folders.key("console"))
        self._worker = Worker(Acts(desk.engine), desk.clock)
        self._drafts = Drafts(desk.clock)
        self._dash = make_dash(lambda path: live_content(desk, self._worker, path))
        self._parts = Parts(self._dash)
        self.server: FastAPI = self._dash.server
        # Ours stand before Dash's own start page; what nobody knows comes after all others.
        self.server.router.routes[:0] = self._routes()
        self.server.router.routes.append(Route("/{path:path}", self._page(_nothing)))
        self.server.add_middleware(Gate, find=self._find, hashes=self._parts.hashes)

    def _routes(self) -> list[Route]:
        return [
            Route("/healthz", _up),
            Route("/sign-in", self._sign_in_page, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/", self._page(overview), methods=["GET"]),
            Route("/source/{id}", self._page(source_page), methods=["GET"]),
            Route("/releases", self._page(releases_page), methods=["GET"]),
            Route("/topic/{id}", self._page(topic_page), methods=["GET"]),
            Route("/job/{id}", self._page(job_page), methods=["GET"]),
            Route("/log", self._page(log_page), methods=["GET"]),
            Route("/act/{kind}/{id}", self._page(act_page), methods=["GET"]),
            Route("/act/{kind}/{id}", self._send(send_act), methods=["POST"]),
            Route("/map/{id}", self._send(send_mapping), methods=["POST"]),
            Route("/add", self._page(add_page), methods=["GET"]),
            Route("/add/{id}", self._page(kind_page), methods=["GET"]),
            Route("/add/{id}", self._send(send_kind), methods=["POST"]),
            Route("/draft/{id}", self._page(_draft), methods=["GET"]),
            Route("/draft/{id}", self._send(send_draft), methods=["POST"]),
        ]

    def _find(self, session: str, active: bool) -> Session | None:
        return self._sessions.find(session, self._desk.clock(), active=active)

    def _visit(self, request: Request) -> Visit:
        session: Session = request.state.session
        return Visit(self._desk, self._worker, self._drafts, session, request.url.path, request.path_params)

    def _page(self, page: Page) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            visit = self._visit(request)
            return self._answer(request, visit, lambda: page(visit))

        return answer

    def _answer(self, request: Request, visit: Visit, make: Callable[[], Shown | Sent]) -> Response:
        try:
            made = make()
        except NotThere:
            made = Shown("There is no such page", html.P(html.A("Back to the sources", href="/")), 404)
        except ANY_FAILURE as error:  # a library's message may quote a record
            made = _failed(as_failure(error))
        if isinstance(made, Sent):
            return RedirectResponse(made.to, 303)
        return HTMLResponse(self._document(request, visit, made), made.status)

    def _document(self, request: Request, visit: Visit, shown: Shown) -> str:
        live = self._parts.of(request)
        try:
            first: Any = live_content(self._desk, self._worker, visit.path)
            city = visit.city.settings.name
        except EtlError as error:
            first, city = html.P(str(error)), "The city"
        body = [html.Div(first, id="first-paint"), Html(live.root), shown.body]
        return document(shown.title, body, city=city, path=visit.path, session=visit.session, live=live)

    def _send(self, send: Callable[[Visit, Asking], Sent | Shown]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            form = await _form(request)
            return await run_in_threadpool(self._sent, request, send, form)

        return answer

    def _sent(self, request: Request, send: Callable[[Visit, Asking], Sent | Shown], form: Posted | None) -> Response:
        visit = self._visit(request)
        if form is None or not same_token(form.said.get("token", ""), visit.session):
            return PlainTextResponse("This request did not come from a page of the console.", 403)
        said = {name: value for name, value in form.said.items() if name != "token"}
        return self._answer(request, visit, lambda: send(visit, Asking(said, form.file)))

    def _sign_in_page(self, request: Request) -> Response:
        if request.state.session is not None:
            return RedirectResponse("/", 303)
        return self._asked_to_sign_in("", 200)

    def _asked_to_sign_in(self, problem: str, status: int) -> Response:
        name = self._desk.city().settings.name
        return HTMLResponse(document("Sign in", sign_in_page(problem), city=name, live=Live()), status)

    async def _sign_in(self, request: Request) -> Response:
        form = await _form(request)
        client = request.client.host if request.client else ""
        return await run_in_threadpool(self._signed_in, form, client)

    def _signed_in(self, form: Posted | None, client: str) -> Response:
        said, now = form.said if form is not None else {}, self._desk.clock()
        name = " ".join(said.get("name", "").split())
        if self._tries.too_many(name, client, now):
            return self._asked_to_sign_in(NOBODY, 429)
        if not self._users.knows(name, said.get("password", "")):
            self._tries.note(name, client, now)
            return self._asked_to_sign_in(NOBODY, 401)
        self._tries.forget(name)
        session = self._sessions.open(name, now)
        answer = RedirectResponse("/", 303)
        most = int(ABSOLUTE.total_seconds())
        for key, value, only in ((COOKIE, session, True), (CSRF_COOKIE, token_of(session), False)):
            answer.set_cookie(key, value, max_age=most, httponly=only, secure=self._secure, samesite="strict")
        return answer

    async def _sign_out(self, request: Request) -> Response:
        form = await _form(request)
        session: Session | None = request.state.session
        if session is None or form is None or not same_token(form.said.get("token", ""), session):
            return PlainTextResponse("This request did not come from a page of the console.", 403)
        found = cookie_of(request.headers)
        if found is not None:
            await run_in_threadpool(self._sessions.close, found)
        answer = RedirectResponse("/sign-in", 303)
        for key in (COOKIE, CSRF_COOKIE):
            answer.delete_cookie(key, secure=self._secure, samesite="strict")
        return answer


async def _up(request: Request) -> Response:
    """Needs no thread: it answers while all of them work."""
    return PlainTextResponse("ok")


async def _form(request: Request) -> Posted | None:
    try:
        return posted(request.headers.get("content-type", ""), await request.body())
    except (ValueError, UnicodeDecodeError):
        return None


def _draft(visit: Visit) -> Shown:
    draft = visit.drafts.of(visit.session.user, visit.names["id"])
    if draft is None:
        raise NotThere
    return draft_page(visit, draft)


def _nothing(visit: Visit) -> Shown:
    raise NotThere


def _failed(error: EtlError) -> Shown:
    back = html.P(html.A("Back to the sources", href="/"))
    lines = [html.P(line) for line in re.split(r"\n+", str(error))]
    return Shown(error.title, [*lines, back], 400)
