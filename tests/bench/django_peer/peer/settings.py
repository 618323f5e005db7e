"""Django settings of the peer: the defaults of a new project, less what a payment does not use."""

import os

SECRET_KEY = "benchmark only, no session is ever signed with it"
DEBUG = False
USE_TZ = True
INSTALLED_APPS = ["api.apps.ApiConfig"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_DATABASE"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
