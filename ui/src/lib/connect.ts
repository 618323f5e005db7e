/** Chooses the transport: inside the desktop's window the IPC, in any browser HTTP. */
import type { Backend } from './backend';
import { httpBackend } from './http';
import { tauriBackend } from './tauri';

export const inDesktop = '__TAURI_INTERNALS__' in window;
export const backend: Backend = inDesktop ? tauriBackend : httpBackend;
