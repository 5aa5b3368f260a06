"""The app of training jobs: how new versions of the network come to be."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from recognizer import advice, learners
        from training import comparisons, deletions, export_files, groups  # noqa: F401 (they hear of drawings that go)

        advice.register(comparisons.advise)
        learners.register(deletions.learned_from)
        pre_migrate.connect(groups.note, sender=self, dispatch_uid="training.groups.note")
        post_migrate.connect(groups.hand_out, sender=self, dispatch_uid="training.groups")
