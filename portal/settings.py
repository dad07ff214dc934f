"""What the portal may be told. Nothing here can name private storage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ASSETS = Path(__file__).resolve().parents[1] / "assets"
"""Style sheets, scripts and icons, shipped beside the packages."""

STORE_VARIABLE = "HEARTHMAP_STORE"
BASE_URL_VARIABLE = "HEARTHMAP_BASE_URL"
REPORTS_VARIABLE = "HEARTHMAP_REPORTS"
SUBSCRIPTIONS_VARIABLE = "HEARTHMAP_SUBSCRIPTIONS"
"""With `_FILE` behind it: a file that holds the address."""
REPORTS = "reports"
"""The folder of reports made ahead, beside the store."""
_PRIVATE_NAMES = frozenset({"private", "vault", "partner"})


class PortalSettings(BaseModel):
    """Where the releases are and where to listen.

    store: the public folder (`…/public`). A folder that is private, or holds something private, is refused.
    base_url: the portal's public address for catalogs and citations; without it the address of each request is used.
        It ends with the host: pages, scripts and browsers' saved views name paths from the root of the host.
    reports: the folder that `portal render` wrote to; by default `reports` beside the store. It need not exist.
    subscriptions: SQLAlchemy URL of the database of e-mail digests, SQLite or PostgreSQL; without it none are offered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Path
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    base_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+(/[^\s?#]*)?$")
    reports: Path | None = None
    subscriptions: SecretStr | None = None

    @field_validator("store")
    @classmethod
    def _public_only(cls, store: Path) -> Path:
        store = store.resolve()
        if not store.is_dir():
            raise ValueError("there is no such folder; publish a release first, then give the folder named public")
        if _PRIVATE_NAMES.intersection(part.lower() for part in store.parts[-2:]):
            raise ValueError("this folder is not public; give the folder named public beside it")
        inside = sorted(child.name for child in store.iterdir() if child.name.lower() in _PRIVATE_NAMES)
        if inside:
            raise ValueError(
                f"this folder holds {inside[0]!r}, which is not public; give the folder named public in it"
            )
        return store

    @field_validator("base_url")
    @classmethod
    def _of_a_host(cls, base_url: str | None) -> str | None:
        """Paths follow it."""
        found = base_url.rstrip("/") if base_url else base_url
        if found and urlsplit(found).path:
            raise ValueError(
                "the portal needs a host name of its own, as https://data.example.org: it cannot stand below a path"
            )
        return found

    @field_validator("reports")
    @classmethod
    def _nothing_private(cls, reports: Path | None) -> Path | None:
        if reports is not None and _PRIVATE_NAMES.intersection(part.lower() for part in reports.resolve().parts[-2:]):
            raise ValueError("this folder is not public; give the folder that portal render wrote to")
        return reports

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.subscriptions is not None:
            _check_apart(self.subscriptions.get_secret_value(), self.store)
        return self

    @property
    def reports_folder(self) -> Path:
        return self.reports or self.store.parent / REPORTS

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings a worker process was started with. Raises KeyError without a store."""
        reports = environ.get(REPORTS_VARIABLE)
        return cls(
            store=Path(environ[STORE_VARIABLE]),
            base_url=environ.get(BASE_URL_VARIABLE),
            reports=Path(reports) if reports else None,
            subscriptions=told_secret(environ, SUBSCRIPTIONS_VARIABLE),
        )

    def to_environment(self) -> dict[str, str]:
        """What a worker process must find in its environment."""
        told = {STORE_VARIABLE: str(self.store), BASE_URL_VARIABLE: self.base_url, REPORTS_VARIABLE: self.reports}
        if self.subscriptions is not None:
            told[SUBSCRIPTIONS_VARIABLE] = self.subscriptions.get_secret_value()
        return {name: str(value) for name, value in told.items() if value is not None}


def told_secret(environ: Mapping[str, str], name: str) -> SecretStr | None:
    """A secret of the environment, or of the file that `<name>_FILE` names; None without either. Raises OSError."""
    if value := environ.get(name):
        return SecretStr(value)
    path = environ.get(f"{name}_FILE")
    return SecretStr(Path(path).read_text("utf-8").strip()) if path else None


def _check_apart(url: str, store: Path) -> None:
    """Raises ValueError, which never repeats the address: it may hold a password."""
    try:
        made = make_url(url)
        kind = made.get_backend_name()
    except ArgumentError:
        kind = ""
    if kind not in ("sqlite", "postgresql"):
        raise ValueError("give --subscriptions as sqlite:////folder/file or postgresql+psycopg://user@host/database")
    if kind == "sqlite":
        if not made.database or made.database == ":memory:":
            raise ValueError("give --subscriptions a file that stays: sqlite:////folder/file")
        path = Path(made.database).resolve()
        if path.is_relative_to(store) or _PRIVATE_NAMES.intersection(part.lower() for part in path.parts[-3:-1]):
            raise ValueError("subscriptions need a folder of their own, neither the public nor the private one")
