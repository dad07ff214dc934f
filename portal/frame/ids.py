"""Ids that the frame owns. Pages keep their own beside their callbacks."""

LOCATION = "location"
PAGE = "page"
