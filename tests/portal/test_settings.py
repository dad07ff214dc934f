"""No setting can name private storage, and a wrong command line says what to do."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from portal.__main__ import main
from portal.asgi import create
from portal.settings import PortalSettings


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_the_public_folder_is_taken_beside_a_private_one(tmp_path: Path) -> None:
    _folder(tmp_path / "private")
    assert PortalSettings(store=_folder(tmp_path / "public")).store == tmp_path / "public"


@pytest.mark.parametrize(
    ("folder", "inside"),
    [("var", "private"), ("private", None), ("private/public", None), ("public", "vault"), ("partner", None)],
)
def test_a_folder_that_is_or_holds_something_private_is_refused(
    tmp_path: Path, folder: str, inside: str | None
) -> None:
    store = _folder(tmp_path / folder)
    if inside:
        _folder(store / inside)
    with pytest.raises(ValidationError, match="not public"):
        PortalSettings(store=store)


def test_a_link_to_a_private_folder_is_refused(tmp_path: Path) -> None:
    target = _folder(tmp_path / "private")
    (tmp_path / "public").symlink_to(target)
    with pytest.raises(ValidationError, match="not public"):
        PortalSettings(store=tmp_path / "public")


def test_no_setting_names_anything_but_the_store() -> None:
    paths = [name for name, field in PortalSettings.model_fields.items() if field.annotation is Path]
    assert paths == ["store"]
    with pytest.raises(ValidationError):
        PortalSettings.model_validate({"store": "/", "vault": "/"})


def test_settings_survive_the_way_to_a_worker(tmp_path: Path) -> None:
    settings = PortalSettings(store=tmp_path, base_url="https://data.example.org")
    assert PortalSettings.from_environment(settings.to_environment()) == settings


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--store", "/nowhere/public"], "--store: there is no such folder"),
        (["--store", "{here}", "--port", "99999"], "--port"),
        (["--store", "{here}", "--base-url", "ftp://x"], "--base-url"),
        (["--store", "{here}", "--base-url", "https://city.example.org/311data/"], "a host name of its own"),
    ],
)
def test_a_wrong_command_line_is_exit_2_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main([argument.format(here=tmp_path) for argument in arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_worker_finds_its_store_in_the_environment(made_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PortalSettings(store=made_store).to_environment().items():
        monkeypatch.setenv(name, value)
    assert TestClient(create()).get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("mysql://me:CANARY@host/x", "sqlite:////folder/file"),
        ("CANARY", "sqlite:////folder/file"),
        ("sqlite://", "a file that stays"),
        ("sqlite:///{store}/CANARY.sqlite", "a folder of their own"),
        ("sqlite:///{store}/../private/CANARY.sqlite", "a folder of their own"),
    ],
)
def test_subscriptions_lie_beside_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, says: str
) -> None:
    store = _folder(tmp_path / "public")
    assert main(["--store", str(store), "--subscriptions", place.format(store=store)]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "CANARY" not in said


def test_where_subscriptions_are_may_stand_in_a_file_and_reaches_a_worker(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql+psycopg://me:CANARY@host/subscriptions\n")
    told = {"HEARTHMAP_STORE": str(tmp_path), "HEARTHMAP_SUBSCRIPTIONS_FILE": str(tmp_path / "secret")}
    settings = PortalSettings.from_environment(told)
    assert settings.subscriptions is not None
    assert settings.subscriptions.get_secret_value().endswith("CANARY@host/subscriptions")
    assert "CANARY" not in repr(settings)
    assert PortalSettings.from_environment(settings.to_environment()) == settings


def test_paths_follow_the_public_address_whether_it_ends_in_a_slash_or_not(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    written = ("https://data.example.org", "https://data.example.org/", "http://127.0.0.1:8050/")
    found = [PortalSettings(store=folder, base_url=each).base_url for each in written]
    assert found == ["https://data.example.org", "https://data.example.org", "http://127.0.0.1:8050"]
