/** A place as people type it: decimal degrees, with a point or a comma. Pure. */
import type { StovePosition } from '../../../bindings/StovePosition';

const degrees = (typed: string, most: number): number | null => {
  const bare = typed.trim().replace(',', '.').replace('−', '-');
  if (!/^-?\d{1,3}(\.\d{1,15})?$/.test(bare)) return null;
  const value = Number(bare);
  return Math.abs(value) <= most ? value : null;
};

/** `null` when both are empty; `bad` when they are no place, or one is missing. */
export function parsePosition(lat: string, lon: string): StovePosition | null | 'bad' {
  if (lat.trim() === '' && lon.trim() === '') return null;
  const [north, east] = [degrees(lat, 90), degrees(lon, 180)];
  return north === null || east === null ? 'bad' : { lat: north, lon: east };
}
