/** Chooses the transport: inside the desktop's window the IPC, in any browser HTTP. */
import type { Backend } from './backend';
import { httpBackend } from './http';
import { tauriBackend } from './tauri';

export const inDesktop = '__TAURI_INTERNALS__' in window;
export const backend: Backend = inDesktop ? tauriBackend : httpBackend;

/**
 * The camera's newest picture: the number makes each one an address of its own, so that none is taken from a cache. The
 * desktop's window has no such address (null): there the picture comes by the command `scan.frame`.
 */
export const scanFrame = (frame: number): string | null => (inDesktop ? null : `/scan/frame.jpg?n=${frame}`);

/** A shop's picture for an idle counter; null in the desktop's window, where it comes by the command `counter.image`. */
export const counterImage = (id: number, mark: string): string | null => (inDesktop ? null : `/counter/images/${id}?v=${mark}`);
