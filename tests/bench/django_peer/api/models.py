"""Who has how much, and what happened to it."""

from django.db import models


class User(models.Model):
    """A customer; the card's UID is the user name."""

    uid = models.CharField(max_length=32, unique=True)
    balance = models.IntegerField(default=0)


class TransactionLog(models.Model):
    """One deduction."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    amount = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
