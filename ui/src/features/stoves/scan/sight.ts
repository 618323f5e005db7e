/** What the stage shows: the station's camera, or that of the device which the page is open on. */
import type { ScanState } from '../../../bindings/ScanState';
import type { Taken } from '../../../bindings/Taken';
import type { CallError } from '../../../lib/backend';

export interface Sight {
  readonly state: ScanState | null;
  readonly error: CallError | null;
  /** Address of the newest picture, for a camera that gives pictures; empty: none. */
  readonly picture: string;
  /** For a camera of the device. */
  readonly stream: MediaStream | null;
  readonly inView: boolean;
  readonly fresh: Taken | null;
  look(): Promise<void>;
  /** Takes the element that shows the stream; the returned function lets it go. */
  show(video: HTMLVideoElement): () => void;
}
