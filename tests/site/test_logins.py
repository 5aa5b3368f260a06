"""Who may come in as staff: passwords and codes that are tried, how passwords are kept, how long sessions hold."""

import json
import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from digits_site import settings as real
from digits_site.logins import codes, lockout, sessions
from recognizer.models import Room

PASSWORD = "a long sentence of words"
LOGIN = "/admin/login/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def device(staff) -> TOTPDevice:
    return TOTPDevice.objects.create(user=staff, name="app", confirmed=True)


def log_in(client: Client, *, password: str = PASSWORD, name: str = "ada", **fields: str):
    extra = {key: fields.pop(key) for key in ("REMOTE_ADDR",) if key in fields}
    return client.post(LOGIN, {"username": name, "password": password} | fields, **extra)


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift):06}"


# Wrong passwords


def test_a_password_lets_in(client, staff):
    assert log_in(client).status_code == 302
    assert is_in(client)


def test_wrong_passwords_shut_the_login_and_say_for_how_long(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 3
    answers = [log_in(client, password="wrong") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "shut for 15 minutes" in answers[-1].content.decode()
    assert 800 < int(answers[-1]["Retry-After"]) <= 900


def test_while_it_is_shut_the_right_password_does_not_help(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 1
    log_in(client, password="wrong")
    assert log_in(client).status_code == 429
    assert not is_in(client)


def test_trying_on_does_not_keep_it_shut_for_longer(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 1
    log_in(client, password="wrong")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=14))
    assert int(log_in(client)["Retry-After"]) <= 60


def test_after_the_time_it_opens_by_itself(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 1
    log_in(client, password="wrong")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16))
    assert log_in(client).status_code == 302


def test_nobody_is_shut_out_by_wrong_passwords_from_elsewhere(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 1
    log_in(Client(), password="wrong", REMOTE_ADDR="203.0.113.9")
    assert log_in(client).status_code == 302


def test_another_name_from_the_same_address_is_not_shut(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 1
    log_in(client, password="wrong", name="somebody")
    assert log_in(client).status_code == 302


def test_a_superuser_opens_it_again_in_the_admin(client, staff, settings):
    settings.AXES_FAILURE_LIMIT = 1
    log_in(client, password="wrong")
    attempt = AccessAttempt.objects.get()
    other = Client()
    other.force_login(User.objects.create_superuser("grace"))
    assert "ada" in other.get("/admin/axes/accessattempt/").content.decode()
    other.post(f"/admin/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})
    assert log_in(client).status_code == 302


def test_a_success_forgets_the_failures(client, staff):
    log_in(client, password="wrong")
    log_in(client)
    assert AccessAttempt.objects.count() == 0


def test_the_address_is_kept_as_a_keyed_hash(client, staff):
    log_in(client, password="wrong", REMOTE_ADDR="203.0.113.9")
    kept = AccessAttempt.objects.get().ip_address
    assert kept.startswith("fd")
    assert kept == lockout.hashed_address(RequestFactory().get("/", REMOTE_ADDR="203.0.113.9"))


def test_another_key_gives_another_hash(settings):
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    before = lockout.hashed_address(request)
    settings.SECRET_KEY = "another"
    assert lockout.hashed_address(request) != before


def test_the_password_is_not_kept_with_the_failure(client, staff):
    log_in(client, password="nearly the right one")
    assert "nearly" not in AccessAttempt.objects.get().post_data


def test_the_log_says_that_a_login_failed_and_nothing_of_who_tried(client, staff, settings, written):
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(3):
        log_in(client, name="hunter2 by mistake", password="nearly the right one", REMOTE_ADDR="203.0.113.9")
    hashed = AccessAttempt.objects.get().ip_address
    said = [json.loads(line) for line in written if line.startswith("{") and '"axes' in line]
    assert [line["level"] for line in said] == ["WARNING"] * 3  # two that failed, and the lock
    assert all(line["request_id"] for line in said)
    text = "\n".join(written)
    assert [secret for secret in ("hunter2", "nearly", "203.0.113", hashed) if secret in text] == []


def test_neither_does_it_say_whose_code_was_wrong(client, staff, device, written):
    log_in(client, code="481632")
    text = "\n".join(written)
    assert "login failure" in text
    assert [secret for secret in ("ada", "481632", PASSWORD, "127.0.0.1") if secret in text] == []


def test_nor_is_a_recovery_code_that_came_with_a_wrong_password(client, staff, device):
    code = codes.new_recovery_codes(staff)[0]
    log_in(client, password="wrong", code=code)
    assert code not in AccessAttempt.objects.get().post_data


def test_an_address_may_try_so_often_only(client, staff, settings):
    cache.clear()
    settings.THROTTLE_SCALE, settings.THROTTLES = 1.0, settings.THROTTLES | {"logins": (0, 2, 0)}
    answers = [log_in(client, password="wrong", name=f"name {n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "from your network, which may send 2 a minute" in answers[-1].content.decode()
    assert int(answers[-1]["Retry-After"]) >= 1


# Passwords


def test_passwords_are_kept_by_argon2(settings, client, staff):
    settings.PASSWORD_HASHERS = real.PASSWORD_HASHERS
    staff.set_password(PASSWORD)
    assert staff.password.startswith("argon2$argon2id$v=19$m=38912,t=2,p=1$")
    assert staff.check_password(PASSWORD)


def test_an_older_hash_is_turned_into_argon2_at_the_next_login(settings, client, staff):
    settings.PASSWORD_HASHERS = real.PASSWORD_HASHERS
    User.objects.update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt" * 8, 1000))
    assert log_in(client).status_code == 302
    assert User.objects.get().password.startswith("argon2$")
    assert is_in(client)


@pytest.mark.parametrize("password", ["elevenchars", "password1234", "123456789012"])
def test_short_and_common_passwords_are_refused(settings, password):
    with pytest.raises(ValidationError):
        validate_password(password)


def test_twelve_characters_are_enough():
    validate_password("mossy kettle")


# Sessions


def test_a_login_changes_the_session(client, staff):
    client.force_login(staff)
    before = client.session.session_key
    log_in(client)
    assert client.session.session_key != before


def test_another_password_ends_all_other_sessions(client, staff):
    log_in(client)
    other = Client()
    log_in(other)
    new = "quite another sentence"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", fields).status_code == 302
    assert (is_in(client), is_in(other)) == (True, False)


@pytest.mark.parametrize(("name", "minutes"), [(sessions.SEEN, 61), (sessions.SINCE, 12 * 60 + 1)])
def test_a_session_ends_after_its_time(client, staff, name, minutes):
    log_in(client)
    session = client.session
    session[name] = int(time.time()) - 60 * minutes
    session.save()
    response = client.get("/admin/recognizer/drawing/?q=7")
    assert response.status_code == 302
    assert response["Location"] == "/admin/login/?next=/admin/recognizer/drawing/%3Fq%3D7"
    assert not is_in(client)


def test_a_session_that_is_used_stays(client, staff):
    log_in(client)
    session = client.session
    session[sessions.SEEN] = int(time.time()) - 60 * 59
    session.save()
    assert is_in(client)
    assert client.session[sessions.SEEN] > time.time() - 60


def test_a_session_of_an_older_release_is_timed_from_now_on(client, staff):
    log_in(client)
    session = client.session
    del session[sessions.SINCE], session[sessions.SEEN]
    session.save()
    assert is_in(client)
    assert client.session[sessions.SINCE] > time.time() - 60


def test_the_cookie_is_for_this_host_and_no_script(client, staff, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = log_in(client).cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", 12 * 3600)


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_after_logging_in_nobody_is_led_elsewhere(client, staff, next_page):
    assert log_in(client, next=next_page)["Location"] == "/admin/"


# One-time codes


def test_who_has_an_app_needs_its_code(client, staff, device):
    response = log_in(client)
    assert "Enter the one-time code" in response.content.decode()
    assert not is_in(client)
    assert log_in(client, code=code_of(device)).status_code == 302
    assert is_in(client)


def test_a_code_works_once(client, staff, device):
    code = code_of(device)
    log_in(client, code=code)
    other = Client()
    assert "wrong or used up" in log_in(other, code=code).content.decode()
    assert not is_in(other)


def test_a_recovery_code_works_once_too(client, staff, device):
    first, *_ = codes.new_recovery_codes(staff)
    assert log_in(client, code=f" {first[:8].upper()}-{first[8:]} ").status_code == 302
    assert log_in(Client(), code=first).status_code == 200
    assert codes.recovery_codes_left(staff) == 9


def test_somebody_elses_code_does_not_help(client, staff, device):
    other = TOTPDevice.objects.create(user=User.objects.create_user("grace"), confirmed=True)
    log_in(client, code=code_of(other))
    assert not is_in(client)


def test_wrong_codes_count_as_wrong_passwords(client, staff, device, settings):
    settings.AXES_FAILURE_LIMIT = 2
    answers = [log_in(client, code="000000").status_code for _ in range(2)]
    assert answers == [200, 429]


def test_without_the_password_no_code_is_asked_for(client, staff, device):
    assert "Enter the one-time code of your app" not in log_in(client, password="wrong").content.decode()


def test_where_codes_are_off_the_password_lets_in(client, staff, device, settings):
    settings.STAFF_TOTP = "off"
    assert log_in(client).status_code == 302
    assert client.get("/admin/two-factor/").status_code == 404


def test_an_app_is_set_up_on_its_page(client, staff):
    log_in(client)
    page = client.get("/admin/two-factor/").content.decode()
    device = TOTPDevice.objects.get()
    assert codes.secret(device) in page
    assert "data:image/svg+xml;base64," in page
    assert client.post("/admin/two-factor/", {"code": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    shown = client.post("/admin/two-factor/", {"code": code_of(device)}).content.decode()
    assert shown.count("<li><code>") == codes.RECOVERY_CODES
    assert TOTPDevice.objects.get().confirmed
    assert is_in(client)


def test_a_reload_shows_the_same_secret(client, staff):
    log_in(client)
    client.get("/admin/two-factor/")
    client.get("/admin/two-factor/")
    assert TOTPDevice.objects.count() == 1


def test_setting_it_up_ends_the_other_sessions(client, staff):
    other, stranger = Client(), Client()
    stranger.force_login(User.objects.create_superuser("grace"))
    log_in(client)
    log_in(other)
    client.get("/admin/two-factor/")
    client.post("/admin/two-factor/", {"code": code_of(TOTPDevice.objects.get())})
    assert (is_in(client), is_in(other), is_in(stranger)) == (True, False, True)


def test_recovery_codes_are_shown_once_and_not_kept_on_the_page(client, staff, device):
    codes.new_recovery_codes(staff)
    log_in(client, code=code_of(device))
    page = client.get("/admin/two-factor/").content.decode()
    assert "10 recovery codes are left" in page
    assert not any(token.token in page for token in StaticDevice.objects.get().token_set.all())


def test_removing_it_asks_for_a_code(client, staff, device):
    first, second, *_ = codes.new_recovery_codes(staff)
    log_in(client, code=first)
    assert client.post("/admin/two-factor/", {"do": "remove", "code": "wrong"}).status_code == 422
    StaticDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post("/admin/two-factor/", {"do": "remove", "code": second}).status_code == 302
    assert TOTPDevice.objects.count() == 0


def test_new_recovery_codes_void_the_old_ones(client, staff, device):
    first, second, third, *_ = codes.new_recovery_codes(staff)
    log_in(client, code=first)
    assert "Your recovery codes" in client.post("/admin/two-factor/", {"do": "codes", "code": second}).content.decode()
    assert codes.verified(staff, third) is None


def test_where_codes_are_required_everybody_is_led_to_set_them_up(client, staff, settings):
    settings.STAFF_TOTP = "required"
    log_in(client)
    assert client.get("/admin/recognizer/drawing/")["Location"] == "/admin/two-factor/"
    assert client.get("/admin/two-factor/").status_code == 200
    client.post("/admin/two-factor/", {"code": code_of(TOTPDevice.objects.get())})
    assert is_in(client)


def test_where_codes_are_required_the_desk_of_rooms_asks_for_one_too(client, staff, settings):
    settings.STAFF_TOTP = "required"
    log_in(client)
    assert client.get("/rooms/desk/")["Location"] == "/admin/two-factor/"
    assert client.get("/rooms/").status_code == 200


def test_where_codes_are_required_a_password_alone_shows_a_teacher_no_more_than_anybody(client, staff, settings):
    room = Room.objects.create(code="BCD234", name="7b", owner=staff)
    log_in(client)

    def status() -> int:
        return client.get(f"/rooms/{room.code}/figures/", {"all": "yes"}).status_code

    assert status() == 200
    settings.STAFF_TOTP = "required"
    assert status() == 404
    assert client.get(f"/rooms/{room.code}/").status_code == 200  # where anybody may join
    client.get("/admin/two-factor/")
    client.post("/admin/two-factor/", {"code": code_of(TOTPDevice.objects.get())})
    assert status() == 200


def test_where_they_become_required_a_session_without_one_ends(client, staff, device, settings):
    client.force_login(staff)
    assert is_in(client)
    settings.STAFF_TOTP = "required"
    assert client.get("/admin/")["Location"].startswith(LOGIN)


def test_a_lost_phone_is_forgotten_by_a_command(client, staff, device, capsys):
    client.force_login(staff)
    call_command("remove_second_factor", "ada")
    assert "is removed" in capsys.readouterr().out
    assert not is_in(client)
    assert log_in(client).status_code == 302


def test_the_command_names_whom_it_does_not_know():
    with pytest.raises(CommandError, match="Nobody is called 'nobody'"):
        call_command("remove_second_factor", "nobody")


def test_visitors_pass_by_without_a_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200
