"""No page and no unknown address reads a large body, not even to look for its CSRF token."""

from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.recognizer.conftest import fresh_process, shipped  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

BODY = "multipart/form-data; boundary=b"
PAGES = ["/i18n/language/", "/privacy/delete/", "/admin/login/", "/rooms/", "/", "/drawings/", "/metrics", "/no/page"]


class Unread(BytesIO):
    """A body that tells how much of it was read."""

    taken = 0

    def read(self, *args: int) -> bytes:
        part = super().read(*args)
        self.taken += len(part)
        return part

    def readline(self, *args: int) -> bytes:
        return self.read(*args)


def send(client: Client, path: str, size: int, **more: str) -> tuple[int, int, str]:
    """The status, how many bytes were read, and the text."""
    body = Unread(b"x" * size)
    token = client.get("/api/v1/model").cookies
    client.cookies.update(token)
    more |= {"HTTP_X_CSRFTOKEN": client.cookies["csrftoken"].value}
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": body, "CONTENT_LENGTH": str(size), "CONTENT_TYPE": BODY} | more
    answer = client.request(PATH_INFO=path, **environ)
    return answer.status_code, body.taken, answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_refuses_a_large_form_unread(client, settings, path):
    status, taken, text = send(client, path, settings.MAX_FORM_BYTES + 1)
    assert (status, taken) == (413, 0)
    assert "the most is 1048576: send less at once." in text


def test_an_unknown_address_of_the_api_reads_nothing(client):
    assert send(client, "/api/v1/nonexist", 3_000_000)[:2] == (404, 0)


@pytest.mark.parametrize(
    ("more", "status"),
    [({"HTTP_TRANSFER_ENCODING": "chunked"}, 411), ({"HTTP_CONTENT_ENCODING": "gzip"}, 415)],
    ids=["in chunks", "packed"],
)
def test_a_body_that_does_not_say_what_it_is_is_refused_too(client, more, status):
    assert send(client, "/i18n/language/", 100, **more)[:2] == (status, 0)


@pytest.mark.parametrize(("name", "status"), [("nobody", 413), ("visitor", 413), ("ada", 400)])
def test_only_staff_may_send_a_yardstick(client, settings, name, status):
    """What is sent is no form, which shows that it was read."""
    settings.YARDSTICK_UPLOAD_BYTES = 2_000_000
    if name != "nobody":
        client.force_login(User.objects.create_user(name, is_staff=name == "ada", is_superuser=name == "ada"))
    path = reverse("admin:training_yardstick_add")
    assert send(client, path, 1_500_000)[0] == status
    assert send(client, path, settings.YARDSTICK_UPLOAD_BYTES + settings.MAX_FORM_BYTES + 1)[:2] == (413, 0)


def test_a_form_of_the_usual_size_is_read(client, settings):
    answer = client.post("/i18n/language/", {"language": "de", "next": "/"})
    assert answer.status_code == 302
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "de"
