"""Addresses of the pages."""

from django.urls import path

from recognizer import views

urlpatterns = [path("", views.draw, name="draw")]
