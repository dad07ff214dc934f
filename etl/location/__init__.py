"""Placing an address by more than its own address point: the postal way of writing, streets, an outside service."""
