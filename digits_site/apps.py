"""Makes the site's own commands and checks known to Django; it holds no models."""

from django.apps import AppConfig, apps


class DigitsSiteConfig(AppConfig):
    name = "digits_site"
    verbose_name = "Site"

    def ready(self) -> None:
        from digits_site import model_names, production  # noqa: F401 (registers its check)
        from recognizer.model_names import give

        for label, names in model_names.NAMES.items():
            give(apps.get_app_config(label), names)
        for label, name in model_names.APPS.items():
            apps.get_app_config(label).verbose_name = name
