"""What `[connector]` may say of feeds over HTTP: what all kinds share, files, and open data portals."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import inet_aton
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from etl.city.fileformats import FileFormat
from etl.city.models import Declaration, Text

SECRET_NAME = r"^[A-Z][A-Z0-9_]*$"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, however it is written: `127.1`, `::ffff:127.0.0.1`, `localhost.`."""
    name = host.strip("[]").rstrip(".").lower()
    address = _address(name)
    if address is None:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def is_link_local(host: str) -> bool:
    """Whether a host is an address that only machines next to this one have, such as a cloud's store of secrets."""
    address = _address(host.strip("[]").rstrip("."))
    return address is not None and address.is_link_local


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """The address that stands there, as the system reads it; None for a name."""
    try:
        address = ip_address(name)
    except ValueError:
        try:
            address = IPv4Address(inet_aton(name))
        except (OSError, ValueError):
            return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise ValueError("not an address such as https://data.example.gov/feed.csv") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("not an address such as https://data.example.gov/feed.csv")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a password does not belong into an address: name its variable as `secret`")
    return url


Url = Annotated[str, AfterValidator(_web_address)]
SecretName = Annotated[str, Field(pattern=SECRET_NAME)]


class WebConnector(Declaration):
    """What every feed over HTTP has in common."""

    url: Url = Field(description="Address, https.")
    secret: SecretName | None = Field(
        default=None,
        description="Environment variable that holds the token or password; `<name>_FILE` may name a file instead.",
    )
    timeout_seconds: float = Field(default=60, gt=0, le=3600, description="Longest silence of the server.")
    tries: int = Field(default=5, ge=1, le=20, description="How often a request that failed is sent in all.")
    per_second: float = Field(default=4, gt=0, le=100, description="Most requests in a second.")
    private_hosts: tuple[Text, ...] = Field(
        default=(),
        description="Hosts of a private network to which a public server may send on.",
    )
    allow_http: bool = Field(default=False, description="Allow an address that is not encrypted (http).")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not self.allow_http and not is_loopback(parts.hostname or ""):
            raise ValueError("the address is not encrypted: use https, or say `allow_http = true`")
        return self


class HttpConnector(WebConnector):
    """A file on a web server; asked for again only if it changed, where the server can tell."""

    kind: Literal["http"] = Field(description="Kind of feed.")
    url: Url = Field(description="Address of the file, https.")
    file: FileFormat = Field(description="How the file is read: `kind` and the keys of that kind, without `path`.")
    header: Text = Field(
        default="Authorization: Bearer {secret}",
        pattern=r"^[A-Za-z0-9-]+: [^\r\n]*\{secret\}[^\r\n{}]*$",
        description="With `secret`: the header that carries it.",
    )
    user: Text | None = Field(default=None, description="With `secret`: user of a server that asks for a password.")


class SocrataDeletions(Declaration):
    """A dataset that lists the records which are gone."""

    dataset: Text = Field(pattern=r"^[a-z0-9]{4}-[a-z0-9]{4}$", description="Identifier of the dataset.")
    column: Text = Field(description="Its column with the ids of records, as the feed's own id column has them.")


class SocrataConnector(WebConnector):
    """A dataset of a Socrata portal (SODA 2), in pages by `:id`; changes by `:updated_at`."""

    kind: Literal["socrata"] = Field(description="Kind of feed.")
    url: Url = Field(description="Address of the portal, such as https://data.example.gov.")
    dataset: Text = Field(pattern=r"^[a-z0-9]{4}-[a-z0-9]{4}$", description="Identifier of the dataset (abcd-1234).")
    where: Text | None = Field(default=None, description="Condition (SoQL) for the rows that are asked for.")
    page_rows: int = Field(default=10_000, ge=1, le=50_000, description="Rows of a page; less where it is too much.")
    deletions: SocrataDeletions | None = Field(default=None, description="Where the portal lists what is gone.")


class CkanConnector(WebConnector):
    """A resource of a CKAN portal: the rows of its datastore, or its file."""

    kind: Literal["ckan"] = Field(description="Kind of feed.")
    url: Url = Field(description="Address of the portal, such as https://data.example.gov.")
    resource: Text = Field(pattern=r"^[A-Za-z0-9_-]+$", description="Identifier of the resource.")
    file: FileFormat | None = Field(
        default=None,
        description="Download the resource's file, and read it so: `kind` and the keys of that kind, without `path`. "
        "Without it, the rows of the datastore.",
    )
    sql: bool = Field(default=False, description="Whether the portal answers queries in SQL (many do not).")
    changed_column: Text | None = Field(
        default=None, description="With `sql`: the column with the moment of a row's last change; gives changes."
    )
    page_rows: int = Field(default=10_000, ge=1, le=32_000, description="Rows of a page; less where it is too much.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.changed_column and not self.sql:
            raise ValueError("`changed_column` needs `sql = true`")
        if self.file and self.sql:
            raise ValueError("give either `file` or `sql`")
        return self
