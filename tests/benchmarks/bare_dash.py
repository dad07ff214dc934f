"""A bare Dash callback on the FastAPI backend: the least that a map callback with as many values could cost."""

from typing import Any

from dash import Dash, Input, Output, dcc, html
from fastapi import FastAPI

VALUES = 1_200


def create() -> FastAPI:
    """One callback that answers an address with numbers ready in memory."""
    app = Dash("bare", backend="fastapi", assets_folder="")
    app.layout = html.Div([dcc.Location(id="location"), dcc.Store(id="numbers")])
    numbers = [float(each) for each in range(VALUES)]

    @app.callback(Output("numbers", "data"), Input("location", "search"))
    def answer(search: str | None) -> Any:
        return numbers

    app._setup_server()
    server: FastAPI = app.server
    return server
