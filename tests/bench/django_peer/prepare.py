"""Makes the tables and the users."""

from cards import CARDS, uid, use_django

use_django()

from django.db import connection  # noqa: E402

from api.models import TransactionLog, User  # noqa: E402

with connection.schema_editor() as editor:
    editor.create_model(User)
    editor.create_model(TransactionLog)
User.objects.bulk_create(User(uid=uid(n), balance=1_000_000_000) for n in range(CARDS))
