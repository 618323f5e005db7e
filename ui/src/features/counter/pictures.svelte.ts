/**
 * The shop's pictures that this screen can show: loaded and unpacked ahead, one after the other, so that nothing waits
 * for them. One that cannot be loaded is left out and tried again later. When they are shown is `CounterScreen`'s business.
 */
import type { CounterPicture } from '../../bindings/CounterPicture';
import type { Backend } from '../../lib/backend';
import { pictureKey, pictureSource } from '../domain/counter_picture';
import { edgeAverage } from './rotation';

/** A picture that could not be loaded is tried again after this many milliseconds. */
const AGAIN_MS = 60_000;

export interface LoadedPicture {
  key: string;
  name: string;
  src: string;
  width: number;
  height: number;
  /** The colour of its edges: the ground on which it stands where it does not fill its frame. */
  ground: string;
}

/** Pixels a side of the small copy whose edge is averaged. */
const COPY_SIDE = 32;

function edgeColour(image: HTMLImageElement): string {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [COPY_SIDE, COPY_SIDE];
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  if (!brush) return 'var(--raised)';
  // What is clear in the picture shows the ground of the page.
  brush.fillStyle = '#fff';
  brush.fillRect(0, 0, COPY_SIDE, COPY_SIDE);
  brush.drawImage(image, 0, 0, COPY_SIDE, COPY_SIDE);
  return edgeAverage(brush.getImageData(0, 0, COPY_SIDE, COPY_SIDE).data, COPY_SIDE);
}

export class PictureShow {
  /** Those that can be shown, in the shop's order. */
  ready = $state.raw<LoadedPicture[]>([]);

  readonly #backend: Backend;
  #wanted: CounterPicture[] = [];
  #loaded = new Map<string, LoadedPicture>();
  #broken = new Set<string>();
  #loading = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** These are the till's pictures now. */
  keep(wanted: CounterPicture[]): void {
    this.#wanted = wanted;
    const keys = new Set(wanted.map(pictureKey));
    for (const key of this.#loaded.keys()) if (!keys.has(key)) this.#loaded.delete(key);
    this.#settle();
    void this.#load();
  }

  /** The screen could not draw it after all. */
  fail(key: string): void {
    this.#loaded.delete(key);
    this.#leaveOut(key);
    this.#settle();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#again);
  }

  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    for (let next = this.#next(); next && !this.#stopped; next = this.#next()) {
      const key = pictureKey(next);
      try {
        this.#loaded.set(key, { key, name: next.name, ...(await this.#unpack(next)) });
        this.#settle();
      } catch {
        this.#leaveOut(key);
      }
    }
    this.#loading = false;
  }

  #next(): CounterPicture | undefined {
    return this.#wanted.find((picture) => !this.#loaded.has(pictureKey(picture)) && !this.#broken.has(pictureKey(picture)));
  }

  async #unpack(picture: CounterPicture): Promise<Omit<LoadedPicture, 'key' | 'name'>> {
    const src = await pictureSource(this.#backend, picture);
    const image = new Image();
    image.src = src;
    // Away from the thread that draws: a tap meanwhile is not held up.
    await image.decode();
    return { src, width: image.naturalWidth, height: image.naturalHeight, ground: edgeColour(image) };
  }

  #leaveOut(key: string): void {
    this.#broken.add(key);
    clearTimeout(this.#again);
    if (this.#stopped) return;
    this.#again = setTimeout(() => {
      this.#broken.clear();
      void this.#load();
    }, AGAIN_MS);
  }

  #settle(): void {
    const ready = this.#wanted.flatMap((picture) => this.#loaded.get(pictureKey(picture)) ?? []);
    const same = ready.length === this.ready.length && ready.every((one, at) => one === this.ready[at]);
    if (!same) this.ready = ready;
  }
}
