"""Lists of the admin take whatever their addresses say: a mistyped one is no error of the site."""

import pytest
from django.urls import reverse

from tests.site.access_rows import one_of_each

pytestmark = pytest.mark.django_db

TOO_LONG = "9223372036854775808"
LISTS = {
    "recognizer_evaluation": ["version", "version__id__exact", "dataset"],
    "recognizer_bulkreview": ["by", "state"],
    "recognizer_drawing": ["visitor", "version", "shape", "counted", "means"],
    "auth_user": ["groups", "groups__id__exact"],
    "auth_group": ["permissions"],
    "axes_accessattempt": ["failures_since_start"],
    "training_measurement": ["by", "version"],
    "training_snapshot": ["jobs", "by"],
    "training_cleanup": ["by"],
    "training_yardstick": ["imported_by"],
}


@pytest.mark.parametrize("value", [TOO_LONG, f"-{TOO_LONG}", "abc", "", "%00", "\u0665"])
@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in LISTS.items() for field in fields])
def test_any_value_is_answered(admin_client, name, field, value):
    answer = admin_client.get(reverse(f"admin:{name}_changelist"), {field: value}, follow=True)
    assert answer.status_code in (200, 400)


def test_a_number_that_is_too_long_is_left_out_of_the_address(admin_client):
    answer = admin_client.get(reverse("admin:training_snapshot_changelist"), {"by": TOO_LONG, "q": "x"})
    assert answer["Location"] == f"{reverse('admin:training_snapshot_changelist')}?q=x"


@pytest.mark.parametrize(("name", "field"), [("recognizer_bulkreview", "ids"), ("recognizer_decision", "before")])
def test_columns_of_lists_are_nothing_to_look_for(admin_client, name, field):
    one_of_each()
    assert admin_client.get(reverse(f"admin:{name}_changelist"), {field: "abc"}).status_code == 400


@pytest.mark.parametrize("filters", ["abc", ["a"], 7, True])
def test_filters_of_the_queue_that_are_no_object_are_refused_in_words(admin_client, filters):
    address = reverse("admin:recognizer_drawing_review") + "cards/"
    body = {"page": "00000000-0000-4000-8000-000000000000", "filters": filters, "count": 1, "besides": []}
    answer = admin_client.post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert "send an object with the names of filters" in answer.json()["error"]
