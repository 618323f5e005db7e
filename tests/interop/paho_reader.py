"""A reader built with paho: taps one card on the legacy topic and on its own v2 topic, prints what it heard.

Usage: paho_reader.py HOST PORT tcp|websockets USER PASSWORD UID v2|legacy
"""

import json
import sys
import threading

import paho.mqtt.client as mqtt

host, port, transport, user, password, uid, kind = sys.argv[1:8]
heard = {}
done = threading.Event()
topics = [f"iot/v2/{user}/result"] if kind == "v2" else ["iot/success", "iot/failed"]


def on_connect(client, userdata, flags, reason, properties):
    if reason.is_failure:
        print(json.dumps({"refused": str(reason)}))
        done.set()
        return
    client.subscribe([(topic, 1) for topic in topics])


def on_subscribe(client, userdata, mid, reasons, properties):
    if kind == "v2":
        request = {"id": "paho-1", "uid": uid}
        client.publish(f"iot/v2/{user}/deduct", json.dumps(request), qos=1)
    else:
        client.publish("iot/deduct", uid, qos=0)


def on_message(client, userdata, message):
    heard.update(topic=message.topic, payload=message.payload.decode(), retain=message.retain)
    done.set()


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="paho", transport=transport, protocol=mqtt.MQTTv5)
client.username_pw_set(user, password)
client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
client.connect(host, int(port), keepalive=15)
client.loop_start()
done.wait(20)
client.disconnect()
client.loop_stop()
print(json.dumps(heard))
