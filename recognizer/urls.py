"""Addresses of the pages and of the health checks."""

from django.urls import path

from recognizer import health, views

urlpatterns = [
    path("", views.draw, name="draw"),
    path("drawings/", views.gallery, name="gallery"),
    path("second-opinion/", views.second_opinion, name="second_opinion"),
    path("model/", views.model, name="model"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
