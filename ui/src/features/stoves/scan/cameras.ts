/** Which camera the page begins with. */

/** The camera of the device that the page is open on, among the names of the station's cameras. */
export const DEVICE = 'device:own';

/**
 * What was chosen before, if it can still be had. Otherwise: a phone or tablet is there to be held before a stove, and where the
 * station has no cameras there is no other.
 */
export function firstCamera(remembered: string | null, device: boolean, handheld: boolean): string {
  if (remembered !== null && (remembered !== DEVICE || device)) return remembered;
  return device && handheld ? DEVICE : '';
}
