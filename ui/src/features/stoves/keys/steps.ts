/** The change of a stove's key or number as steps that a person can follow. Pure. */
import type { StoveChangeNext } from '../../../bindings/StoveChangeNext';
import type { StoveChangeStep } from '../../../bindings/StoveChangeStep';
import type { StoveChangeView } from '../../../bindings/StoveChangeView';
import { m } from '../../../paraglide/messages.js';

export interface RotationStep {
  key: 'prepare' | 'server' | 'write' | 'token' | 'update';
  word: () => string;
  state: 'done' | 'now' | 'ahead';
}

const order: { key: RotationStep['key']; word: () => string; next: StoveChangeNext | null }[] = [
  { key: 'prepare', word: m.keys_step_prepare, next: null },
  { key: 'server', word: m.keys_step_server, next: 'ask_server' },
  { key: 'write', word: m.keys_step_write, next: 'write' },
  { key: 'token', word: m.keys_step_token, next: 'read_token' },
  { key: 'update', word: m.keys_step_update, next: 'update_server' },
];

/** Where a change is: what is behind it, what it waits for, what comes. Of an abandoned one only the beginning is done. */
export function rotationSteps(change: StoveChangeView): RotationStep[] {
  const abandoned = change.state === 'abandoned';
  const over = change.next === 'nothing' && !abandoned;
  const at = over ? order.length : Math.max(1, order.findIndex((step) => step.next === change.next));
  return order.map(({ key, word }, place) => ({ key, word, state: place < at ? 'done' : place === at && change.open && !abandoned ? 'now' : 'ahead' }));
}

const acts: Record<StoveChangeNext, StoveChangeStep[]> = {
  ask_server: ['server_agrees', 'server_refuses'],
  write: ['write', 'write_by_hand', 'written'],
  read_token: ['write', 'written'],
  update_server: ['server_updated'],
  nothing: [],
};

/** What a person may do now, the most likely first. A write that was begun is never forgotten: it can be written again. */
export function stepsOpen(change: StoveChangeView): StoveChangeStep[] {
  // One that may have reached the stove stays open: it is taken up again, or the stove would be locked out.
  if (change.state === 'abandoned') return change.reached ? ['take_up'] : [];
  if (!change.open) return [];
  const now = acts[change.next].filter((step) => step !== 'written' || change.state === 'writing');
  // The new key lives: there is nothing left to abandon.
  return change.next === 'update_server' ? now : [...now, 'abandon'];
}

const nexts: Record<StoveChangeNext, () => string> = {
  ask_server: m.keys_next_ask_server,
  write: m.keys_next_write,
  read_token: m.keys_next_read_token,
  update_server: m.keys_next_update_server,
  nothing: m.keys_next_nothing,
};
export const nextWords = (next: StoveChangeNext): string => nexts[next]();

const notices: Record<string, () => string> = {
  server_refused: m.keys_notice_server_refused,
  server_lacks_new: m.keys_notice_server_lacks_new,
  not_taken: m.keys_notice_not_taken,
  neither_lives: m.keys_notice_neither_lives,
  old_again: m.keys_notice_old_again,
};
export const noticeCodes = Object.keys(notices);
export const noticeWords = (notice: string): string => notices[notice]?.() ?? notice.replaceAll('_', ' ');

const states: Record<string, () => string> = {
  prepared: m.keys_state_prepared,
  server_acked: m.keys_state_server_acked,
  writing: m.keys_state_writing,
  written: m.keys_state_written,
  confirmed: m.keys_state_confirmed,
  server_updated: m.keys_state_server_updated,
  abandoned: m.keys_state_abandoned,
};
export const changeStates = Object.keys(states);
export const changeWord = (state: string): string => states[state]?.() ?? state.replaceAll('_', ' ');

export const kindWord = (change: StoveChangeView): string =>
  change.kind === 'id' ? m.keys_changing_id({ old: change.old_id ?? change.stove, new: change.new_id ?? '–' }) : m.keys_changing_secret();

const warnings: Record<string, { word: () => string; text: () => string }> = {
  short: { word: m.keys_warning_short, text: m.keys_warning_short_text },
  public_demo_key: { word: m.keys_warning_public_demo_key, text: m.keys_warning_public_demo_key_text },
};
export const warningWord = (warning: string): string => warnings[warning]?.word() ?? warning.replaceAll('_', ' ');
export const warningText = (warning: string): string => warnings[warning]?.text() ?? warning.replaceAll('_', ' ');
