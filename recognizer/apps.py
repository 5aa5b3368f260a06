"""The app of drawings, predictions, labels and the versions of the network that read them."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    verbose_name = "Recogniser"

    def ready(self) -> None:
        from recognizer import drawings  # noqa: F401 (connects the deletion of files)
