"""The store of releases: its columns, its one writer and its reader."""
