//! Who may give which command, written by hand and not from the contract: a command that is missing here fails the tests
//! of every transport. Letters: `N` nobody, `O` owner, `A` administrator, `P` operator, `C` cashier, `U` auditor,
//! `K` a counter's session, `L` a locked session (an owner's), `M` an administrator whose password must change.

/// Everybody.
const ALL: &str = "NOAPCUKLM";
/// Whoever has a session.
const SESSION: &str = "OAPCUKLM";
/// Signed-in people.
const PEOPLE: &str = "OAPCU";

/// Every command and the callers who may give it.
pub const HAND: &[(&str, &str)] = &[
    ("station.status", ALL),
    ("owner.create", ""),
    ("session.sign_in", ALL),
    ("session.sign_out", ALL),
    ("session.current", SESSION),
    ("session.touch", SESSION),
    ("session.lock", SESSION),
    ("session.unlock", SESSION),
    ("session.change_password", "OAPCUM"),
    ("session.set_pin", PEOPLE),
    ("sessions.list", PEOPLE),
    ("sessions.end", PEOPLE),
    ("sessions.end_all", PEOPLE),
    ("totp.begin", PEOPLE),
    ("totp.confirm", PEOPLE),
    ("totp.remove", PEOPLE),
    ("totp.new_codes", PEOPLE),
    ("operators.list", "OA"),
    ("operators.add", "OA"),
    ("operators.update", "OA"),
    ("operators.reset", "OA"),
    ("password.forgot", ALL),
    ("password.reset", ALL),
    ("recovery.make", "O"),
    ("recovery.show", "O"),
    ("recovery.seen", "O"),
    ("recovery.use", ALL),
    ("roles.show", PEOPLE),
    ("accounts.list", "OAPU"),
    ("accounts.show", "OAPU"),
    ("accounts.create", "OAP"),
    ("accounts.set_state", "OAP"),
    ("accounts.topup", "OAP"),
    ("cards.list", "OAPU"),
    ("cards.enrol", "OAP"),
    ("cards.set_state", "OAP"),
    ("cards.reveal", "OAP"),
    ("cards.unknown", "OAPU"),
    ("cards.dismiss", "OAP"),
    ("payments.list", "OAPU"),
    ("payments.show", "OAPU"),
    ("payments.reverse", "OA"),
    ("rejected.list", "OAPU"),
    ("tills.list", "OAPU"),
    ("tills.create", "OA"),
    ("tills.update", "OA"),
    ("tills.arm", "OAPCK"),
    ("tills.cancel", "OAPCK"),
    ("tills.pairing_code", "OAP"),
    ("readers.list", "OAPU"),
    ("readers.add", "OA"),
    ("readers.update", "OA"),
    ("readers.rotate", "OA"),
    ("readers.tap", "OAP"),
    ("counter.pair", ALL),
    ("counter.show", "OAPCK"),
    ("counter.switch", "OAPCK"),
    ("counter.leave", "OAPCK"),
    ("health.show", "OAPU"),
    ("health.accept_clock", "OA"),
    ("ledger.verify", "OAPU"),
    ("ledger.stats", "OAPU"),
    ("settings.get", "OAPU"),
    ("settings.set", "OA"),
    ("broker.set_password", "OA"),
    ("vault.status", "OA"),
    ("vault.rotate", "O"),
    ("network.show", "OAPU"),
    ("network.renew_ca", "O"),
    ("accounts.adjust", "OA"),
    ("sms.send", "OAP"),
    ("sms.preview", "OAP"),
    ("sms.list", "OAPU"),
    ("sms.show", "OAPU"),
    ("sms.cancel", "OAP"),
    ("sms.resolve", "OAP"),
    ("sms.release", "OA"),
    ("sms.pause", "OA"),
    ("sms.counts", "OAPU"),
    ("sms.reveal", "OAP"),
    ("inbox.list", "OAPU"),
    ("inbox.show", "OAP"),
    ("inbox.remove", "OAP"),
    ("inbox.reveal", "OAP"),
    ("block.list", "OAPU"),
    ("block.add", "OAP"),
    ("block.remove", "OAP"),
    ("templates.list", "OAP"),
    ("templates.save", "OAP"),
    ("templates.remove", "OAP"),
    ("lines.list", "OAPU"),
    ("lines.show", "OAPU"),
    ("lines.save", "OA"),
    ("lines.remove", "OA"),
    ("lines.detect", "OA"),
    ("lines.confirm_sim", "OA"),
    ("lines.wake", "OAP"),
    ("lines.command", "OA"),
    ("ussd.send", "OAP"),
    ("ussd.cancel", "OAP"),
    ("ussd.list", "OAP"),
    ("routing.get", "OAPU"),
    ("routing.set", "OA"),
    ("routing.test", "OAPU"),
    ("audit.list", "OAPU"),
    ("audit.verify", "OAPU"),
    ("audit.export", "OAPU"),
    ("approvals.list", "OA"),
    ("approvals.decide", "OA"),
    ("approvals.withdraw", "OA"),
    ("tokens.list", "O"),
    ("tokens.issue", "O"),
    ("tokens.revoke", "O"),
    ("tokens.rotate_keys", "O"),
];

/// The error code that a caller gets for a command; `None`: the command looks at its arguments.
pub fn refused(command: &str, caller: char) -> Option<&'static str> {
    let (_, may) = HAND
        .iter()
        .find(|(name, _)| *name == command)
        .unwrap_or_else(|| panic!("{command} is not in the table by hand: say there who may give it"));
    if may.contains(caller) {
        return None;
    }
    // The first owner is made once: afterwards nobody makes one this way.
    Some(match caller {
        _ if command == "owner.create" => "forbidden",
        'N' => "signed_out",
        'L' => "locked",
        'M' => "must_change",
        _ => "forbidden",
    })
}

/// A JSON text is no request of any command: who may give it is told that it is invalid, and nothing is ever done.
pub const JUNK: &str = "\"junk\"";
