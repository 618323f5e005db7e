/**
 * The station over HTTP: `POST /rpc/<command>` and Server-Sent Events. The session is a cookie that scripts cannot
 * read, so nothing about it appears here.
 */
import type { Event } from '../bindings/Event';
import { CallError, isApiError, type Backend, type CommandName, type Request, type Response } from './backend';
import { HeartbeatWatch } from './heartbeat';

/** How long a call may take before it counts as unanswered. A full ledger check is the longest one. */
const CALL_TIMEOUT_MS = 60_000;
/** Pause before a closed event stream is opened again. */
const REOPEN_AFTER_MS = 1_000;

export const httpBackend: Backend = {
  async call<K extends CommandName>(name: K, request: Request<K>): Promise<Response<K>> {
    let answer: globalThis.Response;
    let body: unknown;
    try {
      answer = await fetch(`/rpc/${name}`, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-Gerai-Request': '1' },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      const text = await answer.text();
      body = text === '' ? {} : JSON.parse(text);
    } catch (cause) {
      throw new CallError('unreachable', `no answer to ${name}: ${cause instanceof Error ? cause.message : cause}`);
    }
    if (answer.ok) return body as Response<K>;
    if (isApiError(body)) throw CallError.from(body);
    throw new CallError('internal', `${name} answered with HTTP status ${answer.status}`);
  },

  subscribe(onEvent, onLink) {
    const watch = new HeartbeatWatch(onLink);
    let source: EventSource | undefined;
    let reopen: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;

    const open = () => {
      source = new EventSource('/events');
      source.onmessage = (message: MessageEvent<string>) => {
        const event = parseEvent(message.data);
        if (!event) return;
        watch.heard();
        onEvent(event);
      };
      source.onerror = () => {
        // A refused stream (signed out, station gone) is closed for good by the browser: open another one.
        if (stopped || source?.readyState !== EventSource.CLOSED) return;
        reopen = setTimeout(open, REOPEN_AFTER_MS);
      };
    };
    open();

    return () => {
      stopped = true;
      clearTimeout(reopen);
      watch.stop();
      source?.close();
    };
  },
};

/** An event of a newer station may be unknown here, or a proxy may have mangled a line: neither stops the stream. */
export function parseEvent(line: string): Event | null {
  try {
    const event: unknown = JSON.parse(line);
    const known = typeof event === 'object' && event !== null && 'kind' in event && typeof event.kind === 'string';
    return known ? (event as Event) : null;
  } catch {
    return null;
  }
}
