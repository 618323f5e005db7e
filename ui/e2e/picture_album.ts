/** The shop's pictures of the station that is made of answers: kept like the real one keeps them, drawn in one colour. */
import { crc32, deflateSync } from 'node:zlib';
import type { Route } from 'playwright-core';

export interface MockPicture {
  name: string;
  width?: number;
  height?: number;
  /** `broken`: what comes is no picture; `missing`: nothing comes. */
  fault?: 'broken' | 'missing';
  /** The file itself, in place of one colour. */
  file?: Buffer;
  media?: string;
  till_id?: number | null;
}

const MOST = 8;
const rules: [string, string][] = [
  ['counter.image', 'Counter'], ['counter_images.list', 'Administrator'], ['counter_images.add', 'Administrator'],
  ['counter_images.move', 'Administrator'], ['counter_images.remove', 'Administrator'],
];
export const albumRules = rules;

function chunk(kind: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG of one colour. */
export function flatPng(width: number, height: number, rgb: [number, number, number]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array.from({ length: width }, () => Buffer.from(rgb)))]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

export class Album {
  #pictures: (Required<Omit<MockPicture, 'fault' | 'file'>> & MockPicture & { id: number })[] = [];
  #last = 0;

  constructor(pictures: MockPicture[]) {
    for (const picture of pictures) this.put(picture);
  }

  put(picture: MockPicture): void {
    this.#pictures.push({ width: 96, height: 64, till_id: null, media: 'image/png', ...picture, id: ++this.#last });
  }

  names = (): string[] => this.#pictures.map((picture) => picture.name);

  /** As `counter.show` tells them. */
  shown = (): object[] => this.#pictures.map(({ id, name }) => ({ id, mark: `a${id}`, name }));

  #list = (): object[] =>
    this.#pictures.map(({ id, name, width, height, till_id, media }) => ({
      id, mark: `a${id}`, name, till_id, media, width, height, bytes: 240_000 + id * 31_000, added_ms: 1_795_000_000_000, added_by: 'rina',
    }));

  async serve(route: Route): Promise<void> {
    const id = Number(new URL(route.request().url()).pathname.split('/').at(-1));
    const picture = this.#pictures.find((one) => one.id === id);
    if (!picture || picture.fault === 'missing') return route.fulfill({ status: 404, body: '' });
    const body = picture.fault === 'broken' ? Buffer.from('no picture') : (picture.file ?? flatPng(picture.width, picture.height, [(id * 67) % 256, 90, 160]));
    return route.fulfill({ contentType: picture.media, body });
  }

  answers(): Record<string, (request: Record<string, unknown>) => unknown> {
    const refuse = (code: string, message: string, field: string | null = null) => ({ error: { code, message, help: '', field } });
    return {
      'counter_images.list': this.#list,
      'counter_images.add': ({ name, till_id, image }) => {
        if (this.#pictures.length >= MOST) return refuse('refused', 'there are 8 pictures, more are not kept', 'image');
        const file = Buffer.from(String(image).split('base64,').at(-1) ?? '', 'base64');
        // The real station unpacks the file; this one knows an animated PNG by its chunk.
        if (file.includes('acTL')) return refuse('invalid', 'this PNG moves, and moving pictures are not shown beside a payment', 'image');
        this.put({ name: String(name), till_id: till_id as number | null, file, media: 'image/png' });
        return this.#list();
      },
      'counter_images.move': ({ id, to }) => {
        const from = this.#pictures.findIndex((picture) => picture.id === id);
        const [picture] = this.#pictures.splice(from, 1);
        this.#pictures.splice(Number(to), 0, picture!);
        return this.#list();
      },
      'counter_images.remove': ({ id }) => {
        this.#pictures = this.#pictures.filter((picture) => picture.id !== id);
        return this.#list();
      },
    };
  }
}
