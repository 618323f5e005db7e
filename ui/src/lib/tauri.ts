/** The station over the desktop's IPC: one command that carries the name and the arguments, one event channel. */
import type { Event } from '../bindings/Event';
import { CallError, isApiError, type Backend, type CommandName, type Request, type Response } from './backend';
import { HeartbeatWatch } from './heartbeat';

export const tauriBackend: Backend = {
  async call<K extends CommandName>(name: K, request: Request<K>): Promise<Response<K>> {
    const { invoke } = await import('@tauri-apps/api/core');
    try {
      return await invoke<Response<K>>('rpc', { name, args: request });
    } catch (cause) {
      if (isApiError(cause)) throw CallError.from(cause);
      throw new CallError('unreachable', `no answer to ${name}: ${cause instanceof Error ? cause.message : cause}`);
    }
  },

  subscribe(onEvent, onLink) {
    const watch = new HeartbeatWatch(onLink);
    let stopped = false;
    let unlisten: (() => void) | undefined;

    void import('@tauri-apps/api/event')
      .then(({ listen }) =>
        listen<Event>('gerai://event', ({ payload }) => {
          if (stopped) return;
          watch.heard();
          onEvent(payload);
        }),
      )
      .then((stop) => {
        // The screen may have left while the listener was being set up.
        if (stopped) stop();
        else unlisten = stop;
      });

    return () => {
      stopped = true;
      watch.stop();
      unlisten?.();
    };
  },
};
