"""Makes the site's own commands known to Django; it holds no models."""

from django.apps import AppConfig


class DigitsSiteConfig(AppConfig):
    name = "digits_site"
    verbose_name = "Site"
