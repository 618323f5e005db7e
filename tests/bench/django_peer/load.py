"""The readers: keeps so many taps in flight, one card each, and measures from publishing to the answer."""

import argparse
import os
import re
import threading
import time

import paho.mqtt.client as mqtt

from cards import report, uid

parser = argparse.ArgumentParser()
parser.add_argument("--in-flight", type=int, required=True)
parser.add_argument("--seconds", type=float, required=True)
options = parser.parse_args()

#: An answer that has not come by then was lost: the card taps again and that tap does not count.
LOST_AFTER = 10.0
ANSWERED_CARD = re.compile(rb"for ([0-9A-F]+)")

ready = threading.Event()
lock = threading.Lock()
sent = {}
took = []


def tap(client, card):
    """Publishes at QoS 0, as the reader's firmware does."""
    sent[card] = time.perf_counter()
    client.publish("iot/deduct", card)


def on_connect(client, _userdata, _flags, reason, _properties):
    """A reader listens to both results."""
    if reason.is_failure:
        raise SystemExit(f"the broker refused: {reason}")
    client.subscribe([("iot/success", 0), ("iot/failed", 0)])


def on_message(client, _userdata, message):
    """An answer: the card that got it taps again at once."""
    found = ANSWERED_CARD.search(message.payload)
    card = found and found.group(1).decode()
    with lock:
        if card in sent and time.perf_counter() < end:
            took.append(time.perf_counter() - sent[card])
            tap(client, card)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.username_pw_set("reader", os.environ["PEER_PASSWORD"])
client.on_connect = on_connect
client.on_subscribe = lambda *_: ready.set()
client.on_message = on_message
client.connect("127.0.0.1", int(os.environ["PEER_PORT"]))
client.loop_start()
if not ready.wait(10):
    raise SystemExit("the broker did not answer within 10 s")

started = time.perf_counter()
end = started + options.seconds
with lock:
    for number in range(options.in_flight):
        tap(client, uid(number))
while time.perf_counter() < end:
    time.sleep(0.2)
    with lock:
        for card, since in list(sent.items()):
            if time.perf_counter() - since > LOST_AFTER:
                tap(client, card)
with lock:
    report(took, time.perf_counter() - started)
client.loop_stop()
