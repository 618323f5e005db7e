/** A picture that a person hands over: what it may be, and its bytes as the station takes them. */

/** Most bytes that the station takes. */
export const MOST_BYTES = 8 * 1_048_576;
const kinds = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/bmp', 'image/x-ms-bmp'];

export type ImageFault = 'kind' | 'large' | 'unreadable';

/** What speaks against a file before it is sent; a type that the system does not know is tried. */
export function imageFault(file: { type: string; size: number }): ImageFault | null {
  if (file.type !== '' && !kinds.includes(file.type.toLowerCase())) return 'kind';
  if (file.size > MOST_BYTES) return 'large';
  return file.size === 0 ? 'unreadable' : null;
}

/** Base64 of a file. Rejects when it cannot be read: it was moved, or its disk is gone. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const STEP = 0x8000;
  let text = '';
  for (let from = 0; from < bytes.length; from += STEP) text += String.fromCharCode(...bytes.subarray(from, from + STEP));
  return btoa(text);
}

/** `8,4`: for the sentence about a file that is too large. */
export const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
