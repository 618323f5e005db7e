"""The cards of the benchmark, the same for every script."""

import os
import sys
from pathlib import Path

#: More than any load has in flight at once.
CARDS = 256


def uid(number):
    """Four bytes in upper-case hex, as an RC522 reader sends them."""
    return f"5A{number:06X}"


def use_django():
    """Makes the models importable."""
    sys.path.insert(0, str(Path(__file__).parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peer.settings")
    import django

    django.setup()


def report(took, seconds):
    """Prints the one JSON line that the benchmark reads; `took` holds seconds."""
    import json

    took = sorted(took)
    at = lambda share: 1000 * took[min(len(took) - 1, int(len(took) * share))] if took else 0.0  # noqa: E731
    line = {"per_second": len(took) / seconds, "p50_ms": at(0.5), "p99_ms": at(0.99), "answered": len(took)}
    print(json.dumps(line))
