"""Ready-made groups, so that an admin hands out work without knowing the permissions one by one.

Left out on purpose: keeping them as they are. Who changes or renames a group of an existing site has reasons to."""

from typing import Any

# Whoever works on the site sees all of it.
VIEWER = [
    f"view_{model}"
    for model in (
        "visitor", "drawing", "prediction", "label", "modelversion", "deployment", "evaluation", "trainingjob",
        "epochresult", "snapshot", "deleteddrawing", "yardstick", "measurement", "measurementchunk", "meterreading",
        "comparison", "export", "scheduledstart", "cleanup",
    )
]  # fmt: skip
GROUPS = {
    "viewer": VIEWER,
    "reviewer": [*VIEWER, "review_label"],
    "trainer": [
        *VIEWER,
        "start_trainingjob",
        "cancel_trainingjob",
        "start_measurement",
        "import_yardstick",
        "run_cleanup",
    ],
    "exporter": [*VIEWER, "start_export", "cancel_export", "download_export"],
    "releaser": [*VIEWER, "release_modelversion"],
}


def create(using: str, **kwargs: Any) -> None:
    """Create the groups that are missing, after `migrate` made the permissions of all apps."""
    from django.contrib.auth.models import Group, Permission

    for name, codenames in GROUPS.items():
        group, is_new = Group.objects.using(using).get_or_create(name=name)
        if is_new:
            of_ours = {"content_type__app_label__in": ["recognizer", "training"]}
            group.permissions.set(Permission.objects.using(using).filter(codename__in=codenames, **of_ours))
