/** Answers that are about the session and not about the command: whoever shows the session wants to hear of them. */
import type { Backend, CallError, CallErrorCode } from './backend';

export type SessionRefusal = 'signed_out' | 'locked' | 'must_change';
const aboutSession: readonly CallErrorCode[] = ['signed_out', 'locked', 'must_change'];

export class Refusals {
  #heard: ((code: SessionRefusal) => void) | undefined;

  /** One listener; the returned function ends it. */
  listen(heard: (code: SessionRefusal) => void): () => void {
    this.#heard = heard;
    return () => {
      if (this.#heard === heard) this.#heard = undefined;
    };
  }

  /** The same backend; each call still rejects with its own error. */
  watch(backend: Backend): Backend {
    return {
      call: (name, request) =>
        backend.call(name, request).catch((error: CallError) => {
          if (aboutSession.includes(error.code)) this.#heard?.(error.code as SessionRefusal);
          throw error;
        }),
      subscribe: (onEvent, onLink) => backend.subscribe(onEvent, onLink),
    };
  }
}
