"""The Content-Security-Policy of each kind of page, error pages and static files included."""

import pytest
from django.http import HttpResponse
from django.urls import path

from digits_site import urls

STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
OF_THE_ADMIN = STRICT - {"script-src 'self'", "style-src 'self'"} | {
    "script-src 'self' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
}


def policy(response: HttpResponse) -> set[str]:
    return set(response["Content-Security-Policy"].split("; "))


def fails(request):
    raise RuntimeError("as it happens")


urlpatterns = [path("fails/", fails), *urls.urlpatterns]
handler404, handler500 = urls.handler404, urls.handler500


@pytest.mark.parametrize("address", ["/", "/drawings/", "/model/", "/healthz", "/api/v1/model", "/api/v1/openapi.json"])
def test_public_pages_run_and_load_only_what_the_site_serves(db, client, address):
    assert policy(client.get(address)) == STRICT


@pytest.mark.parametrize("address", ["/no/such/page", "/api/v1/drawings/1", "/static/base.css", "/static/no-such.css"])
def test_so_do_errors_and_static_files(db, client, address):
    assert policy(client.get(address)) == STRICT


@pytest.mark.urls(__name__)
def test_so_does_the_page_that_says_that_something_failed(db, client):
    client.raise_request_exception = False
    response = client.get("/fails/")
    assert (response.status_code, policy(response)) == (500, STRICT)


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/no/such/page"])
def test_the_admin_may_do_what_unfold_needs_besides(db, client, address):
    assert policy(client.get(address)) == OF_THE_ADMIN


def test_a_refusal_of_the_admin_has_the_admins_policy(db, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("staff", is_staff=True))
    response = client.get("/admin/recognizer/drawing/")
    assert (response.status_code, policy(response)) == (403, OF_THE_ADMIN)


def test_the_page_of_the_api_may_style_in_markup_and_nothing_more(db, client):
    styled = STRICT - {"style-src 'self'"} | {"style-src 'self' 'unsafe-inline'"}
    assert policy(client.get("/api/v1/docs")) == styled
