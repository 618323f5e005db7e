/** The order in which stoves are gone to, and how far the next one is. Pure. */
import type { StovePosition } from '../../../bindings/StovePosition';
import type { StoveRow } from '../../../bindings/StoveRow';

const EARTH_M = 6_371_000;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two places as the crow flies (haversine). */
export function metresBetween(one: StovePosition, other: StovePosition): number {
  const [lat, lon] = [radians(other.lat - one.lat), radians(other.lon - one.lon)];
  const half = Math.sin(lat / 2) ** 2 + Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * Math.sin(lon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

const words = new Intl.Collator('id', { numeric: true, sensitivity: 'base' });

/** By place, then name, then number: `RT 2` before `RT 10`. Stoves without a place come last. */
export function byPlace(one: StoveRow, other: StoveRow): number {
  if ((one.place === '') !== (other.place === '')) return one.place === '' ? 1 : -1;
  return words.compare(one.place, other.place) || words.compare(one.label, other.label) || one.id.localeCompare(other.id);
}

/**
 * The nearest first, seen from `here`; those whose place on the map is not known come after all others, by their place in words.
 * Without `here`: by place.
 */
export function inOrder(stoves: StoveRow[], here: StovePosition | null): StoveRow[] {
  if (here === null) return [...stoves].sort(byPlace);
  const away = new Map(stoves.map((stove) => [stove.id, stove.position === null ? Infinity : metresBetween(here, stove.position)]));
  return [...stoves].sort((one, other) => {
    const [left, right] = [away.get(one.id) ?? Infinity, away.get(other.id) ?? Infinity];
    return left === right ? byPlace(one, other) : left - right;
  });
}
