"""Whatever a portal does, in whatever order, its feed comes whole or there is an error: never a part for the whole."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.city.webconnectors import CkanConnector, SocrataConnector
from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch import connector
from tests.feeds import ckan, soda
from tests.feeds.server import LOGIN_PAGE, TROUBLES, Asked, Reply, Server, asking, json_reply, serving

ROWS = 23
LIES: dict[str, Callable[[Reply], Reply]] = {
    "an empty list": lambda reply: json_reply([]),
    "no result": lambda reply: json_reply({"success": True, "result": {"records": []}}),
    "a sign-in page": lambda reply: Reply(LOGIN_PAGE),
    "not found": lambda reply: Reply(status=404),
    "half a body as if it were whole": lambda reply: replace(reply, body=reply.body[: len(reply.body) // 2]),
}
SCRIPTS = st.lists(st.sampled_from([*TROUBLES, *LIES, "none", "none"]), max_size=12)


def _misbehaving(script: list[str]) -> Callable[[Asked, Reply], Reply]:
    """One trouble for each of the first requests, and none afterwards."""
    first = Asked(1, "GET", "/", {}, {})

    def trouble(asked: Asked, reply: Reply) -> Reply:
        name = script[asked.place - 1] if asked.place <= len(script) else "none"
        return LIES[name](reply) if name in LIES else TROUBLES[name](first, reply)

    return trouble


def _socrata(server: Server) -> Any:
    return SocrataConnector(kind="socrata", url=server.url, dataset="abcd-1234", page_rows=7)


def _ckan(server: Server, **said: Any) -> Any:
    return CkanConnector(kind="ckan", url=server.url, resource=ckan.RESOURCE, page_rows=7, **said)


PORTALS = {
    "socrata": (lambda: soda.Portal(abcd_1234=[soda.row(number) for number in range(ROWS)]), _socrata, "case_id"),
    "ckan": (lambda: ckan.Portal([{"_id": number} for number in range(1, ROWS + 1)]), _ckan, "_id"),
    "ckan by SQL": (
        lambda: ckan.Portal([{"_id": number} for number in range(1, ROWS + 1)], sql=True),
        lambda server: _ckan(server, sql=True),
        "_id",
    ),
}


@pytest.mark.parametrize("kind", PORTALS)
@settings(max_examples=12, deadline=None)
@given(script=SCRIPTS)
@example(script=["none", "none", "an empty list", "an empty list"])
@example(script=["none", "none", "no result", "no result"])
def test_a_feed_comes_whole_or_not_at_all_and_whole_at_last(kind: str, script: list[str]) -> None:
    make, declare, column = PORTALS[kind]
    with TemporaryDirectory() as name, serving(make(), _misbehaving(script)) as server:
        declared, folder = declare(server), Path(name)
        reader = connector(declared.kind)
        for attempt in count():
            try:
                fetched = reader.fetch(declared, asking(folder, columns=(column,)))
                break
            except (SourceUnreadable, SchemaDrift):
                assert attempt < len(script), "a portal that is well again is read"
        table = reader.read(declared, fetched.files, folder).collect()
    assert table.height == table[column].n_unique() == ROWS
