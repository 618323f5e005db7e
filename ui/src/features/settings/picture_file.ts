/** A picture file that somebody hands over for the counters: what speaks against it before it is sent. Pure but for reading. */

/** Most bytes that the station takes. */
export const PICTURE_BYTES_MAX = 2 * 1_048_576;
/** Most pixels along a side. */
export const PICTURE_SIDE_MAX = 8_192;
/** Most pictures that it keeps. */
export const PICTURES_MAX = 8;
/** Longest name, in characters. */
export const NAME_CHARS_MAX = 80;

export const pictureTypes = ['image/jpeg', 'image/png', 'image/webp'];

export type PictureFault = 'kind' | 'large' | 'sides' | 'broken';

/** A type that the system does not know is tried: the station looks inside. */
export function fileFault(file: { type: string; size: number }): PictureFault | null {
  if (file.type !== '' && !pictureTypes.includes(file.type.toLowerCase())) return 'kind';
  if (file.size > PICTURE_BYTES_MAX) return 'large';
  return file.size === 0 ? 'broken' : null;
}

export const sidesFault = (width: number, height: number): PictureFault | null => (Math.max(width, height) > PICTURE_SIDE_MAX ? 'sides' : null);

/** `menu-siang_2.jpg` → `menu siang 2`: a first proposal for what is on it. */
export function nameOf(fileName: string): string {
  const bare = fileName.replace(/\.[^.]*$/, '').replace(/[-_\s]+/g, ' ').trim();
  return [...(bare === '' ? fileName : bare)].slice(0, NAME_CHARS_MAX).join('');
}

/** `412 kB`, `1,9 MB`. */
export function fileSize(bytes: number, tag: string): string {
  const [figure, unit] = bytes < 1_048_576 ? [Math.max(1, Math.round(bytes / 1_024)), 'kB'] : [bytes / 1_048_576, 'MB'];
  return `${figure.toLocaleString(tag, { maximumFractionDigits: 1 })} ${unit}`;
}

/** The file as a `data:` address. Rejects when it cannot be read: it was moved, or its disk is gone. */
export function dataAddress(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(file);
  });
}
