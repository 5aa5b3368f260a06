"""Wiring of the site: settings, addresses, processes. What the site does lives in `recognizer` and `training`."""

from digits_site.celery import app as celery_app

__all__ = ["celery_app"]
