"""Counting what concerns no home: exact, straight from records, on a key set fixed beforehand."""
