"""`portal render`: written once, handed out by the portal, wrong questions answered with a sentence."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.language import language
from portal.report import command
from portal.report.asked import Question, file_stem
from portal.report.command import CannotRender, render
from portal.report.model import Report
from portal.settings import PortalSettings


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    """Files without asking figures and setting pages, which other tests try."""

    def made(question: Question, base: str) -> Report:
        return replace(report, file=file_stem(question.place, question.month, language()), title=question.place.name)

    monkeypatch.setattr(command, "make_report", made)
    monkeypatch.setattr(command, "make_file", lambda report, form: f"{report.title} {form}".encode())


def written(store: Path, out: Path, *arguments: str) -> list[str]:
    said: list[str] = []
    render(["--store", str(store), "--out", str(out), *arguments], said.append)
    return said


@pytest.mark.usefixtures("quick")
def test_city_and_districts_are_written_in_every_language(made_store: Path, tmp_path: Path) -> None:
    written(made_store, tmp_path, "--month", "2026-09")
    names = sorted(path.name for path in tmp_path.glob("2026-11-15-*/*"))
    places = ["city", "district-1", "district-2", "district-3"]
    endings = ["-es.pdf", "-es.xlsx", ".pdf", ".xlsx"]
    assert names == [f"council-report-{place}-2026-09{ending}" for place in places for ending in endings]


@pytest.mark.usefixtures("quick")
def test_what_is_there_already_stays(made_store: Path, tmp_path: Path) -> None:
    once = ("--city", "--lang", "en", "--month", "2026-09")
    assert all(line.startswith("written: ") for line in written(made_store, tmp_path, *once))
    next(iter(tmp_path.glob("*/*.pdf"))).write_bytes(b"handed out already")
    assert all(line.startswith("there already: ") for line in written(made_store, tmp_path, *once))
    assert next(iter(tmp_path.glob("*/*.pdf"))).read_bytes() == b"handed out already"


@pytest.mark.usefixtures("quick")
def test_the_portal_hands_out_what_was_made_ahead(made_store: Path, tmp_path: Path) -> None:
    written(made_store, tmp_path, "--district", "2", "--lang", "es", "--month", "2026-09")
    settings = PortalSettings(store=made_store, reports=tmp_path)
    with TestClient(create_app(settings)) as visitor:
        answer = visitor.get("/district/2/report.pdf?month=2026-09&lang=es")
        again = visitor.get(
            "/district/2/report.pdf?month=2026-09&lang=es", headers={"if-none-match": answer.headers["etag"]}
        )
    assert answer.content == next(iter(tmp_path.glob("*/*.pdf"))).read_bytes()
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('filename="council-report-district-2-2026-09-es.pdf"')
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--district", "99"], "no such district"),
        (["--month", "2019-01"], "the newest month is 2026-10"),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_do(
    made_store: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    with pytest.raises(CannotRender, match=said) as refused:
        written(made_store, tmp_path, *arguments)
    assert refused.value.code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_empty_store_has_no_reports(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    with pytest.raises(CannotRender, match="nothing is published yet"):
        written(tmp_path / "public", tmp_path / "out")


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_written_is_a_failure_of_storage(made_store: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a folder")
    with pytest.raises(CannotRender) as refused:
        written(made_store, tmp_path / "out", "--city", "--lang", "en")
    assert refused.value.code == 16


@pytest.mark.slow
def test_the_portal_sets_pages_itself_where_nothing_was_made_ahead(made_store: Path, tmp_path: Path) -> None:
    with TestClient(create_app(PortalSettings(store=made_store, reports=tmp_path))) as visitor:
        answer = visitor.get("/report.pdf?month=2026-09")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-1.7")
