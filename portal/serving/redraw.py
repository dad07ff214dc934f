"""What a page does when its address changes: it is asked again, and drawn again where something else is asked."""

from collections.abc import Callable, Sequence
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from portal.frame.ids import LOCATION
from portal.releases import Releases
from portal.serving.interactive import in_thread
from portal.view import View


def redraw(
    app: Dash,
    releases: Callable[[], Releases],
    outputs: Sequence[Output],
    drawn: str,
    draw: Callable[[Releases, str, View], Sequence[Any] | None],
) -> None:
    """`draw` gets the releases, the path and the view; it returns a value for each of `outputs`, or None for a path
    that is another page's. `drawn` is the id of the store that holds the query of what stands there.
    """

    @app.callback(
        *outputs,
        Output(drawn, "data"),
        Input(LOCATION, "search"),
        State(LOCATION, "pathname"),
        State(drawn, "data"),
        prevent_initial_call=True,
    )
    @in_thread
    def update(search: str | None, path: str | None, known: str | None) -> tuple[Any, ...]:
        view = View.read(search or "")
        asked = view.query()
        shown = draw(releases(), path or "", view) if asked != known else None
        if shown is None:
            raise PreventUpdate
        return *shown, asked
