"""The app of drawings, predictions, labels and the versions of the network that read them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class RecognizerConfig(AppConfig):
    name = "recognizer"
    verbose_name = "Recogniser"

    def ready(self) -> None:
        from recognizer import drawings, emptying, facts, handing_over  # noqa: F401 (they hear of what goes)

        pre_migrate.connect(facts.before_migrations, sender=self, dispatch_uid="recognizer.facts")
        post_migrate.connect(facts.after_migrations, sender=self, dispatch_uid="recognizer.facts")
