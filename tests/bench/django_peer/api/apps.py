"""The one Django app of the peer."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Named as the original's."""

    name = "api"
