"""The audit: attacks, written as an intruder would, on everything ever published, before anything more is."""
