"""From a request to the HTML of a page, or to a page that says what is wrong and where to go."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from portal.errors import NotFound, NotYet, PortalError, where
from portal.frame.markup import markup
from portal.frame.page import Body, Page, Visit, find_page
from portal.frame.presenting import bar, presented, way_in
from portal.frame.shell import Document, document
from portal.language import _, language
from portal.pages.problem import NOTHING_YET, may_come, nothing_yet, nothing_yet_title, problem_body, problem_title
from portal.releases import Releases
from portal.serving.catalog import origin
from portal.serving.interactive import Interactive
from portal.serving.kept import KeptLayouts
from portal.view import View

LOG = logging.getLogger("portal.pages")
_VARY = "Accept-Language, Accept-Encoding"
_SOON, _FIRST = "60", "3600"
"""Seconds after which to ask again: for what takes long to make, and for the first release."""
_FILE_PATHS = ("/download/", "/geo/", "/keys/", "/api/", "/_dash", "/assets/")


class Answers:
    """Answers page requests from the releases on offer."""

    def __init__(
        self,
        releases: Releases,
        pages: tuple[Page, ...],
        interactive: Interactive,
        kept: KeptLayouts,
        base_url: str | None,
    ) -> None:
        self._releases = releases
        self._pages = pages
        self._interactive = interactive
        self._kept = kept
        self._base_url = base_url
        self._languages: tuple[str, tuple[str, ...]] | None = None

    def page(self, request: Request) -> Response:
        """The page at the request's path: 200, 304 where the reader has it, 404, or 500 with a page that says so."""
        try:
            return self._page(request)
        except PortalError as error:
            return self.of_error(request, error)
        except Exception as error:  # noqa: BLE001 - Dash's own layer would answer its start page's failure with JSON
            LOG.error("a page failed: %s", where(error))
            return self.problem(request, 500, "")

    def _page(self, request: Request) -> Response:
        found = find_page(self._pages, request.scope["path"])
        if found is None:
            return self.problem(request, 404, "")
        page, names = found
        visit = self._visit(request, names)
        self._releases.refuse_withdrawn(visit.view.as_of)
        if not page.exists(visit):
            if may_come(visit):
                return self.framed(request, nothing_yet_title(), nothing_yet())
            return self.problem(request, 404, "")
        text = document(self._document(page, visit, request), visit, self._pages)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
        if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
            return Response(status_code=304, headers={"etag": tag, "vary": _VARY})
        return HTMLResponse(text, headers={"etag": tag, "vary": _VARY, "content-language": visit.language})

    def of_error(self, request: Request, error: PortalError) -> Response:
        """What an address answers instead. Before the first release no file is missing for good: 503."""
        early = isinstance(error, NotFound) and not self._releases.newest
        found = NotYet(_(NOTHING_YET)) if early else error
        return self.problem(request, found.status, str(found))

    def framed(
        self, request: Request, title: str, body: Body, *, description: str = "", status: int = 200
    ) -> HTMLResponse:
        """A page that is no `Page`: an answer to a form, or one for the holder of a link alone. Kept nowhere."""
        visit = replace(self._visit(request, {}), path="")
        page = Document(title=title, description=description, body=markup(body), language=visit.language)
        headers = {"cache-control": "no-store", "vary": _VARY, "x-robots-tag": "noindex"}
        return HTMLResponse(document(page, visit, self._pages), status, headers=headers)

    def problem(self, request: Request, status: int, sentence: str) -> Response:
        """An error page (or JSON to programs that ask for files). Never repeats anything of the request."""
        title = problem_title(status)
        headers = {"cache-control": "no-store"}
        if status == NotYet.status:
            headers["retry-after"] = _SOON if self._releases.newest else _FIRST
        if _for_program(request):
            return JSONResponse({"error": sentence or f"{title}."}, status, headers=headers)
        visit = self._visit(request, {})
        visit = replace(visit, path="", view=View(lang=visit.view.lang))
        body = markup(problem_body(visit, status, title, sentence))
        page = Document(title=title, description="", body=body, language=visit.language)
        return HTMLResponse(document(page, visit, self._pages), status, headers=headers)

    def _visit(self, request: Request, names: Mapping[str, str]) -> Visit:
        view = View.read(request.query_params)
        known = find_page(self._pages, request.scope["path"]) is not None
        path = request.scope["path"].rstrip("/") or "/"
        return Visit(
            releases=self._releases.as_now(),
            path=path if known else "",
            names=names,
            view=view,
            base=self._base_url or origin(request),
            language=language(),
        )

    def city_languages(self) -> tuple[str, ...]:
        """The languages the city declares; none where the store cannot be read, which the page itself will say."""
        try:
            key = self._releases.key  # asked with every request, and told by every release anew
            if self._languages is None or self._languages[0] != key:
                city = self._releases.city
                self._languages = key, city.languages if city else ()
        except Exception as error:  # noqa: BLE001 - no page may fail for the sake of a preference
            LOG.error("the city's languages are unknown: %s", where(error))
            return ()
        return self._languages[1]

    def _document(self, page: Page, visit: Visit, request: Request) -> Document:
        asked, visit = visit, presented(page, visit)
        return Document(
            title=page.title_of(visit),
            description=page.description_of(visit),
            body=markup(self._kept.layout(page, visit) if page.keeps else page.layout(visit)),
            language=visit.language,
            head=page.head(visit) if page.head else "",
            wide=page.wide,
            foot=markup([way_in(page, asked), bar(page, asked)]),
            dash=self._interactive.parts(request) if page.interactive else None,
            pins=page.presents or page.pins,
        )


def _for_program(request: Request) -> bool:
    """Whether an error is read by a program: it asks for a file, and does not prefer a page."""
    accepts = request.headers.get("accept", "")
    return request.scope["path"].startswith(_FILE_PATHS) and "text/html" not in accepts
