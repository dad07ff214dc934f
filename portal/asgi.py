"""The ASGI application, for any server: `uvicorn --factory portal.asgi:create` with HEARTHMAP_STORE set."""

import os

from fastapi import FastAPI

from portal.app import create_app
from portal.settings import PortalSettings


def create() -> FastAPI:
    """The application over the store that the environment names."""
    return create_app(PortalSettings.from_environment(os.environ))
