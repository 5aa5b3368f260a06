"""The app of training jobs: how new versions of the network come to be."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from recognizer import advice
        from training import (  # noqa: F401 (they hear of drawings that change or go)
            comparisons,
            day_marks,
            deletions,
            export_files,
            groups,
        )

        advice.register(comparisons.advise)
        post_migrate.connect(groups.create, sender=self, dispatch_uid="training.groups")
