"""What must be impossible of what is said, and of who can read: one test per item, each of which tries to do it."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pydantic import ValidationError

from portal.settings import PortalSettings
from tests.etl.impossible.attempts import CANARY, City
from tests.machinery import portal
from tests.machinery.small_city import etl


class QuotesARecord(ValueError):
    """What a library does: its message holds the value that it could not take."""


def _fails(*_: object, **__: object) -> None:
    raise QuotesARecord(f"cannot convert {CANARY!r} of row 7")


@pytest.mark.parametrize(
    "place",
    ["etl.steps.protect.claims_of", "etl.pipeline.read_feed", "etl.pipeline.build_draft", "etl.feeds.feed.Vault"],
)
def test_a_records_value_in_a_log_an_error_a_url_or_a_page(
    published_city: City, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A library fails in the middle of a step, quoting a record. (Canaries in every column: test_canaries.py.)"""
    monkeypatch.setattr(place, _fails)
    ended = etl("run", published_city.folder, "evictions", "--var", published_city.var)
    told = etl("status", published_city.folder, "--var", published_city.var)
    assert ended.code != 0
    assert "QuotesARecord" in ended.said
    everything = [ended.said.encode(), told.said.encode(), (published_city.var / "private/state.sqlite").read_bytes()]
    everything += [path.read_bytes() for path in published_city.public.rglob("*") if path.is_file()]
    assert not any(b"Quackenbush" in said or b"zqx7" in said for said in everything)


@pytest.fixture
def readable_var(before: City) -> Iterator[Path]:
    """What a run kept, in a folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(shutil.copytree(before.var, Path(folder) / "var"))


def test_a_portal_process_that_can_read_the_private_folder(readable_var: Path) -> None:
    """It is never given the folder, it opens nothing there, and as a user of its own it could not."""
    private = readable_var / "private"
    for given in (private, readable_var, private / "measurements"):
        with pytest.raises(ValidationError):
            PortalSettings(store=given)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert _opened_by_a_portal(readable_var) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can start a process as another user")
def test_a_portal_of_another_user_is_refused_the_private_folder(readable_var: Path) -> None:
    look = "import sys, pathlib; print(len(pathlib.Path(sys.argv[1]).read_bytes()))"
    can = {
        name: subprocess.run(
            ["/usr/bin/env", "python3", "-c", look, str(path)], user=65534, group=65534, extra_groups=[],
            capture_output=True, text=True, check=False, cwd="/",
        )
        for name, path in (
            ("public", readable_var / "public/current.json"),
            ("database", readable_var / "private/state.sqlite"),
            ("vector", next((readable_var / "private/measurements").rglob("*.parquet"))),
            ("key", next((readable_var / "private/keys").rglob("*.key"))),
        )
    }  # fmt: skip
    if "No such file" in can["public"].stderr and "env" in can["public"].stderr:
        pytest.skip("no Python that another user may start")
    assert {name: ended.returncode == 0 for name, ended in can.items()} == {
        "public": True, "database": False, "vector": False, "key": False,
    }  # fmt: skip
    assert "PermissionError" in can["vector"].stderr


def _opened_by_a_portal(var: Path) -> list[str]:
    """What a portal opens or lists in the private folder while it answers, its tries to be led there included."""
    watch, log = var / "watch", var / "opened"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(
        "import sys\n"
        "def hook(event, args):\n"
        "    told = str(args[0]) if args else ''\n"
        "    if event not in ('open', 'os.listdir', 'os.scandir', 'sqlite3.connect'): return\n"
        f"    if {str(var / 'private')!r} in told:\n"
        f"        with open({str(log)!r}, 'a') as file:\n"
        "            file.write(event + ' ' + told + '\\n')\n"
        "sys.addaudithook(hook)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(watch))
        check = [sys.executable, "-c", f"open({str(var / 'private/state.sqlite')!r}, 'rb')"]
        subprocess.run(check, check=True)
        assert log.read_text().startswith("open "), "the watch must see what it is for"
        log.unlink()
        with portal.serving(var / "public", var / "log") as address:
            for path in ("/", "/map?topic=evictions", "/data/evictions", "/geo/..%2f..%2fprivate%2fstate.sqlite",
                         "/download/evictions/..%2f..%2f..%2fprivate/state.sqlite", "/assets/..%2f..%2fprivate",
                         f"/download/evictions/latest/{var}/private/state.sqlite"):  # fmt: skip
                try:
                    with urlopen(address + path, timeout=60) as answer:
                        assert b"SQLite format" not in answer.read()
                except HTTPError as error:
                    assert error.code in (400, 404), path
    return log.read_text().splitlines() if log.exists() else []
