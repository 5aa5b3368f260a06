"""The app of training jobs: how new versions of the network come to be."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = gettext_lazy("Training")

    def ready(self) -> None:
        from recognizer import advice, learners, lives, told
        from recognizer.model_names import give

        # Some of them only have to be there: they hear of drawings that go.
        from training import (  # noqa: F401  # noqa: F401
            day_marks,
            deletions,
            export_files,
            groups,
            life_lines,
            model_names,
            sentences,
            traces,
            verdicts,
        )

        advice.register(verdicts.advise)
        give(self, model_names.NAMES)
        told.register(sentences.STORED)
        learners.register(deletions.learned_from)
        lives.register(life_lines.tell)
        pre_migrate.connect(groups.note, sender=self, dispatch_uid="training.groups.note")
        post_migrate.connect(groups.hand_out, sender=self, dispatch_uid="training.groups")
