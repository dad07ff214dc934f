"""Measuring protected topics: bounding, noise, the ledger, what is stored once, and what follows from it by sums."""
