"""Comparisons of two versions on the same images, with the gate's verdict.

Left out on purpose: the transitions between states. `training/comparisons.py` is the only writer of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models import Deployment, ModelVersion


class Comparison(models.Model):
    """A candidate beside a champion: who asked, how far it has come, what both answered, and what the gate says."""

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")

    # What was asked for
    candidate = models.ForeignKey(ModelVersion, models.CASCADE, related_name="comparisons")
    champion = models.ForeignKey(ModelVersion, models.CASCADE, related_name="comparisons_as_champion")
    live = models.ForeignKey(
        Deployment, models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="What was live when it was asked for, if that was the champion.",
    )  # fmt: skip
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    automatic = models.BooleanField(default=False, help_text="The one that the site itself makes of a new version.")
    promotes = models.BooleanField(default=False, help_text="The candidate goes live by itself if it passes.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # How far it has come
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    attempt = models.PositiveIntegerField(default=0)
    times_lost = models.PositiveIntegerField(default=0, help_text="How often its worker vanished without a word.")
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the queue was last told of it.")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="Images that were read.")
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    traceback = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # What became of it
    made_of = models.JSONField(
        null=True, blank=True, help_text="The limits, and which images there were: what has to be the same to count."
    )
    results = models.JSONField(default=dict, help_text="What both answered, counted: pairs by data set, latencies.")
    rules = models.JSONField(default=list, help_text="The gate's rules, with what was measured and what is allowed.")
    passed = models.BooleanField(null=True, blank=True)
    on_drawings = models.BooleanField(default=False, help_text="Enough held-out drawings stand behind the verdict.")
    verdict = models.CharField(max_length=500, blank=True)
    settled = models.BooleanField(default=False, help_text="Whether it was decided if the candidate goes live.")
    outcome = models.CharField(max_length=500, blank=True, help_text="What was decided, and why.")
    released = models.OneToOneField(Deployment, models.SET_NULL, null=True, blank=True, related_name="comparison")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["candidate", "champion", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "champion"],
                condition=Q(state__in=["queued", "running"]),
                name="one_unfinished_comparison_of_a_pair",
            ),
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(automatic=True), name="one_automatic_comparison_of_a_version"
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_expires_at__isnull=True)),
                name="comparison_runs_exactly_while_it_holds_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="done", passed__isnull=False) | (~Q(state="done") & Q(passed__isnull=True)),
                name="comparison_done_exactly_when_judged",
            ),
            models.CheckConstraint(
                condition=~Q(candidate=models.F("champion")), name="comparison_of_two_different_versions"
            ),
        ]

    def __str__(self) -> str:
        return _("comparison %(number)s") % {"number": self.pk}

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)
