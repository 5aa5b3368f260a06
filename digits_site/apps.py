"""Makes the site's own commands and checks known to Django; it holds no models."""

from django.apps import AppConfig


class DigitsSiteConfig(AppConfig):
    name = "digits_site"
    verbose_name = "Site"

    def ready(self) -> None:
        from digits_site import production  # noqa: F401 (registers its check)
