/** Why a stove could not be read: kept in English, shown in the screen's language; what a person typed stands as it is. */
import { m } from '../../../paraglide/messages.js';

const words: Record<string, () => string> = {
  'nobody home': m.unread_reason_home,
  'display broken': m.unread_reason_display,
  'no power': m.unread_reason_power,
  'code dirty': m.unread_reason_dirty,
  'no Bluetooth answer': m.unread_reason_bluetooth,
  'no access': m.unread_reason_access,
};

export const unreadReasons = Object.keys(words);
export const reasonWord = (reason: string): string => words[reason]?.() ?? reason;
