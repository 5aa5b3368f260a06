"""Addresses of the pages and of the health checks."""

from django.urls import path

from recognizer import health, privacy_views, views, well_known

urlpatterns = [
    path("", views.draw, name="draw"),
    path("drawings/", views.gallery, name="gallery"),
    path("second-opinion/", views.second_opinion, name="second_opinion"),
    path("model/", views.model, name="model"),
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("privacy/delete/", privacy_views.delete, name="delete_everything"),
    path("privacy/deleted/<str:token>/", privacy_views.deleted, name="everything_deleted"),
    path("robots.txt", well_known.robots, name="robots"),
    path(".well-known/security.txt", well_known.security, name="security"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
