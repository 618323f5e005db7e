/** Why a message waits, why a line was taken, why a number was left out: in the screen's language. */
import type { Language } from '../../bindings/Language';
import type { RouteCandidate } from '../../bindings/RouteCandidate';
import type { RouteDecision } from '../../bindings/RouteDecision';
import type { SmsLeftOut } from '../../bindings/SmsLeftOut';
import type { SmsReason } from '../../bindings/SmsReason';
import type { SmsRow } from '../../bindings/SmsRow';
import { secondsText } from '../../lib/money';
import { clockOrDay, countdownText } from '../../lib/time';
import { m } from '../../paraglide/messages.js';

const reasons: Record<string, () => string> = {
  turn: m.reason_turn,
  no_line: m.reason_no_line,
  line_down: m.reason_line_down,
  line_busy: m.reason_line_busy,
  limit_second: m.reason_limit_second,
  limit_hour: m.reason_limit_hour,
  limit_day: m.reason_limit_day,
  limit_month: m.reason_limit_month,
  limit_recipients: m.reason_limit_recipients,
  gap: m.reason_gap,
  otp_reserve: m.reason_otp_reserve,
  window: m.reason_window,
  scheduled: m.reason_scheduled,
  backoff: m.reason_backoff,
  sim_swapped: m.reason_sim_swapped,
  paused: m.reason_paused,
  restored: m.reason_restored,
  blocked: m.reason_blocked,
  denied: m.reason_denied,
  modem_silent: m.reason_modem_silent,
  station_died: m.reason_station_died,
  unplugged: m.reason_unplugged,
  unclear_answer: m.reason_unclear_answer,
  network: m.reason_network,
  number: m.reason_number,
  line: m.reason_line,
  report_failed: m.reason_report_failed,
  report_unknown: m.reason_report_unknown,
  deadline: m.reason_deadline,
  cancelled: m.reason_cancelled,
  unreadable: m.reason_unreadable,
  volatile_lost: m.reason_volatile_lost,
  assumed_sent: m.reason_assumed_sent,
  assumed_failed: m.reason_assumed_failed,
};

/** Codes that this page has words for. */
export const reasonCodes = Object.keys(reasons);

const routes: Record<string, () => string> = {
  chosen: m.route_chosen,
  cheapest: m.route_cheapest,
  turn: m.route_turn,
  ready: m.route_ready,
  dearer: m.route_dearer,
  not_in_rule: m.route_not_in_rule,
  not_for_api: m.route_not_for_api,
  empty_balance: m.route_empty_balance,
  off: m.route_off,
  absent: m.route_absent,
};

export const routeCodes = Object.keys(routes);

/** Below an hour the wait is a clock that runs down, otherwise the time of day it ends. */
const COUNT_BELOW_MS = 3_600_000;

function withUntil(word: string, untilMs: number | null, nowMs: number, language: Language): string {
  if (untilMs === null || untilMs <= nowMs) return word;
  if (untilMs - nowMs < COUNT_BELOW_MS) return m.reason_in({ reason: word, time: countdownText(untilMs - nowMs) });
  return m.reason_until({ reason: word, time: clockOrDay(untilMs, nowMs, language) });
}

/** A newer station may know reasons that this page does not: then its own sentence stands. */
export function reasonWords(reason: SmsReason, nowMs: number, language: Language): string {
  if (reason.code === '') return reason.text;
  const word = reasons[reason.code]?.();
  return word === undefined ? reason.text : withUntil(word, reason.until_ms, nowMs, language);
}

/** What a message waits for, or what became of it; states that have no reason say what they are about. */
export function rowWords(row: SmsRow, nowMs: number, language: Language): string {
  if (row.reason.code !== '') return reasonWords(row.reason, nowMs, language);
  switch (row.state) {
    case 'leased':
      return m.sms_leased_by({ line: row.line });
    case 'submitting':
      return m.sms_waits_modem();
    case 'sent':
      return m.sms_waits_report();
    case 'delivered':
      return row.sent_ms !== null && row.done_ms !== null ? m.sms_took({ seconds: secondsText(row.done_ms - row.sent_ms, language) }) : '';
    case 'queued':
    case 'scheduled':
    case 'held':
    case 'in_doubt':
    case 'failed':
    case 'expired':
    case 'cancelled':
    case 'lost':
      return row.reason.text;
  }
}

export function candidateWords(candidate: Pick<RouteCandidate, 'code' | 'text' | 'until_ms'>, nowMs: number, language: Language): string {
  const word = (routes[candidate.code] ?? reasons[candidate.code])?.();
  return word === undefined ? candidate.text : withUntil(word, candidate.until_ms, nowMs, language);
}

/** What the rules say of a number, in a few words. */
export function decisionWords(decision: RouteDecision): string {
  const prefix = decision.prefix === null ? m.route_by_default() : m.route_by_prefix({ prefix: decision.prefix === '' ? '*' : decision.prefix });
  const why = (routes[decision.code] ?? reasons[decision.code])?.() ?? decision.text;
  return [prefix, decision.label, why].filter(Boolean).join(' · ');
}

/** `1 bagian`, `2 parts`. */
export const partsWords = (count: number): string => (count === 1 ? m.sms_part_one() : m.sms_part_many({ count }));

const leftOut: Record<string, () => string> = { blocked: m.left_out_blocked, denied: m.left_out_denied, twice: m.left_out_twice };

/** A number that is wrong has the station's own sentence. */
export const leftOutWords = (left: SmsLeftOut): string => leftOut[left.why]?.() ?? left.why;

const origins: Record<string, () => string> = {
  console: m.surface_console, cli: m.surface_local, api: m.surface_api, canary: m.sms_origin_canary, browser: m.surface_browser,
};

/** The surface a message came from, or the account whose program sent it. */
export const originWords = (origin: string): string => origins[origin]?.() ?? origin;
