"""The app of training jobs: how new versions of the network come to be."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from recognizer import advice, lives

        # Some of them only have to be there: they hear of drawings that go.
        from training import comparisons, deletions, export_files, groups, life_lines  # noqa: F401

        advice.register(comparisons.advise)
        lives.register(life_lines.tell)
        post_migrate.connect(groups.create, sender=self, dispatch_uid="training.groups")
