/** Which of a shop's pictures is on the idle counter, by the station's clock: all counters of a shop turn together. Pure. */

/** The place of the picture, from 0; `null` when there is none. */
export function turn(nowMs: number, seconds: number, count: number): number | null {
  if (count < 1) return null;
  const steps = Math.floor(nowMs / (Math.max(seconds, 1) * 1_000));
  return ((steps % count) + count) % count;
}

/** What of a picture is cut away at most so that it fills its frame: a menu must stay whole. */
const CUT_MOST = 0.08;

/** Whether a picture may fill a frame, or has to stand whole inside it. */
export function fills(picture: { width: number; height: number }, frame: { width: number; height: number }): boolean {
  if (picture.width < 1 || picture.height < 1 || frame.width < 1 || frame.height < 1) return false;
  const [shape, room] = [picture.width / picture.height, frame.width / frame.height];
  return 1 - Math.min(shape, room) / Math.max(shape, room) <= CUT_MOST;
}

/** The average colour along the edge of a square picture, four bytes for each pixel, as CSS writes it. */
export function edgeAverage(pixels: ArrayLike<number>, side: number): string {
  const sums = [0, 0, 0];
  let count = 0;
  for (let at = 0; at < side * side; at += 1) {
    const [x, y] = [at % side, Math.floor(at / side)];
    if (x > 0 && x < side - 1 && y > 0 && y < side - 1) continue;
    count += 1;
    sums.forEach((sum, part) => (sums[part] = sum + (pixels[at * 4 + part] ?? 0)));
  }
  return `rgb(${sums.map((sum) => Math.round(sum / count)).join(' ')})`;
}
