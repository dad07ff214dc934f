"""Few large files at once: whoever comes when all slots are held is asked to come back, and no slot is ever lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.errors import Busy
from portal.serving.slots import Slots
from portal.settings import PortalSettings


def parts() -> Iterator[str]:
    yield "header"
    yield "rows"


def broken() -> Iterator[str]:
    yield "header"
    raise OSError("gone")


@pytest.mark.parametrize("leaving", ["reads to the end", "leaves in the middle", "never begins", "its file breaks off"])
def test_a_slot_is_given_back_however_a_reader_leaves(leaving: str) -> None:
    """
    | the one reader before  | the next one |
    |------------------------|--------------|
    | is still reading       | 503          |
    | has left, in any way   | is served    |
    """
    slots = Slots(1)
    held = slots.holding(broken() if leaving == "its file breaks off" else parts())
    with pytest.raises(Busy, match="try again"):
        slots.holding(parts())
    if leaving == "reads to the end":
        assert list(held) == ["header", "rows"]
    elif leaving == "leaves in the middle":
        assert next(held) == "header"
        del held
    elif leaving == "its file breaks off":
        with pytest.raises(OSError, match="gone"):
            list(held)
    else:
        del held
    assert list(slots.holding(parts())) == ["header", "rows"]


def test_a_large_view_is_refused_while_others_are_sent(made_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small views, and what a file is called, are answered all the same."""
    monkeypatch.setattr("portal.serving.viewfiles._LARGE", 3)
    monkeypatch.setattr("portal.serving.viewfiles._MOST_LARGE", 0)
    with TestClient(create_app(PortalSettings(store=made_store))) as client:
        whole = "/download/view.csv?topic=evictions"
        refused = client.get(whole)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "60"
        assert client.head(whole).status_code == 200
        assert client.get(f"{whole}&measure=no_such_measure").status_code == 200
