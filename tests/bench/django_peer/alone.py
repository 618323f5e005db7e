"""The deduction by itself: what SQLite and Django cost before MQTT comes in."""

import argparse
import time

from cards import CARDS, report, uid, use_django

use_django()

from api.transaction import deduct  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, required=True)
options = parser.parse_args()

took = []
started = time.perf_counter()
number = 0
while time.perf_counter() - started < options.seconds:
    begun = time.perf_counter()
    deduct(uid(number % CARDS))
    took.append(time.perf_counter() - begun)
    number += 1
report(took, time.perf_counter() - started)
