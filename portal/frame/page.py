"""A page is a value: where it lives, what it is called, what it shows, and when it does not exist."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from dash import Dash
from dash.development.base_component import Component

from portal.language import _
from portal.view import View

if TYPE_CHECKING:
    from portal.releases import Releases

_TEMPLATE = re.compile(r"/|(?:/(?:[a-z0-9-]+|\{[a-z_]+\}))+")


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page: the releases on offer, the values of its path's variables, its query keys."""

    releases: "Releases"
    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    view: View = field(default_factory=View)
    base: str = ""
    """Scheme and host of the portal, for addresses that leave the page."""
    language: str = "en"


Body: TypeAlias = Component | list[Any]


def _always(visit: Visit) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the portal.

    path: template such as `/district/{district}`; a variable matches one path segment.
    title, description: of the HTML page, as messages; a function of the visit where they depend on the place.
    layout: the content below the header. Everything in it is also rendered on the server, for readers without script.
    nav: its name in the navigation, or None.
    offered: whether the navigation names it, where not every city has it.
    exists: False answers 404 (an unknown id).
    skeleton: for a page with callbacks: components that carry every id its callbacks name (any content). A page
        without a skeleton is plain HTML and loads no Dash at all.
    wide: uses the whole width of the screen.
    head: further markup for the page's head (a machine-readable description).
    keeps: whether the layout may be kept for the next reader. False for a page that checks something anew each time.
    presents: whether it can be put on a projector.
    pins: whether all of it follows the releases that its address names; what is presented always does.
    register: adds the page's callbacks to the app; called once, with a function that gives the current releases.
    """

    path: str
    title: str | Callable[[Visit], str]
    layout: Callable[[Visit], Body]
    description: str | Callable[[Visit], str] = ""
    nav: str | None = None
    exists: Callable[[Visit], bool] = _always
    offered: Callable[[Visit], bool] = _always
    skeleton: Callable[[], Body] | None = None
    register: Callable[[Dash, Callable[[], "Releases"]], None] | None = None
    wide: bool = False
    head: Callable[[Visit], str] | None = None
    keeps: bool = True
    presents: bool = False
    pins: bool = False

    def __post_init__(self) -> None:
        if not _TEMPLATE.fullmatch(self.path):
            raise ValueError(f"page {self.path!r}: a path is / or lower-case segments such as /district/{{district}}")
        if self.register is not None and self.skeleton is None:
            raise ValueError(f"page {self.path}: has callbacks, so it needs a skeleton with their ids")
        if self.nav is not None and "{" in self.path:
            raise ValueError(f"page {self.path}: a page with a variable in its path cannot stand in the navigation")

    @property
    def interactive(self) -> bool:
        return self.skeleton is not None

    def match(self, path: str) -> dict[str, str] | None:
        """The values of the path's variables, or None where this page does not live there."""
        pattern = re.sub(r"\{([a-z_]+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path.rstrip("/") or "/")
        return found.groupdict() if found else None

    def title_of(self, visit: Visit) -> str:
        return _(self.title) if isinstance(self.title, str) else self.title(visit)

    def description_of(self, visit: Visit) -> str:
        return _(self.description) if isinstance(self.description, str) else self.description(visit)


def find_page(pages: tuple[Page, ...], path: str) -> tuple[Page, dict[str, str]] | None:
    """The page that lives at a path, with the values of its variables."""
    for page in pages:
        names = page.match(path)
        if names is not None:
            return page, names
    return None


def check_pages(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """The pages, or ValueError where two share a path."""
    paths = [page.path for page in pages]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise ValueError(f"two pages live at {', '.join(twice)}")
    return pages
