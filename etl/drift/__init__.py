"""Drift: what a feed looked like, how it differs from the last one that was accepted, and whether that holds the run.

A profile is counts and shares, never a record's value. The steward decides on what was held: see `etl.drift.decide`.
"""
