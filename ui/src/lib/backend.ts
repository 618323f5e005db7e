/**
 * The one door to the station. Screens call commands by name and listen to events; whether those travel over
 * HTTP or the desktop's IPC is decided in `connect.ts` and nowhere else.
 */
import type { Commands as InTable } from '../bindings/Commands';
import type { ErrorCode } from '../bindings/ErrorCode';
import type { ApiError } from '../bindings/ApiError';
import type { Event } from '../bindings/Event';
import type { CommandsNext } from './commands-next';

type Commands = InTable & Omit<CommandsNext, keyof InTable>;
export type CommandName = keyof Commands;
export type Request<K extends CommandName> = Commands[K]['request'];
export type Response<K extends CommandName> = Commands[K]['response'];

/** `connecting` before the first heartbeat, `live` while they come, `lost` three seconds after the last one. */
export type LinkState = 'connecting' | 'live' | 'lost';

/** A code of the station, or `unreachable`: the request got no answer at all. */
export type CallErrorCode = ErrorCode | 'second_factor_needed' | 'unreachable';

export class CallError extends Error {
  readonly code: CallErrorCode;
  /** The next step, in English; may be empty. */
  readonly help: string;
  /** The request's field that is wrong, if the error names one. */
  readonly field: string | null;

  constructor(code: CallErrorCode, message: string, help = '', field: string | null = null) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.help = help;
    this.field = field;
  }

  static from(error: ApiError): CallError {
    return new CallError(error.code, error.message, error.help, error.field);
  }
}

export interface Backend {
  /** Rejects with `CallError` and nothing else. */
  call<K extends CommandName>(name: K, request: Request<K>): Promise<Response<K>>;
  /** Events until the returned function is called. Heartbeats come through too: they carry the station's clock. */
  subscribe(onEvent: (event: Event) => void, onLink: (link: LinkState) => void): () => void;
}

/** True for an object that is shaped like the station's own error. */
export function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null) return false;
  const error = value as Record<string, unknown>;
  return typeof error['code'] === 'string' && typeof error['message'] === 'string';
}
