/** The settings form's own checks. The station checks again; this tells before anything is sent. Pure. */
import type { Settings } from '../../bindings/Settings';

/** Fields with a range, by their path. */
export const ranges = {
  'payments.double_tap_seconds': [0, 60],
  'payments.arm_seconds': [10, 600],
  'counter.result_seconds': [3, 10],
  'counter.volume': [0, 100],
  'broker.port': [1, 65_535],
  'network.http_port': [0, 65_535],
  'network.mqtt_port': [0, 65_535],
  'network.ws_port': [0, 65_535],
  'network.mqtts_port': [0, 65_535],
} as const satisfies Record<string, readonly [number, number]>;

export type RangedPath = keyof typeof ranges;

export function outOfRange(path: RangedPath, value: number): boolean {
  const [least, most] = ranges[path];
  return !Number.isInteger(value) || value < least || value > most;
}

/** Ports, addresses and the broker are opened once, at the start. */
export function needsRestart(before: Settings, after: Settings): boolean {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  return !same(before.network, after.network) || !same(before.broker, after.broker);
}
