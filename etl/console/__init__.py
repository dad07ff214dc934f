"""The steward's own page, for the internal network: what each source does, what is held, and what a person decides.

A small Dash app on its FastAPI backend. Pages are Dash components written on the server, acts are plain forms, and one
callback keeps what is under way up to date; everything but that works without script. Only this package of `etl`
imports Dash.
"""
