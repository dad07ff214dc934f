"""Records that are taken back: remembered by keyed hash, and out of everything that is kept."""
