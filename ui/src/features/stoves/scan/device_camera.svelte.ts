/**
 * The camera of the device that the page is open on, such as an officer's phone: its pictures go to the station, which reads
 * them with the same decoders as those of its own cameras. One picture is on its way at a time, and it is the newest.
 */
import type { CameraTrouble } from '../../../bindings/CameraTrouble';
import type { ScanHint } from '../../../bindings/ScanHint';
import type { ScanState } from '../../../bindings/ScanState';
import type { Taken } from '../../../bindings/Taken';
import { CallError, type Backend } from '../../../lib/backend';
import { base64Of } from './images';
import type { Sight } from './sight';

/** Pause between the beginnings of two pictures, and after one that the station did not take. */
const EVERY_MS = 280;
const AGAIN_MS = 2_000;
/** Longest side of a picture that is sent, and how hard it is pressed: enough for a code of two pixels a module. */
const LONGEST = 1_280;
const QUALITY = 0.85;
/** An outline is of a code that was in view this long ago at most. */
const OUTLINE_MS = 1_000;
const VERDICT_MS = 2_500;
/** So long nothing was read: something else would help than aiming. */
const LONG_MS = 6_000;
/** Pictures the station could not open, one after the other, before that is told. */
const SPOILT_MOST = 3;

/** The page may ask for a camera: the browser has the means, and the page came over HTTPS or is this computer's own. */
export const hasDeviceCamera = (): boolean => window.isSecureContext && typeof navigator.mediaDevices?.getUserMedia === 'function';

/** Why the browser gave no camera (Media Capture and Streams, section 10.3.1). */
export function troubleOf(name: string): CameraTrouble {
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
      return 'no_camera';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    case 'OverconstrainedError':
    case 'NotSupportedError':
      return 'unsupported';
    default:
      return 'other';
  }
}

/** Size of the picture that is sent for one of the camera's, no side longer than `LONGEST`. */
export function sentSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height, 1));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

const off: ScanState = {
  available: true, phase: 'off', camera: '', width: 0, height: 0, trouble: null, trouble_text: '', frame: 0, outline: null, verdicts: 0, last: null, last_ms: null, hint: 'aim', officer: '', taken: 0,
};

export class DeviceCamera implements Sight {
  state = $state.raw<ScanState>(off);
  /** What the station said no with; gone with the next picture that it took. */
  error = $state.raw<CallError | null>(null);
  inView = $state(false);
  fresh = $state.raw<Taken | null>(null);
  stream = $state.raw<MediaStream | null>(null);
  readonly picture = '';
  #backend: Backend;
  #note: () => string;
  #told: (taken: Taken) => void;
  #video: HTMLVideoElement | null = null;
  #canvas: HTMLCanvasElement | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #outlineTimer: ReturnType<typeof setTimeout> | undefined;
  #verdictTimer: ReturnType<typeof setTimeout> | undefined;
  #quietSince = 0;
  #lastAt = 0;
  #spoilt = 0;
  #awake: WakeLockSentinel | null = null;

  constructor(backend: Backend, note: () => string, told: (taken: Taken) => void) {
    this.#backend = backend;
    this.#note = note;
    this.#told = told;
  }

  /** Asks the browser for the camera at the back. What it says no with is the state's trouble. */
  async start(): Promise<void> {
    this.stop();
    this.state = { ...off, phase: 'opening' };
    const mine = this.state;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1_280 }, height: { ideal: 720 } } });
      if (this.state !== mine) {
        // The page was left, or the camera switched off, while the browser asked the person.
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      for (const track of stream.getVideoTracks()) track.onended = () => this.#fail('unplugged', '');
      this.#quietSince = performance.now();
      this.stream = stream;
      this.state = { ...off, phase: 'running', camera: stream.getVideoTracks()[0]?.label ?? '' };
      this.#after(EVERY_MS);
      void this.#stayAwake();
    } catch (cause) {
      if (this.state !== mine) return;
      const error = cause as DOMException;
      this.#fail(troubleOf(error.name), error.message);
    }
  }

  stop = (): void => {
    for (const timer of [this.#timer, this.#outlineTimer, this.#verdictTimer]) clearTimeout(timer);
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    void this.#awake?.release().catch(() => undefined);
    [this.#awake, this.#spoilt, this.#lastAt] = [null, 0, 0];
    [this.stream, this.fresh, this.error, this.inView] = [null, null, null, false];
    this.state = off;
  };

  look = async (): Promise<void> => this.start();

  /** The element that shows the stream: pictures are taken from it. */
  show = (video: HTMLVideoElement): (() => void) => {
    this.#video = video;
    video.srcObject = this.stream;
    void video.play().catch(() => undefined);
    return () => {
      if (this.#video === video) this.#video = null;
      video.srcObject = null;
    };
  };

  #fail(trouble: CameraTrouble, text: string): void {
    this.stop();
    this.state = { ...off, phase: 'failed', trouble, trouble_text: trouble === 'other' ? text : '' };
  }

  #after(ms: number): void {
    clearTimeout(this.#timer);
    if (this.stream) this.#timer = setTimeout(() => void this.#round(), ms);
  }

  async #round(): Promise<void> {
    const began = performance.now();
    const stream = this.stream;
    let pause = EVERY_MS;
    try {
      const image = await this.#jpeg();
      if (image && this.stream === stream) {
        const answer = await this.#backend.call('readings.take_image', { image: image.base64, camera: true, note: this.#note(), position: null });
        if (this.stream !== stream) return;
        [this.error, this.#spoilt] = [null, 0];
        this.#take(answer.codes, answer.outlines, image);
      }
    } catch (cause) {
      if (this.stream !== stream) return;
      const error = cause instanceof CallError ? cause : new CallError('internal', String(cause));
      // A picture that came out spoilt is followed by a better one.
      this.#spoilt += 1;
      if (error.field !== 'image' || this.#spoilt >= SPOILT_MOST) {
        this.error = error;
        pause = AGAIN_MS;
      }
    }
    this.#after(Math.max(30, pause - (performance.now() - began)));
  }

  /** The newest picture as a JPEG; `null` while there is none, or nobody looks. */
  async #jpeg(): Promise<{ base64: string; width: number; height: number } | null> {
    const video = this.#video;
    if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0 || document.hidden) return null;
    const size = sentSize(video.videoWidth, video.videoHeight);
    const canvas = (this.#canvas ??= document.createElement('canvas'));
    [canvas.width, canvas.height] = [size.width, size.height];
    canvas.getContext('2d')?.drawImage(video, 0, 0, size.width, size.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
    return blob ? { base64: await base64Of(blob), ...size } : null;
  }

  #take(codes: Taken[], outlines: [number, number][][], image: { width: number; height: number }): void {
    const now = performance.now();
    const first = outlines[0];
    if (first) this.#see(now);
    // Several at once: the first is shown last, so that it stays on the card.
    for (const taken of [...codes].reverse()) this.#tell(taken, now);
    const before = this.state;
    this.state = {
      ...before,
      width: image.width,
      height: image.height,
      frame: before.frame + 1,
      outline: first ? { corners: first, width: image.width, height: image.height, at_ms: Math.round(now) } : before.outline,
      verdicts: before.verdicts + codes.length,
      taken: before.taken + codes.filter((one) => one.outcome === 'taken').length,
      last: codes[0] ?? before.last,
      hint: this.#hint(outlines.length, codes[0] ?? before.last, now),
    };
  }

  #see(now: number): void {
    this.inView = true;
    this.#quietSince = now;
    clearTimeout(this.#outlineTimer);
    this.#outlineTimer = setTimeout(() => (this.inView = false), OUTLINE_MS);
  }

  #tell(taken: Taken, now: number): void {
    this.fresh = taken;
    this.#lastAt = now;
    clearTimeout(this.#verdictTimer);
    this.#verdictTimer = setTimeout(() => (this.fresh = null), VERDICT_MS);
    this.#told(taken);
  }

  #hint(seen: number, last: Taken | null, now: number): ScanHint {
    if (seen > 1) return 'several';
    if (last && this.#lastAt > 0 && now - this.#lastAt < LONG_MS) return last.outcome === 'unreadable' ? 'not_a_stove' : 'next';
    return now - this.#quietSince > LONG_MS ? 'nearer' : 'aim';
  }

  // A phone that goes to sleep between two stoves is a nuisance; where the browser does not know how, it sleeps.
  async #stayAwake(): Promise<void> {
    try {
      const lock = await navigator.wakeLock?.request('screen');
      if (!this.stream) await lock?.release();
      else this.#awake = lock ?? null;
    } catch {
      // Low battery, or the page is not in front.
    }
  }
}
