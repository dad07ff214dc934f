"""Files that an address pins to a release (`as_of`): they show that release, or there is no file.

A page may say that these are not the figures that were asked for. A file that somebody keeps, or a picture in somebody
else's page, cannot: so what a pinned address does not find is told by its status.
"""

from collections.abc import Iterable

from starlette.requests import Request

from portal.errors import NotFound
from portal.language import N_, _
from portal.releases import Releases
from portal.view import View

KEY = "as_of"
_MISSING = N_("There is no such release. The page of changes lists them all.")


def pinned_file(releases: Releases, request: Request) -> tuple[Releases, View]:
    """What a file is made from, and what it is asked to show.

    Raises Gone for a withdrawn release, NotFound for an unknown one, also where the address names none that can be.
    """
    view = View.read(request.query_params)
    if view.as_of is None:
        if request.query_params.get(KEY):
            raise NotFound(_(_MISSING))
        return releases, view
    releases.refuse_withdrawn(view.as_of)
    return releases.pinned(view.as_of), view


def keep_to(view: View, shown: Iterable[str | None], topics: Iterable[str | None]) -> None:
    """Raises NotFound where the address pins releases, and what is shown (ids) is from none of them, or where it names
    a topic and something else is shown, as pages do whose topic is not there."""
    if view.as_of is not None and not set(view.as_of.split(",")) & set(shown):
        raise NotFound(_(_MISSING))
    if view.topic is not None and set(topics) != {view.topic}:
        raise NotFound(_("There is no such topic or release. The data pages list what there is."))
