/**
 * Where a shop's picture can be loaded from: in a browser the station's own address, where it is kept by its number and
 * mark; the desktop's window has no such address and gets the file by a command.
 */
import type { Backend } from '../../lib/backend';
import { counterImage } from '../../lib/connect';

export interface PictureName {
  id: number;
  mark: string;
}

/** The same for the same file, another for any other. */
export const pictureKey = ({ id, mark }: PictureName): string => `${id}.${mark}`;

export async function pictureSource(backend: Backend, picture: PictureName): Promise<string> {
  const address = counterImage(picture.id, picture.mark);
  if (address !== null) return address;
  const { media, image } = await backend.call('counter.image', { id: picture.id });
  return `data:${media};base64,${image}`;
}
