"""The app of drawings, predictions, labels and the versions of the network that read them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy


class RecognizerConfig(AppConfig):
    name = "recognizer"
    verbose_name = gettext_lazy("Recogniser")

    def ready(self) -> None:
        from recognizer import drawings, emptying, facts, handing_over, model_names  # noqa: F401 (they hear of what goes)

        model_names.give(self, model_names.NAMES)
        pre_migrate.connect(facts.before_migrations, sender=self, dispatch_uid="recognizer.facts")
        post_migrate.connect(facts.after_migrations, sender=self, dispatch_uid="recognizer.facts")
