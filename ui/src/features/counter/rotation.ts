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
