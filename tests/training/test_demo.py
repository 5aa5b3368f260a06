"""The demo content: what it fills, that it never touches what is real, and that nothing of it is left when it goes."""

from dataclasses import replace

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core import serializers

from recognizer import recognition, submissions, versions
from recognizer.models import (
    Decision,
    Deployment,
    Drawing,
    Evaluation,
    Label,
    Membership,
    ModelVersion,
    Prediction,
    Room,
    Visitor,
)
from recognizer.network import Network
from recognizer.recognition import LiveModel
from tests import admin_rows as rows
from tests.training.commands.asking import ask
from tests.training.making import weights_file
from training import demo, jobs, measuring, refreshing, snapshots
from training.demo import banner, networks, people, releases, seeding
from training.demo import made as making
from training.demo.made import Made
from training.export_filters import Filters
from training.models import Comparison, DayFigures, DayMark, DeletedDrawing, MeterReading, Snapshot, TrainingJob
from training.requests import JobError
from training.rooms import figures

COUNT = 160
QUICK = tuple(replace(version, images=min(version.images, 400), epochs=2) for version in releases.VERSIONS)


def quiet(doing: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


@pytest.fixture(scope="module")
def quick_content() -> Made:
    """Made once, of very little training: what takes time needs no database."""
    shipped = LiveModel(1, 1, Network.create("lenet-5x5", np.random.default_rng(1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "VERSIONS", QUICK)
        patch.setattr(networks, "VALIDATION_IMAGES", 50)
        return making.make(shipped, count=COUNT, seed=7, progress=quiet)


@pytest.fixture(autouse=True)
def site(db, settings, tmp_path, monkeypatch, quick_content, fresh_process) -> None:
    """An empty site with random weights as the shipped ones; the content is taken from where it lies ready."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR = folder

    def make(shipped: LiveModel, **options: object) -> Made:
        key = shipped.version_id
        answers = [replace(one, version_id=key) if one.version_id > 0 else one for one in quick_content.answers]
        return replace(quick_content, answers=answers)

    monkeypatch.setattr(making, "make", make)
    banner.forget()
    yield
    banner.forget()


@pytest.fixture
def filled() -> Deployment:
    """The site with its demo content; returns what was live before."""
    before = versions.live_deployment()
    demo.seed(drawings=COUNT)
    return before


def everything() -> dict[str, list[str]]:
    """Every row of the site that the demo content could have to do with."""
    models = [
        Visitor, Drawing, Prediction, Label, Decision, ModelVersion, Deployment, Evaluation, TrainingJob, Snapshot,
        DeletedDrawing, Comparison, MeterReading, User, Room, Membership,
    ]  # fmt: skip
    return {model.__name__: serializers.serialize("json", model.objects.order_by("pk")) for model in models}


def weights_files() -> set[str]:
    return set(ModelVersion._meta.get_field("weights").storage.listdir("versions")[1])


def real_drawing(**fields) -> Drawing:
    return rows.drawing(versions.live_deployment().version, **fields)


# What it fills


def test_every_state_of_a_label_is_there_to_see(filled):
    assert set(Label.objects.values_list("state", flat=True)) == set(Label.State)
    assert Drawing.objects.unlabelled().exists()
    assert Drawing.objects.wrong().exists()


def test_some_drawings_are_hidden_and_a_visitor_is_blocked(filled):
    assert Drawing.objects.filter(hidden_as=Drawing.Hidden.BY_PERSON).exists()
    blocked = Visitor.objects.get(blocked_at__isnull=False)
    assert not blocked.drawings.visible().exists()


def test_every_reviewed_label_has_a_decision_that_says_the_same(filled):
    for label in Label.objects.exclude(state=Label.State.UNREVIEWED):
        last = Decision.objects.filter(drawing_id=label.drawing_id, after__isnull=False).order_by("-pk").first()
        assert (last.after["digit"], last.after["state"]) == (label.digit, label.state)
        assert last.by == label.reviewed_by


def test_a_disputed_label_shows_how_a_decision_was_taken_back(filled):
    undo = Decision.objects.filter(kind=Decision.Kind.UNDO).first()
    assert undo.undoes.undone_at == undo.created_at


def test_there_is_a_room_with_members_who_drew_in_it(filled):
    room = Room.objects.get()
    assert room.memberships.count() == 8
    assert figures.of(room).said > 10


def test_what_people_drew_in_the_demos_room_stays_when_it_goes(filled):
    drawing = real_drawing()
    Drawing.objects.filter(pk=drawing.pk).update(room=Room.objects.get())
    demo.remove()
    drawing.refresh_from_db()
    assert (drawing.room, Room.objects.count(), Membership.objects.count()) == (None, 0, 0)


def test_there_is_a_job_in_each_state_that_ends_one_with_its_curve(filled):
    ended = {"succeeded", "failed", "cancelled"}
    assert set(TrainingJob.objects.values_list("state", flat=True)) == ended
    assert all(len(curve) > 1 for curve in TrainingJob.objects.values_list("curve", flat=True))


def test_drawings_were_answered_by_what_was_live_then(filled):
    releases_then = list(Deployment.objects.filter(is_demo=True).order_by("started_at"))
    for prediction in Prediction.objects.select_related("drawing"):
        begun = [row for row in releases_then if row.started_at <= prediction.drawing.created_at]
        assert prediction.version_id == begun[-1].version_id


def test_the_figures_of_a_version_are_what_it_reads(filled, quick_content):
    version = ModelVersion.objects.filter(is_demo=True).order_by("number").first()
    evaluation = Evaluation.objects.get(version=version, dataset=Evaluation.DRAWINGS)
    measured = Drawing.objects.accepted().filter(visitor__held_out=True)
    model = recognition.for_version(version)
    digits = [recognition.recognise(snapshots.seen_now(one), model).digit for one in measured]
    assert (evaluation.n, evaluation.correct) == (
        len(measured),
        sum(digit == one.label.digit for digit, one in zip(digits, measured, strict=True)),
    )


def test_days_spread_over_six_weeks(filled):
    oldest, newest = (Drawing.objects.order_by(order).first().created_at for order in ("created_at", "-created_at"))
    assert 30 < (newest - oldest).days <= people.DAYS


def test_the_same_seed_draws_the_same():
    those = people.people(5, seed=3)
    once, again = (people.drawings(those, 12, seed=3) for _ in range(2))
    other = people.drawings(those, 12, seed=4)
    images = [[one.submission.seen.image.tobytes() for one in drawn] for drawn in (once, again, other)]
    assert images[0] == images[1] != images[2]


# What is real stays apart


@pytest.mark.parametrize("make", [real_drawing, rows.job, lambda: rows.version(5)], ids=["drawing", "job", "version"])
def test_a_site_that_holds_anything_real_is_refused(make):
    make()
    before = everything()
    with pytest.raises(demo.DemoError, match=r"holds 1 (real drawing|real job|trained version)"):
        demo.seed(drawings=COUNT)
    assert everything()["ModelVersion"] == before["ModelVersion"]
    assert not demo.is_there()


def test_a_drawing_that_comes_while_the_content_is_made_stops_it(monkeypatch):
    versions.live_deployment()
    before, make = weights_files(), making.make

    def slow(*arguments, **options):
        real_drawing()
        return make(*arguments, **options)

    monkeypatch.setattr(making, "make", slow)
    with pytest.raises(demo.DemoError, match="1 real drawing"):
        demo.seed(drawings=COUNT)
    assert not demo.is_there()
    assert weights_files() == before


def test_what_fails_half_way_leaves_no_row_and_no_file(monkeypatch):
    versions.live_deployment()
    before, files = everything(), weights_files()

    def fail(*arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr(seeding, "_compare", fail)
    with pytest.raises(OSError, match="disk"):
        demo.seed(drawings=COUNT)
    assert everything() == before
    assert weights_files() == files


def test_there_is_only_one_demo_at_a_time(filled):
    with pytest.raises(demo.DemoError, match="already"):
        demo.seed(drawings=COUNT)


@pytest.mark.parametrize("count", [0, seeding.FEWEST - 1, seeding.MOST + 1])
def test_a_number_of_drawings_that_cannot_be_is_named(count):
    with pytest.raises(demo.DemoError, match=f"drawings is {count:,}"):
        demo.seed(drawings=count)


def test_nothing_of_it_trains_is_measured_on_or_exported(filled):
    assert Drawing.objects.with_accepted_label().exists()
    assert not snapshots.learnable().exists()
    assert not snapshots.held_out().exists()
    assert not measuring.answered(filled.version).exists()
    assert not Filters(state="all").rows().exists()


def test_the_shipped_version_is_live_and_there_is_no_way_back_to_a_demo_version(filled):
    assert versions.live_deployment().version == filled.version
    with pytest.raises(versions.VersionError, match="nothing to roll back to"):
        versions.rollback()


def test_no_demo_version_goes_live_or_is_trained_further(filled):
    version = ModelVersion.objects.filter(is_demo=True).first()
    with pytest.raises(versions.VersionError, match="demo content"):
        versions.promote(version)
    asked = {"kind": "fine-tune", "architecture": version.architecture, "epochs": 1, "learning_rate": 1e-4}
    with pytest.raises(JobError, match="demo content"):
        jobs.start(base=version, **asked)


def test_a_demo_job_is_not_tried_again(filled):
    assert not jobs.retry(TrainingJob.objects.get(state=TrainingJob.State.FAILED).pk)


def test_what_belongs_to_the_demo_says_so_in_its_name(filled):
    demo_rows = [model.objects.filter(is_demo=True).first() for model in (Visitor, ModelVersion, TrainingJob)]
    assert all(str(row).startswith("demo ") for row in demo_rows)


# Removing it


def test_removing_it_leaves_the_site_as_it_was(django_capture_on_commit_callbacks):
    versions.live_deployment()
    before, files = everything(), weights_files()
    demo.seed(drawings=COUNT)
    assert everything() != before
    with django_capture_on_commit_callbacks(execute=True):
        demo.remove()
    assert everything() == before
    assert weights_files() == files


def test_what_people_drew_meanwhile_stays(filled):
    drawing = real_drawing(means=7)
    demo.remove()
    assert list(Drawing.objects.all()) == [drawing]
    assert list(Visitor.objects.all()) == [drawing.visitor]


def test_a_real_version_that_went_live_meanwhile_stays_live(filled):
    version = rows.version(5)
    versions.promote(version)
    demo.remove()
    live = versions.live_deployment()
    assert (live.version, live.previous.version) == (version, filled.version)


def test_a_deleted_demo_drawing_leaves_no_trace_either(filled):
    listed = Drawing.objects.filter(visitor__held_out=False).accepted().order_by("pk").first()
    listed.delete()
    demo.remove()
    assert not DeletedDrawing.objects.exists()


# The command and the pages


def test_the_command_says_what_it_made_and_removed():
    answer = ask("seed_demo", "--drawings", COUNT, "--json").json
    assert answer["made"]["drawings"] == COUNT
    assert ask("seed_demo", "--remove").out.startswith(f"Removed: {answer['made']['visitors']} visitors, {COUNT} draw")


def test_removing_nothing_is_said_to_be_so():
    answer = ask("seed_demo", "--remove")
    assert (answer.status, answer.error) == (1, "There is no demo content to remove.")


def test_every_page_of_the_admin_says_that_there_is_demo_content(admin_client, client, settings):
    settings.DEMO_BANNER_SECONDS = 0.0
    address, words = "/admin/recognizer/drawing/", "manage.py seed_demo --remove"
    assert words not in admin_client.get(address).content.decode()
    demo.seed(drawings=COUNT)
    pages = [address, "/admin/", "/admin/password_change/", "/admin/training/trainingjob/"]
    assert all(words in admin_client.get(page).content.decode() for page in pages)
    assert words not in client.get("/admin/login/").content.decode()
    demo.remove()
    assert words not in admin_client.get(address).content.decode()


def test_visitors_are_not_told_of_demo_releases(filled, client):
    assert "Demo content" not in client.get("/model/").content.decode()


def test_demo_drawings_fit_what_the_site_takes():
    drawn = people.drawings(people.people(5, seed=0), 40, seed=0)
    for one in drawn:
        strokes = one.submission.strokes.as_json()
        assert submissions.of_strokes(**strokes).seen.image.tobytes() == one.submission.seen.image.tobytes()


def test_the_dashboard_counts_the_demo_and_forgets_it_with_its_removal(filled):
    refreshing.refresh(seconds=60)
    days = set(DayFigures.objects.filter(drawings__gt=0).values_list("day", flat=True))
    assert sum(DayFigures.objects.values_list("drawings", flat=True)) == COUNT
    DayMark.objects.all().delete()
    demo.remove()
    assert set(DayMark.objects.values_list("day", flat=True)) == days
    refreshing.refresh(seconds=60)
    assert not DayFigures.objects.filter(drawings__gt=0).exists()
