"""The ASGI application, for any server: `uvicorn --factory portal.asgi:create` with HEARTHMAP_STORE set."""

import gc
import importlib
import logging
import os

from fastapi import FastAPI

from portal.app import create_app
from portal.settings import PortalSettings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def create() -> FastAPI:
    """The application over the store that the environment names, logging plain lines to standard error."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    importlib.import_module("scipy.stats")  # half a second, which no reader should wait
    app = create_app(PortalSettings.from_environment(os.environ))
    app.state.warm()
    gc.collect()
    gc.set_threshold(10_000, 20, 20)  # an answer makes a thousand objects, and none of them in a circle
    gc.freeze()  # all of this stays: looking it through for garbage would hold every answer up for 0.1 s
    return app
