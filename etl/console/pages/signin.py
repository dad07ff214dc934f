"""The only page for somebody who is not signed in."""

from typing import Any

from dash import html

from etl.console.markup import Tag
from etl.console.parts import note, submit, text_field


def sign_in_page(problem: str) -> list[Any]:
    """Name and password; `problem` says why it did not do, and not which of the two was wrong."""
    fields = [
        text_field("name", "Name", required=True, autocomplete="username", autofocus=True),
        text_field("password", "Password", kind="password", required=True, autocomplete="current-password"),
        html.P(submit("Sign in")),
    ]
    told = [note("late", html.P(problem))] if problem else []
    return [*told, Tag("form", fields, {"method": "post", "action": "/sign-in", "class": "sign-in"})]
