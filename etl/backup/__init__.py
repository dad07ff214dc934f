"""Backup and restore of everything that cannot be fetched again: keys, book, measurements, ledger, zones, releases.

Feed copies and the vault are left out unless asked for: they are records, can be fetched again, and a record that is
withdrawn tomorrow must not live on in yesterday's backup.
"""

from etl.backup.archive import Backup, restore, write_backup

__all__ = ["Backup", "restore", "write_backup"]
