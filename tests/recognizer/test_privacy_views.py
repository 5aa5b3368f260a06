import pytest

from recognizer.models import Drawing, Room

pytestmark = pytest.mark.django_db


def page(browser, path: str = "/privacy/") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_every_page_links_to_what_is_stored(visitor):
    for path in ("/", "/drawings/", "/model/", "/privacy/", "/no/such/page"):
        assert 'href="/privacy/"' in visitor.get(path).content.decode()


def test_a_stranger_is_told_that_nothing_is_stored(visitor):
    text = page(visitor)
    assert "no drawing was submitted from this browser" in text
    assert "Delete everything" not in text


def test_a_visitor_sees_the_own_numbers(visitor):
    visitor.label(visitor.draw()["id"], {"label": 7})
    text = page(visitor)
    assert "<dt>Drawings</dt><dd>1</dd>" in text
    assert 'href="/api/v1/me/export"' in text


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("ADDRESS_DAYS", 12.0, "12 days after it was last seen"),
        ("EXPORT_KEEP_DAYS", 3.0, "are kept for 3 days"),
        ("BACKUP_KEEP_DAYS", 44, "until they are 44 days old"),
        ("INACTIVE_VISITOR_DAYS", 500.0, "have been away for 500 days"),
        ("VISITOR_COOKIE_AGE_SECONDS", 86400 * 9, "9 days after your last drawing"),
        ("LABEL_AGREEMENT", 2, "Other visitors only if you allow it"),
        ("OPERATOR_NAME", "The Museum of Digits", "The Museum of Digits"),
        ("OPERATOR_CONTACT", "digits@example.org", 'href="mailto:digits@example.org"'),
    ],
)
def test_what_it_says_is_what_the_settings_say(visitor, settings, setting, value, said):
    before = page(visitor)
    setattr(settings, setting, value)
    assert said not in before
    assert said in page(visitor)


def test_a_member_of_a_room_reads_so_and_who_sees_it(visitor):
    room = Room.objects.create(code="BCD234", name="7b")
    assert "Rooms that you are or were in" not in page(visitor)
    visitor.post(f"/rooms/{room.code}/join/", {"shares": "no"})
    text = page(visitor)
    assert "<dt>Rooms that you are or were in</dt><dd>1</dd>" in text
    assert "A teacher can take a room along as a file" in text


def test_a_contact_cannot_bring_markup_or_a_script_along(visitor, settings):
    settings.OPERATOR_CONTACT = "javascript:alert(1)<b>"
    text = page(visitor)
    assert "<b>" not in text
    assert 'href="javascript' not in text


def test_the_question_comes_before_anything_is_deleted(visitor):
    visitor.draw()
    assert "cannot be undone" in page(visitor, "/privacy/delete/")
    assert Drawing.objects.exists()


def test_without_the_tick_nothing_is_deleted_and_it_is_said(visitor):
    visitor.draw()
    answer = visitor.post("/privacy/delete/")
    assert "Nothing was deleted" in answer.content.decode()
    assert Drawing.objects.exists()


def test_with_the_tick_everything_is_deleted_without_a_script(visitor):
    visitor.draw()
    answer = visitor.post("/privacy/delete/", {"sure": "yes"}, follow=True)
    assert "Everything is deleted" in answer.content.decode()
    assert not Drawing.objects.exists()


def test_a_forged_form_deletes_nothing(visitor):
    visitor.draw()
    visitor.cookies.pop("csrftoken")
    assert visitor.post("/privacy/delete/", {"sure": "yes"}).status_code == 403
    assert Drawing.objects.exists()


def test_a_made_up_address_of_a_deletion_leads_nowhere(visitor):
    assert visitor.get("/privacy/deleted/made-up/").status_code == 404


def test_search_engines_are_kept_off_what_is_personal(visitor):
    text = visitor.get("/robots.txt").content.decode()
    for path in ("/admin/", "/api/", "/drawings/"):
        assert f"Disallow: {path}\n" in text


def test_where_to_report_a_weakness_is_said_once_it_is_set(visitor, settings):
    assert visitor.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "security@example.org"
    text = visitor.get("/.well-known/security.txt").content.decode()
    assert text.startswith("Contact: mailto:security@example.org\nExpires: 2")
