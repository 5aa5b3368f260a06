"""The ready-made groups as data: whom each is for, and what it may do, permission by permission.

Left out on purpose: putting them into the database, which `groups.py` does, and what only a superuser may do: deleting
drawings and versions, and saying who belongs to which group."""

from dataclasses import dataclass

# Whoever works on the site sees all of it.
SEE = tuple(
    f"{app}.view_{model}"
    for app, models in {
        "recognizer": "visitor drawing prediction label decision bulkreview bannedshape modelversion deployment "
        "evaluation room",
        "training": "trainingjob epochresult snapshot deleteddrawing yardstick measurement measurementchunk "
        "meterreading comparison export scheduledstart cleanup",
    }.items()
    for model in models.split()
)


@dataclass(frozen=True)
class Role:
    """A group: `does` are the permissions that it has beyond seeing, if it `sees` the admin's desks at all."""

    name: str
    words: str
    does: tuple[str, ...] = ()
    sees: bool = True

    @property
    def permissions(self) -> tuple[str, ...]:
        return (SEE if self.sees else ()) + self.does


ROLES = (
    Role("viewer", "sees every desk and page, and changes nothing"),
    Role(
        "reviewer",
        "decides what drawings show, one by one or many at once, and hides what nobody should be shown",
        ("recognizer.review_label", "recognizer.bulk_review_label", "recognizer.moderate_drawing"),
    ),
    Role(
        "trainer",
        "starts and steers trainings and measurements, brings yardsticks, makes room on the disk",
        (
            "training.start_trainingjob",
            "training.cancel_trainingjob",
            "training.start_measurement",
            "training.import_yardstick",
            "training.run_cleanup",
        ),
    ),
    Role(
        "exporter",
        "takes drawings out of the site as files",
        ("training.start_export", "training.cancel_export", "training.download_export"),
    ),
    Role("releaser", "decides which version answers the visitors", ("recognizer.release_modelversion",)),
    Role(
        "teacher",
        "makes rooms and runs them: sees, reviews, trains on and deletes what is drawn there, and nothing else",
        ("recognizer.run_room",),
        sees=False,
    ),
)
