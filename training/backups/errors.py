"""What goes wrong with backups and people can mend."""


class BackupError(ValueError):
    """A backup cannot be made, read or restored; the message says why and what to do."""
