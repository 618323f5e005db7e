"""BlueZ made of software, with one stove in the air: a template for python-dbusmock.

It does what a Bluetooth LE client sees of bluetoothd: an adapter that looks around, a device that turns up while it
looks, services that turn up after connecting, values that are read, written and sent by themselves.

Parameters: service, token_at, command_at (UUIDs), address, name, token, written (a file that what is written is added to),
part (bytes of one notification), lives (a JSON file with the stove's `number` and `secret`; empty: it always gives `token`.
A living stove signs a token of its own at each reading and obeys what is written to it), fault, and that is one of
  ''              all is well
  no_adapter      no adapter at all
  off             the adapter is switched off
  unheard         the stove is not in the air
  refused         it can not be connected
  refused_once    it can not be connected the first time
  unresolved      connected, but its services never turn up
  no_characteristic   its service is empty
  denied          the token must not be read
  dropped         the connection breaks while the token is read
  dropped_once    the same, the first time only
  cut             the value ends after 20 bytes
  dropped_written the connection breaks after a value was written
"""

import base64
import hashlib
import hmac
import json
import os
import time
import xml.etree.ElementTree as ElementTree

import dbus
from dbusmock import OBJECT_MANAGER_IFACE, mockobject
from gi.repository import GLib

BUS_NAME = "org.bluez"
MAIN_OBJ = "/"
SYSTEM_BUS = True
IS_OBJECT_MANAGER = True

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
ADAPTER_PATH = "/org/bluez/hci0"

# Plain booleans do not go into signals.
YES, NO = dbus.Boolean(True), dbus.Boolean(False)

stove = {}
times = {"connect": 0, "read": 0, "clock": 0}


def refusal(name, words):
    return dbus.exceptions.DBusException(words, name="org.bluez.Error." + name)


def sorted_introspection(own):
    """dbusmock mixes interfaces and nodes, and may name one twice; bluetoothd lists interfaces first, each once."""

    @dbus.service.method(
        "org.freedesktop.DBus.Introspectable",
        in_signature="",
        out_signature="s",
        path_keyword="object_path",
        connection_keyword="connection",
    )
    def Introspect(self, object_path, connection):
        root = ElementTree.fromstring(own(self, object_path, connection))
        once = {(part.tag, part.get("name")): part for part in reversed(root)}
        root[:] = sorted(once.values(), key=lambda part: part.tag != "interface")
        return ElementTree.tostring(root, encoding="unicode")

    return Introspect


mockobject.DBusMockObject.Introspect = sorted_introspection(mockobject.DBusMockObject.Introspect)


def load(root, parameters):
    stove.update({name: str(value) for name, value in parameters.items()})
    stove["device"] = ADAPTER_PATH + "/dev_" + stove["address"].replace(":", "_")
    if stove["fault"] != "no_adapter":
        # The root itself is known to dbusmock only after this function.
        GLib.idle_add(add_adapter, root)


def appear(root, path, interface, properties, methods):
    root.AddObject(path, interface, properties, methods)
    root.EmitSignal(
        OBJECT_MANAGER_IFACE,
        "InterfacesAdded",
        "oa{sa{sv}}",
        [dbus.ObjectPath(path), {interface: properties}],
    )


def add_adapter(root):
    mockobject.objects.setdefault("/", root)
    properties = {
        "Address": "00:11:22:33:44:55",
        "AddressType": "public",
        "Name": "station",
        "Alias": "station",
        "Modalias": "usb:v1D6Bp0246d0540",
        "Powered": stove["fault"] != "off",
        "Discovering": False,
    }
    methods = [
        ("SetDiscoveryFilter", "a{sv}", "", lambda adapter, wanted: None),
        ("StartDiscovery", "", "", lambda adapter: start_looking(root)),
        ("StopDiscovery", "", "", lambda adapter: None),
    ]
    appear(root, ADAPTER_PATH, ADAPTER, properties, methods)
    return False


def start_looking(root):
    if stove["fault"] == "off":
        raise refusal("NotReady", "Resource Not Ready")
    if stove["fault"] != "unheard" and stove["device"] not in mockobject.objects:
        GLib.timeout_add(200, lambda: add_device(root))


def add_device(root):
    if stove["device"] in mockobject.objects:
        return False
    properties = {
        "Address": stove["address"],
        "AddressType": "public",
        "Name": stove["name"],
        "Alias": stove["name"],
        "Adapter": dbus.ObjectPath(ADAPTER_PATH),
        "Paired": False,
        "Trusted": False,
        "Blocked": False,
        "LegacyPairing": False,
        "Connected": False,
        "ServicesResolved": False,
        "RSSI": dbus.Int16(-48),
        "UUIDs": dbus.Array([stove["service"]], signature="s"),
    }
    methods = [
        ("Connect", "", "", lambda device: connect(root, device)),
        ("Disconnect", "", "", disconnect),
    ]
    appear(root, stove["device"], DEVICE, properties, methods)
    return False


def connect(root, device):
    times["connect"] += 1
    if stove["fault"] == "refused" or (stove["fault"] == "refused_once" and times["connect"] == 1):
        raise refusal("Failed", "le-connection-abort-by-local")
    device.UpdateProperties(DEVICE, {"Connected": YES})
    if stove["fault"] != "unresolved":
        GLib.timeout_add(100, lambda: resolve(root, device))


def disconnect(device):
    device.UpdateProperties(DEVICE, {"Connected": NO, "ServicesResolved": NO})


def resolve(root, device):
    service = stove["device"] + "/service0010"
    if service not in mockobject.objects:
        offered = {"UUID": stove["service"], "Primary": True, "Device": dbus.ObjectPath(stove["device"])}
        appear(root, service, SERVICE, offered, [])
        if stove["fault"] != "no_characteristic":
            add_characteristic(root, service, "0011", stove["token_at"], ["read", "notify"])
            add_characteristic(root, service, "0014", stove["command_at"], ["write"])
    device.UpdateProperties(DEVICE, {"ServicesResolved": YES})
    return False


def add_characteristic(root, service, number, uuid, flags):
    properties = {
        "UUID": uuid,
        "Service": dbus.ObjectPath(service),
        "Value": dbus.Array([], signature="y"),
        "Notifying": False,
        "Flags": dbus.Array(flags, signature="s"),
        "MTU": dbus.UInt16(247),
    }
    methods = [
        ("ReadValue", "a{sv}", "ay", read_value),
        ("WriteValue", "aya{sv}", "", write_value),
        ("StartNotify", "", "", start_sending),
        ("StopNotify", "", "", lambda characteristic: None),
    ]
    appear(root, service + "/char" + number, CHARACTERISTIC, properties, methods)


def octets(value):
    return dbus.Array([dbus.Byte(octet) for octet in value], signature="y")


def connected():
    device = mockobject.objects[stove["device"]]
    if not device.props[DEVICE]["Connected"]:
        raise refusal("Failed", "Not connected")
    return device


def living():
    with open(stove["lives"], encoding="utf-8") as file:
        return json.load(file)


def text64(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def token():
    if not stove["lives"]:
        return stove["token"].encode()
    now = living()
    # Its clock never stands: every reading has a time of its own.
    times["clock"] = max(times["clock"] + 1, int(time.time()))
    words = "V01;{};{};220:04.000:0800:0.91;00010.000;0002.000;APIKEY01;"
    header, payload = text64(b'{"alg":"HS256","typ":"JWT"}'), text64(words.format(now["number"], times["clock"]).encode())
    mac = hmac.new(now["secret"].encode(), f"{header}.{payload}".encode(), hashlib.sha256).digest()
    return f"{payload}.{text64(mac)}".encode()


def obey(value):
    """As the maker's document says: only a message for this stove that names its present secret changes it."""
    command, now = json.loads(value), living()
    if command["id"] != now["number"]:
        raise refusal("NotPermitted", "another stove's number")
    if command["cmd"] == "secret":
        if command["data"]["prevSecret"] != now["secret"]:
            raise refusal("NotPermitted", "another secret lives here")
        now["secret"] = command["data"]["newSecret"]
    else:
        now["number"] = command["data"]["id"]
    fresh = stove["lives"] + ".new"
    with open(fresh, "w", encoding="utf-8") as file:
        json.dump(now, file)
    os.replace(fresh, stove["lives"])


def read_value(characteristic, options):
    device = connected()
    times["read"] += 1
    if stove["fault"] == "denied":
        raise refusal("NotPermitted", "Read not permitted")
    if stove["fault"] == "dropped" or (stove["fault"] == "dropped_once" and times["read"] == 1):
        disconnect(device)
        raise refusal("Failed", "Operation failed with ATT error: 0x0e")
    value = token()
    return octets(value[:20] if stove["fault"] == "cut" else value)


def write_value(characteristic, value, options):
    device = connected()
    with open(stove["written"], "ab") as file:
        file.write(bytes(value))
    if stove["lives"]:
        obey(bytes(value))
    if stove["fault"] == "dropped_written":
        disconnect(device)
        raise refusal("Failed", "Operation failed with ATT error: 0x0e")


def start_sending(characteristic):
    connected()
    value, size = token(), int(stove["part"])
    parts = [value[at : at + size] for at in range(0, len(value), size)]

    def send():
        characteristic.UpdateProperties(CHARACTERISTIC, {"Value": octets(parts.pop(0))})
        return bool(parts)

    GLib.timeout_add(30, send)
