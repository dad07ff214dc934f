"""What `[connector]` may say of feeds over HTTP: what all kinds share."""

from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from etl.city.models import Declaration

SECRET_NAME = r"^[A-Z][A-Z0-9_]*$"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


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
    allow_http: bool = Field(default=False, description="Allow an address that is not encrypted (http).")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not self.allow_http and not is_loopback(parts.hostname or ""):
            raise ValueError("the address is not encrypted: use https, or say `allow_http = true`")
        return self
