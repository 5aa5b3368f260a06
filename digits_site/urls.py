"""Every address of the site: pages, API, health checks, admin."""

from django.contrib import admin
from django.urls import include, path

from recognizer.api import api

urlpatterns = [
    path("", include("recognizer.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
