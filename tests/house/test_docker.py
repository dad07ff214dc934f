"""The containers keep the line: the portal's has no private volume, no private code and another user."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

DOCKER = Path(__file__).resolve().parents[2] / "docker"


@pytest.fixture
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"])


def test_the_portal_mounts_the_public_folder_only_and_cannot_write_it(services: dict[str, Any]) -> None:
    assert [(v["source"], v["read_only"]) for v in services["portal"]["volumes"]] == [("public", True)]
    assert "private" not in str(services["portal"])
    assert "partner" not in str(services["portal"])
    assert "environment" not in services["portal"]


def test_the_programs_are_different_users_and_neither_is_root(services: dict[str, Any]) -> None:
    users = [service["user"].split(":")[0] for service in services.values()]
    assert "0" not in users
    assert services["portal"]["user"] not in {services[name]["user"] for name in services if name != "portal"}
    for name in ("etl", "console", "portal"):
        user = services[name]["user"].split(":")[0]
        assert f"USER {user}\n" in (DOCKER / f"Dockerfile.{name}").read_text()


def test_the_programs_share_no_network(services: dict[str, Any]) -> None:
    for name in services:
        if name != "portal":
            assert set(services["portal"]["networks"]).isdisjoint(services[name]["networks"]), name


def test_no_secret_stands_in_the_file_and_no_port_is_open_to_the_world(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        for key, value in service.get("environment", {}).items():
            assert key in ("POSTGRES_DB", "POSTGRES_USER") or value.startswith("/run/secrets/"), key
    whole = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    assert whole["networks"]["state"] == {"internal": True}, "the database is reached by nobody outside"
    used = {name for service in services.values() for name in service.get("secrets", ())}
    assert used == set(whole["secrets"])


def test_both_are_confined(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_digests_have_a_volume_and_a_network_of_their_own() -> None:
    """Subscriptions lie beside no release and no record; the sender sees both and nothing else."""
    whole = yaml.safe_load((DOCKER / "compose.digest.yaml").read_text())
    portal, sender = whole["services"]["portal"], whole["services"]["digest"]
    mounted = {volume["source"]: volume.get("read_only", False) for volume in sender["volumes"]}
    assert mounted == {"public": True, "subscriptions": False}
    assert [volume["source"] for volume in portal["volumes"]] == ["subscriptions"]
    assert sender["networks"] == ["mail"]
    assert (sender["read_only"], sender["cap_drop"], sender["user"]) == (True, ["ALL"], "10002:10002")
    assert all(value.startswith("/run/secrets/") for value in sender["environment"].values())
    assert set(sender["secrets"]) == set(whole["secrets"])
    assert "ports" not in sender
    for service in (portal, sender):
        assert "private" not in str(service)
        assert "partner" not in str(service)


def test_the_portals_image_holds_no_private_code() -> None:
    lines = (DOCKER / "Dockerfile.portal").read_text().splitlines()
    copied = {line.split()[1] for line in lines if line.startswith("COPY")}
    assert copied == {"requirements/runtime.txt", "layers", "portal", "assets"}
    assert "RUN rm layers/store/publisher.py" in lines


@pytest.mark.parametrize(
    ("image", "entry"),
    [
        ("etl", ["-m", "etl", "--help"]),
        ("console", ["-c", "import etl.__main__, etl.console.app"]),
        ("portal", ["-c", "import portal.__main__, portal.asgi"]),
    ],
)
def test_each_program_runs_from_what_its_image_holds(tmp_path: Path, image: str, entry: list[str]) -> None:
    for line in (DOCKER / f"Dockerfile.{image}").read_text().splitlines():
        match line.split():
            case ["COPY", source, target] if (DOCKER.parent / source).is_dir():
                shutil.copytree(DOCKER.parent / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            case ["RUN", "rm", file]:
                (tmp_path / file).unlink()
    ran = subprocess.run([sys.executable, *entry], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def city_database(postgres_url: str) -> Iterator[sa.Engine]:
    """A database of its own, after roles.sql ran in it twice."""
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text("create database roles_test"))
    city = sa.create_engine(sa.make_url(postgres_url).set(database="roles_test"))
    for _ in range(2):
        with city.begin() as connection:
            connection.exec_driver_sql((DOCKER / "roles.sql").read_text().replace("%", "%%"))
    yield city
    city.dispose()
    with server.connect() as connection:
        connection.execute(sa.text("drop database roles_test"))


def test_the_portals_role_reads_releases_and_nothing_else(city_database: sa.Engine) -> None:
    etl = sa.create_engine(city_database.url.set(username="etl_rw"), poolclass=sa.NullPool)
    portal = sa.create_engine(city_database.url.set(username="portal_ro"), poolclass=sa.NullPool)
    with etl.begin() as connection:
        connection.execute(sa.text("create table private.runs (id int)"))
        connection.execute(sa.text("create table public_releases.counts as select 7 as value"))
    with portal.connect() as connection:
        assert connection.execute(sa.text("select value from counts")).scalar() == 7
    for statement in (
        "select * from private.runs",
        "insert into public_releases.counts values (1)",
        "set default_transaction_read_only = off; insert into public_releases.counts values (1)",
        "create table public_releases.mine (id int)",
        "create table public.mine (id int)",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"denied|read-only"), portal.begin() as connection:
            connection.execute(sa.text(statement))
