"""Backups of all that the site could not make again: rows of every table, uploads, weights and yardsticks.

One format for both databases, so that a backup also moves a site from one to the other. Left out on purpose: what is
made again from that (packed snapshots, facts of drawings), what ends by itself (exports' files, logins), and keys."""

from training.backups.errors import BackupError

__all__ = ["BackupError"]
