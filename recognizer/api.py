"""The JSON API."""

from ninja import NinjaAPI

api = NinjaAPI(title="digits", version="1.0.0")
