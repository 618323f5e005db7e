// A screen built with mqtt.js over WebSocket, as the original merchant page was: listens to both answers, says on
// standard output when it is ready and what it heard.
//
// Usage: mqttjs_screen.mjs ws://HOST:PORT USER PASSWORD
import mqtt from "mqtt";

const [url, username, password] = process.argv.slice(2);
const client = mqtt.connect(url, { username, password, reconnectPeriod: 0, connectTimeout: 15_000 });
const fail = (error) => {
  console.log(JSON.stringify({ error: String(error) }));
  process.exit(1);
};
setTimeout(() => fail("nothing heard"), 30_000).unref();
client.on("error", fail);
client.on("connect", () => {
  client.subscribe(["iot/success", "iot/failed"], { qos: 1 }, (error) => (error ? fail(error) : console.log("ready")));
});
// The first answer is all it came for.
client.once("message", (topic, payload) => {
  client.removeListener("error", fail);
  process.stdout.write(`${JSON.stringify({ topic, payload: payload.toString() })}\n`, () => process.exit(0));
});
