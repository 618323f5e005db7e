"""The MQTT client of the original: every tap is paid for in the callback, one after the other."""

import os

import paho.mqtt.client as mqtt

from cards import use_django

use_django()

from api.models import User  # noqa: E402
from api.transaction import deduct  # noqa: E402


def on_connect(client, _userdata, _flags, reason, _properties):
    """The whole tree, its own answers included."""
    if reason.is_failure:
        raise SystemExit(f"the broker refused: {reason}")
    client.subscribe("iot/#")


def on_subscribe(_client, _userdata, _mid, _reasons, _properties):
    """The benchmark waits for this word."""
    print("subscribed", flush=True)


def on_message(client, _userdata, message):
    """A tap in, a sentence out."""
    if message.topic != "iot/deduct":
        return
    try:
        paid, text = deduct(message.payload.decode())
    except (User.DoesNotExist, UnicodeDecodeError):
        return
    client.publish("iot/success" if paid else "iot/failed", text)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.username_pw_set("server", os.environ["PEER_PASSWORD"])
client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_message = on_message
client.connect("127.0.0.1", int(os.environ["PEER_PORT"]))
client.loop_forever()
