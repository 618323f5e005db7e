"""The deduction as the original made it: check outside the transaction, absolute balance saved inside."""

from django.db import transaction

from api.models import TransactionLog, User

DEDUCT_AMOUNT = 10


def deduct(uid):
    """Returns whether it was paid, and the text for the reader."""
    user = User.objects.get(uid=uid)
    if user.balance < DEDUCT_AMOUNT:
        return False, f"Insufficient balance for {uid} to deduct {DEDUCT_AMOUNT}\nBalance: {user.balance}"
    with transaction.atomic():
        user.balance = user.balance - DEDUCT_AMOUNT
        user.save()
        TransactionLog.objects.create(user=user, amount=DEDUCT_AMOUNT)
    return True, f"Successfully deducted {DEDUCT_AMOUNT} for {uid}\nBalance: {user.balance}"
