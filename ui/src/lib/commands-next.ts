/**
 * Commands whose types are in the contract and whose lines in the station's table come with their functions. A line of
 * the generated `Commands` replaces the one here by itself; when it has them all, this file goes.
 */
import type { AdjustRequest } from '../bindings/AdjustRequest';
import type { ApprovalDecide } from '../bindings/ApprovalDecide';
import type { ApprovalView } from '../bindings/ApprovalView';
import type { ApprovalsList } from '../bindings/ApprovalsList';
import type { AuditList } from '../bindings/AuditList';
import type { AuditReport } from '../bindings/AuditReport';
import type { AuditRow } from '../bindings/AuditRow';
import type { ById } from '../bindings/ById';
import type { ChangePassword } from '../bindings/ChangePassword';
import type { CounterSwitch } from '../bindings/CounterSwitch';
import type { Decided } from '../bindings/Decided';
import type { Nothing } from '../bindings/Nothing';
import type { OperatorUpdate } from '../bindings/OperatorUpdate';
import type { OperatorView } from '../bindings/OperatorView';
import type { Page } from '../bindings/Page';
import type { PasswordForgot } from '../bindings/PasswordForgot';
import type { PasswordForgotten } from '../bindings/PasswordForgotten';
import type { PasswordReset } from '../bindings/PasswordReset';
import type { RecoveryCodes } from '../bindings/RecoveryCodes';
import type { RecoveryFile } from '../bindings/RecoveryFile';
import type { RecoveryState } from '../bindings/RecoveryState';
import type { RecoveryUse } from '../bindings/RecoveryUse';
import type { RoleRule } from '../bindings/RoleRule';
import type { SessionRow } from '../bindings/SessionRow';
import type { SessionsOf } from '../bindings/SessionsOf';
import type { SetPin } from '../bindings/SetPin';
import type { TokenIssue } from '../bindings/TokenIssue';
import type { TokenIssued } from '../bindings/TokenIssued';
import type { TokenRevoke } from '../bindings/TokenRevoke';
import type { TokenRow } from '../bindings/TokenRow';
import type { TotpBegun } from '../bindings/TotpBegun';
import type { TotpConfirm } from '../bindings/TotpConfirm';
import type { Unlock } from '../bindings/Unlock';

/** A recovery file was used, and no owner has said that they know of it. */
type RecoveryUsed = RecoveryState & { used_ms?: number | null; used_by?: string | null };

/** Answers that no screen reads are `unknown`: the session or the list is read again instead. */
export type CommandsNext = {
  'session.touch': { request: Nothing; response: unknown };
  'session.lock': { request: Nothing; response: unknown };
  'session.unlock': { request: Unlock; response: unknown };
  'session.change_password': { request: ChangePassword; response: unknown };
  'session.set_pin': { request: SetPin; response: unknown };
  'sessions.list': { request: SessionsOf; response: Array<SessionRow> };
  'sessions.end': { request: ById; response: unknown };
  'sessions.end_all': { request: SessionsOf; response: unknown };
  'totp.begin': { request: Nothing; response: TotpBegun };
  'totp.confirm': { request: TotpConfirm; response: RecoveryCodes };
  'totp.remove': { request: TotpConfirm; response: unknown };
  'totp.new_codes': { request: TotpConfirm; response: RecoveryCodes };
  'operators.update': { request: OperatorUpdate; response: OperatorView };
  'password.forgot': { request: PasswordForgot; response: PasswordForgotten };
  'password.reset': { request: PasswordReset; response: unknown };
  'recovery.make': { request: Nothing; response: RecoveryFile };
  'recovery.show': { request: Nothing; response: RecoveryUsed };
  'recovery.seen': { request: Nothing; response: RecoveryUsed };
  'recovery.use': { request: RecoveryUse; response: unknown };
  'counter.switch': { request: CounterSwitch; response: unknown };
  'counter.leave': { request: Nothing; response: unknown };
  'roles.show': { request: Nothing; response: Array<RoleRule> };
  'audit.list': { request: AuditList; response: Page<AuditRow> };
  'audit.verify': { request: Nothing; response: AuditReport };
  'approvals.list': { request: ApprovalsList; response: Page<ApprovalView> };
  'approvals.decide': { request: ApprovalDecide; response: unknown };
  'approvals.withdraw': { request: ById; response: unknown };
  'accounts.adjust': { request: AdjustRequest; response: Decided };
  'tokens.issue': { request: TokenIssue; response: TokenIssued };
  'tokens.list': { request: Nothing; response: Array<TokenRow> };
  'tokens.revoke': { request: TokenRevoke; response: unknown };
  'tokens.rotate_keys': { request: Nothing; response: unknown };
};
