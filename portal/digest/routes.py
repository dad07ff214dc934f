"""`/subscribe`, `/subscription/<token>` and `/unsubscribe/<token>`.

Opening a link changes nothing: only a button (POST) confirms, changes or deletes, because mail scanners open links.
There is no cookie and no account; the token of the mail is all that counts, so no other site can act in a reader's
name. Forms that another site sends are refused all the same. A POST to /unsubscribe needs no form (RFC 8058).
"""

import logging
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.digest.address import address_of
from portal.digest.book import Subscriptions
from portal.digest.choice import MOST_MEASURES, Choice
from portal.digest.pages import (
    asked_page,
    dead_page,
    default_choice,
    leave_page,
    left_page,
    subscribe_page,
    subscription_page,
)
from portal.digest.told import Told
from portal.errors import BadQuestion, NotFound
from portal.language import _
from portal.releases import Releases
from portal.serving.answers import Answers
from portal.settings import BASE_URL_VARIABLE
from portal.view import View

LOG = logging.getLogger("portal.digest")
Fields = list[tuple[str, str]]
MOST_FIELDS = 200


def digest_routes(
    releases: Releases, book: Subscriptions | None, answers: Answers, base_url: str | None = None
) -> list[Route]:
    """Without a database there is a page that says so, and no other address.

    `base_url`: the portal's public address, where it is set; forms of its own pages come from there.
    """
    pages = _Digest(releases, book, answers)
    routes = [Route("/subscribe", pages.offer)]
    if book is None:
        return routes
    return [
        Route("/subscribe", _posted(pages.ask, base_url), methods=["POST"]),
        *routes,
        Route("/subscription/{token}", _posted(pages.act, base_url), methods=["POST"]),
        Route("/subscription/{token}", pages.show),
        Route("/unsubscribe/{token}", pages.leave_now, methods=["POST"]),
        Route("/unsubscribe/{token}", pages.leave),
    ]


class _Digest:
    def __init__(self, releases: Releases, book: Subscriptions | None, answers: Answers) -> None:
        self._releases = releases
        self._found = book
        self._answers = answers

    @property
    def _book(self) -> Subscriptions:
        if self._found is None:
            raise NotFound(_("E-mail is not offered here."))
        return self._found

    def offer(self, request: Request) -> Response:
        """The form, filled with the place and topic of the page it was opened from."""
        view = View.read(request.query_params)
        choice = default_choice(self._releases, view) if self._found is not None else None
        body = subscribe_page(self._releases, view, choice)
        return self._answers.framed(request, _("Follow what changes"), body, description=_described())

    def ask(self, request: Request, fields: Fields) -> Response:
        """The same answer for every address; a wrong one is named, and not repeated."""
        choice = Choice.read(fields, self._releases)
        address = address_of(dict(fields).get("address", ""))
        wrong = _missing(choice) or ("" if address else _("This is no e-mail address: write it like name@example.org"))
        if wrong or address is None:
            body = subscribe_page(self._releases, View.read(request.query_params), choice, wrong)
            return self._answers.framed(request, _("Follow what changes"), body, status=400)
        at_once = self._book.ask(address, choice, host=request.client.host if request.client else None)
        return self._answers.framed(request, _("Please look into your mail"), asked_page(at_once=at_once))

    def show(self, request: Request) -> Response:
        """To confirm, or to change."""
        token = request.path_params["token"]
        found = self._book.find(token)
        if found is None:
            return self._dead(request)
        return self._answers.framed(request, _("Your digest"), subscription_page(self._releases, found, token))

    def act(self, request: Request, fields: Fields) -> Response:
        """Confirm, or keep another choice."""
        token, wrong, said = request.path_params["token"], "", ""
        choice = Choice.read(fields, self._releases)
        if ("act", "confirm") in fields:
            found = self._book.confirm(token, Told.now(self._releases))
            said = _("Confirmed. The first mail comes when something has changed.")
        elif wrong := _missing(choice):
            found = self._book.find(token)
        else:
            found = self._book.change(token, choice)
            said = _("Saved.")
        if found is None:
            return self._dead(request)
        body = subscription_page(self._releases, found, token, said=said, wrong=wrong, choice=choice if wrong else None)
        return self._answers.framed(request, _("Your digest"), body, status=400 if wrong else 200)

    def leave(self, request: Request) -> Response:
        """Asks once more."""
        token = request.path_params["token"]
        if self._book.find(token) is None:
            return self._dead(request)
        return self._answers.framed(request, _("Stop this digest"), leave_page(token))

    def leave_now(self, request: Request) -> Response:
        """Deletes; a second time too, and whoever asks."""
        self._book.unsubscribe(request.path_params["token"])
        return self._answers.framed(request, _("You are unsubscribed"), left_page())

    def _dead(self, request: Request) -> Response:
        return self._answers.framed(request, _("This link no longer works"), dead_page(), status=404)


def _described() -> str:
    return _("News about places of the city by e-mail or as a feed: new figures and corrections.")


def _missing(choice: Choice) -> str:
    if not choice.places:
        return _("Choose at least one place.")
    if not choice.topics:
        return _("Choose at least one topic.")
    return "" if len(choice.measures) <= MOST_MEASURES else _("Choose at most {n} figures.", n=MOST_MEASURES)


def _posted(answer: Callable[[Request, Fields], Response], base_url: str | None) -> Callable[[Request], object]:
    """An endpoint that reads a form of this site's own pages."""

    async def endpoint(request: Request) -> Response:
        _refuse_other_sites(request, base_url)
        sent = (await request.body()).decode("utf-8", "replace")
        try:
            fields = parse_qsl(sent, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise BadQuestion(_("This form cannot be read. Please open the page again.")) from None
        return await run_in_threadpool(answer, request, fields)

    return endpoint


def _refuse_other_sites(request: Request, base_url: str | None) -> None:
    """A browser says itself whether a form is of the page's own site; one that does not is judged by the host.

    Behind a proxy that writes another Host, only the portal's public address tells where its own pages are.
    """
    came, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = {request.headers.get("host", ""), urlsplit(base_url or "").netloc}
    if came is not None:
        other = came not in ("same-origin", "none")
    else:
        other = origin is not None and urlsplit(origin).netloc not in own
    if not other:
        return
    if came is None and not base_url:
        LOG.warning("a form was refused: its origin is not this host. Behind a proxy set %s", BASE_URL_VARIABLE)
    raise BadQuestion(_("This form was sent by another site. Please open the page here."))
