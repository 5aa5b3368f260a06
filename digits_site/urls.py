"""Every address of the site: pages, API, health checks, admin."""

from django.contrib import admin
from django.urls import include, path, re_path

from digits_site.logins import views as logins
from recognizer import api, languages
from training import dashboard, life_views, metrics_view
from training.admin import alike

urlpatterns = [
    path("api/v1/", api.urls),  # before all others, which are tried one by one: it is asked most often
    path("", include("recognizer.urls")),
    path("drawings/<str:token>/", life_views.life, name="life"),
    path("i18n/language/", languages.choose, name="set_language"),
    path("i18n/<slug:language>.<slug:digest>.js", languages.catalog, name="catalog"),
    path("rooms/", include("training.rooms.urls")),
    path("metrics", metrics_view.metrics, name="metrics"),
    re_path(r"^api(?:/|$)", api.unknown_address),
    path("admin/dashboard/", admin.site.admin_view(dashboard.cards_view), name="dashboard_cards"),
    path(
        "admin/recognizer/drawing/<int:drawing_id>/neighbours/",
        admin.site.admin_view(alike.answer),
        name="drawing_neighbours",
    ),
    path("admin/login/", logins.login),
    path("admin/two-factor/", admin.site.admin_view(logins.two_factor), name="two_factor"),
    path("admin/", admin.site.urls),
]

handler400 = "recognizer.views.bad_request"
handler403 = "recognizer.views.permission_denied"
handler404 = "recognizer.views.page_not_found"
handler500 = "recognizer.views.server_error"
