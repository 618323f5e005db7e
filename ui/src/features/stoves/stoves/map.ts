/** Where stoves stand, on a plain picture without a map behind it: north is up, distances are true. Pure. */
import type { StovePosition } from '../../../bindings/StovePosition';

const METRES_A_DEGREE = 111_320;
/** Least span that the picture shows, in metres: stoves in one house are not torn apart. */
const LEAST_SPAN_M = 200;
/** Room around the outermost stoves, as a share of the picture. */
const EDGE = 0.08;

export interface Placed<T> {
  one: T;
  x: number;
  y: number;
}

export interface CoverageMap<T> {
  placed: Placed<T>[];
  /** Metres from the left edge to the right one. */
  metres: number;
}

/** `null` when none of them has a place. `x` and `y` are within `width` and `height`. */
export function placeStoves<T extends { position: StovePosition | null }>(all: T[], width: number, height: number): CoverageMap<T> | null {
  const known = all.filter((one): one is T & { position: StovePosition } => one.position !== null && Math.abs(one.position.lat) <= 90 && Math.abs(one.position.lon) <= 180);
  if (known.length === 0) return null;
  const middleLat = known.reduce((sum, { position }) => sum + position.lat, 0) / known.length;
  // A degree of longitude shrinks towards the poles.
  const narrow = Math.max(0.01, Math.cos((middleLat * Math.PI) / 180));
  const flat = known.map((one) => ({ one: one as T, east: one.position.lon * narrow * METRES_A_DEGREE, north: one.position.lat * METRES_A_DEGREE }));
  const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [west, east] = range(flat.map((place) => place.east));
  const [south, north] = range(flat.map((place) => place.north));
  const room = 1 - 2 * EDGE;
  const perPixel = Math.max(Math.max(east - west, LEAST_SPAN_M) / (width * room), Math.max(north - south, LEAST_SPAN_M) / (height * room));
  const placed = flat.map((place) => ({
    one: place.one,
    x: width / 2 + (place.east - (west + east) / 2) / perPixel,
    y: height / 2 - (place.north - (south + north) / 2) / perPixel,
  }));
  return { placed, metres: perPixel * width };
}

/** `450 m`, `3,2 km`. */
export function metresText(metres: number, language: 'id' | 'en'): string {
  if (metres < 1_000) return `${Math.round(metres / 10) * 10} m`;
  return `${new Intl.NumberFormat(language === 'id' ? 'id-ID' : 'en-US', { maximumFractionDigits: 1 }).format(metres / 1_000)} km`;
}
