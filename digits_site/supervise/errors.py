"""What keeps the site from starting, as a sentence for whoever started it."""


class StartError(Exception):
    """Says what is in the way, with the value, and what to do about it."""
