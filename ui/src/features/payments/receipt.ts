/** A payment as plain text, to hand to a customer or into a chat. */
import type { Language } from '../../bindings/Language';
import type { PaymentDetail } from '../../bindings/PaymentDetail';
import { digits, rupiah } from '../../lib/money';
import { dateTime } from '../../lib/time';
import { m } from '../../paraglide/messages.js';
import { outcomeLooks, reversedLook } from '../domain/outcomes';

export function receipt(payment: PaymentDetail, language: Language): string {
  const row = payment.row;
  const outcome = row.reversed ? reversedLook : outcomeLooks[row.outcome];
  const own = payment.chain.find((link) => link.entry === row.entry);
  return [
    m.payment_title({ id: digits(row.id, language) }),
    `${outcome.word()} · ${rupiah(row.amount, language)}`,
    dateTime(row.at_ms, language),
    [row.name ?? m.payments_no_owner(), row.card, row.till].filter(Boolean).join(' · '),
    row.balance === null ? '' : `${m.payment_balance()}: ${rupiah(row.balance, language)}`,
    own ? `#${own.entry} ${own.hash}` : '',
  ].filter(Boolean).join('\n');
}
