//! The table: every command, its types, who may give it, and the function that carries it out.
//! Adding a line here is all it takes to add a command; leaving out its access rule does not compile.

use std::sync::Arc;

use gerai_core::port::BoxFuture;

use super::*;
use crate::App;
use crate::access::{Access, Caller, allowed};
use crate::usecases as run;

/// One command of the table, for documentation and for tests.
#[derive(Debug, Clone, Copy)]
pub struct CommandInfo {
    /// Name, as in `POST /rpc/<name>`.
    pub name: &'static str,
    /// Who may give it.
    pub access: Access,
}

macro_rules! commands {
    ($( $name:literal : $request:ty => $response:ty, $access:ident, $handler:path; )*) => {
        /// Every command.
        pub static COMMANDS: &[CommandInfo] = &[ $( CommandInfo { name: $name, access: Access::$access } ),* ];

        /// Checks the caller, reads the arguments, carries the command out.
        async fn carry_out(
            app: &Arc<App>,
            caller: &Caller,
            name: &str,
            arguments: serde_json::Value,
        ) -> Result<serde_json::Value, ApiError> {
            match name {
                $( $name => {
                    allowed(app, caller, Access::$access)?;
                    let request: $request = read_arguments(name, arguments)?;
                    // In a box: the future of all commands in one is slow to compile, wherever it is used.
                    let carried: BoxFuture<'_, Result<$response, ApiError>> = Box::pin($handler(app, caller, request));
                    let response = carried.await?;
                    serde_json::to_value(response).map_err(|error| {
                        ApiError::new(ErrorCode::Internal, format!("the answer of {name} cannot be written: {error}"), "")
                    })
                } )*
                _ => Err(ApiError::new(
                    ErrorCode::UnknownCommand,
                    format!("there is no command `{}`", name.chars().take(60).collect::<String>()),
                    "Reload the page: it may be older than the station.",
                )),
            }
        }

        /// The TypeScript map from command names to request and response types.
        #[cfg(test)]
        fn typescript() -> String {
            use ts_rs::TS;
            let config = ts_rs::Config::from_env();
            let mut names = std::collections::BTreeSet::new();
            let mut body = String::new();
            $(
                let (request, response) = (<$request as TS>::name(&config), <$response as TS>::name(&config));
                names.extend(type_names(&request));
                names.extend(type_names(&response));
                body.push_str(&format!("  \"{}\": {{ request: {request}; response: {response} }};\n", $name));
            )*
            let imports: String = names.iter().map(|n| format!("import type {{ {n} }} from \"./{n}\";\n")).collect();
            format!("// Generated from the contract's table by `cargo test -p gerai-app`. Do not edit.\n{imports}\nexport type Commands = {{\n{body}}};\n")
        }
    };
}

commands! {
    "station.status": Nothing => StationStatus, Public, run::session::status;
    "owner.create": OwnerCreate => SessionView, FirstRun, run::first_run::create_owner;
    "session.sign_in": SignIn => SessionView, Public, run::session::sign_in;
    "session.sign_out": Nothing => Nothing, Public, run::session::sign_out;
    "session.current": Nothing => SessionView, Own, run::session::current;
    "session.touch": Nothing => SessionView, Own, run::session::touch;
    "session.lock": Nothing => SessionView, Own, run::session::lock;
    "session.unlock": Unlock => SessionView, Own, run::session::unlock;
    "session.change_password": ChangePassword => SessionView, Password, run::credentials::change_password;
    "session.set_pin": SetPin => SessionView, Person, run::credentials::set_pin;
    "sessions.list": SessionsOf => Vec<SessionRow>, Person, run::own_sessions::list;
    "sessions.end": ById => Nothing, Person, run::own_sessions::end;
    "sessions.end_all": SessionsOf => Nothing, Person, run::own_sessions::end_all;
    "totp.begin": Nothing => TotpBegun, Person, run::second_factor::begin;
    "totp.confirm": TotpConfirm => RecoveryCodes, Person, run::second_factor::confirm;
    "totp.remove": TotpConfirm => Nothing, Person, run::second_factor::remove;
    "totp.new_codes": TotpConfirm => RecoveryCodes, Person, run::second_factor::new_codes;
    "operators.list": Nothing => Vec<OperatorView>, Administrator, run::people::list;
    "operators.add": OperatorAdd => OperatorView, Administrator, run::people::add;
    "operators.update": OperatorUpdate => OperatorView, Administrator, run::people::update;
    "operators.reset": OperatorReset => OperatorView, Administrator, run::people::reset;
    "password.forgot": PasswordForgot => PasswordForgotten, Public, run::credentials::forgot;
    "password.reset": PasswordReset => Nothing, Public, run::credentials::reset;
    "recovery.make": Nothing => RecoveryFile, Owner, run::recovery::make;
    "recovery.show": Nothing => RecoveryState, Owner, run::recovery::show;
    "recovery.seen": Nothing => RecoveryState, Owner, run::recovery::seen;
    "recovery.use": RecoveryUse => OperatorView, Public, run::recovery::use_file;
    "roles.show": Nothing => Vec<RoleRule>, Person, run::roles::show;

    "accounts.list": AccountsList => Page<AccountRow>, View, run::accounts::list;
    "accounts.show": ById => AccountDetail, View, run::accounts::show;
    "accounts.create": AccountCreate => AccountDetail, Operator, run::accounts::create;
    "accounts.set_state": AccountSetState => AccountDetail, Operator, run::accounts::set_state;
    "accounts.topup": TopupRequest => TopupReceipt, Operator, run::accounts::topup;
    "accounts.adjust": AdjustRequest => Decided, Administrator, run::adjust::adjust;
    "cards.list": AccountsList => Page<CardRow>, View, run::cards::list;
    "cards.enrol": CardEnrol => AccountDetail, Operator, run::cards::enrol;
    "cards.set_state": CardSetState => AccountDetail, Operator, run::cards::set_state;
    "cards.reveal": ById => CardRevealed, Operator, run::cards::reveal;
    "cards.unknown": Nothing => Vec<UnknownCard>, View, run::cards::unknown;
    "cards.dismiss": CardDismiss => Nothing, Operator, run::cards::dismiss;

    "payments.list": PaymentsList => Page<PaymentRow>, View, run::payments::list;
    "payments.show": ById => PaymentDetail, View, run::payments::show;
    "payments.reverse": PaymentReverse => PaymentDetail, Administrator, run::payments::reverse;
    "rejected.list": RejectedList => Page<RejectedRow>, View, run::payments::rejected;

    "tills.list": Nothing => Vec<TillView>, View, run::tills::list;
    "tills.create": TillSave => TillView, Administrator, run::tills::save;
    "tills.update": TillSave => TillView, Administrator, run::tills::save;
    "tills.arm": TillArm => TillView, Counter, run::tills::arm;
    "tills.cancel": ById => TillView, Counter, run::tills::cancel;
    "tills.pairing_code": ById => PairingCode, Operator, run::tills::pairing_code;
    "readers.list": Nothing => Vec<ReaderView>, View, run::readers::list;
    "readers.add": ReaderAdd => ReaderCredentials, Administrator, run::readers::add;
    "readers.update": ReaderUpdate => ReaderView, Administrator, run::readers::update;
    "readers.rotate": ReaderByName => ReaderCredentials, Administrator, run::readers::rotate;
    "readers.tap": VirtualTapRequest => VirtualTapResult, Operator, run::readers::tap;

    "counter.pair": CounterPair => SessionView, Public, run::counter::pair;
    "counter.show": CounterShow => CounterView, Counter, run::counter::show;
    "counter.switch": CounterSwitch => SessionView, Counter, run::duty::switch;
    "counter.leave": Nothing => SessionView, Counter, run::duty::leave;
    "counter.image": ById => CounterImageFile, Counter, run::counter_images::file;
    "counter_images.list": Nothing => Vec<CounterImageView>, Administrator, run::counter_images::list;
    "counter_images.add": CounterImageAdd => Vec<CounterImageView>, Administrator, run::counter_images::add;
    "counter_images.move": CounterImageMove => Vec<CounterImageView>, Administrator, run::counter_images::arrange;
    "counter_images.remove": ById => Vec<CounterImageView>, Administrator, run::counter_images::remove;

    "health.show": Nothing => HealthView, View, run::health::show;
    "health.accept_clock": Nothing => HealthView, Administrator, run::health::accept_clock;
    "ledger.verify": Nothing => VerifyReport, View, run::health::verify;
    "ledger.stats": Nothing => LedgerStats, View, run::health::stats;
    "network.show": Nothing => NetworkView, View, run::network::show;
    "network.renew_ca": Nothing => NetworkView, Owner, run::network::renew_ca;
    "settings.get": Nothing => SettingsView, View, run::settings::get;
    "settings.set": SettingsSet => SettingsView, Administrator, run::settings::set;
    "broker.set_password": BrokerPassword => Nothing, Administrator, run::settings::set_broker_password;
    "vault.status": Nothing => VaultView, Administrator, run::vault::status;
    "vault.rotate": Nothing => VaultRotated, Owner, run::vault::rotate;

    "sms.send": SmsSend => SmsAccepted, Operator, run::sms::send;
    "sms.preview": SmsPreview => SmsPreviewed, Operator, run::sms::preview;
    "sms.list": SmsList => Page<SmsRow>, View, run::sms::list;
    "sms.show": ById => SmsDetail, View, run::sms::show;
    "sms.cancel": SmsCancel => SmsCounted, Operator, run::sms_acts::cancel;
    "sms.resolve": SmsResolve => SmsDetail, Operator, run::sms_acts::resolve;
    "sms.release": Nothing => SmsCounted, Administrator, run::sms_acts::release;
    "sms.pause": SmsPause => SmsCounts, Administrator, run::sms_acts::pause;
    "sms.counts": Nothing => SmsCounts, View, run::sms::counts;
    "sms.reveal": ById => NumberRevealed, Operator, run::sms_acts::reveal;
    "inbox.list": InboxList => Page<InboxRow>, View, run::inbox::list;
    "inbox.show": ById => InboxDetail, Operator, run::inbox::show;
    "inbox.remove": ById => Nothing, Operator, run::inbox::remove;
    "inbox.reveal": ById => NumberRevealed, Operator, run::inbox::reveal;
    "block.list": Nothing => Vec<BlockedNumber>, View, run::inbox::blocked;
    "block.add": BlockAdd => BlockedNumber, Operator, run::inbox::block;
    "block.remove": BlockRemove => Nothing, Operator, run::inbox::unblock;
    "templates.list": Nothing => Vec<TemplateView>, Operator, run::inbox::templates;
    "templates.save": TemplateSave => TemplateView, Operator, run::inbox::save_template;
    "templates.remove": ById => Nothing, Operator, run::inbox::remove_template;
    "lines.list": Nothing => Vec<LineView>, View, run::lines::list;
    "lines.show": ById => LineView, View, run::lines::show;
    "lines.save": LineSave => LineView, Administrator, run::lines::save;
    "lines.remove": ById => Nothing, Administrator, run::lines::remove;
    "lines.detect": LinesDetect => Vec<PortView>, Administrator, run::lines::detect;
    "lines.confirm_sim": ById => LineView, Administrator, run::lines::confirm_sim;
    "lines.wake": ById => Nothing, Operator, run::lines::wake;
    "lines.command": LineCommand => LineAnswer, Administrator, run::lines::command;
    "ussd.send": UssdSend => UssdTurn, Operator, run::lines::ussd_send;
    "ussd.cancel": ById => Nothing, Operator, run::lines::ussd_cancel;
    "ussd.list": ById => Vec<UssdTurn>, Operator, run::lines::ussd_list;
    "routing.get": Nothing => RoutingTable, View, run::routing::get;
    "routing.set": RoutingTable => RoutingTable, Administrator, run::routing::set;
    "routing.test": RoutingTest => RouteDecision, View, run::sms::routing_test;

    "stoves.list": StovesList => Page<StoveRow>, View, run::stoves::list;
    "stoves.month": Nothing => StovesMonth, View, run::stoves::month;
    "stoves.get": StoveById => StoveDetail, View, run::stoves::get;
    "stoves.save": StoveSave => StoveDetail, Operator, run::stoves::save;
    "stoves.import": StovesImport => ImportReport, Administrator, run::stove_keys::import;
    "stoves.replace_meter": MeterReplace => StoveDetail, Administrator, run::meters::replace;
    "stoves.undo_replacement": MeterUndo => StoveDetail, Administrator, run::meters::undo;
    "stoves.chart": StoveChart => StoveChartView, View, run::stoves::chart;
    "stove_tariffs.list": Nothing => Vec<StoveTariff>, View, run::stoves::tariffs;
    "stove_tariffs.save": StoveTariff => StoveTariff, Administrator, run::stoves::save_tariff;
    "stove_tariffs.remove": StoveTariffName => Nothing, Administrator, run::stoves::remove_tariff;
    "stove.demo": Nothing => DemoStove, Operator, run::stoves::demo;
    "readings.list": ReadingsList => Page<ReadingRow>, View, run::readings::list;
    "readings.get": ById => ReadingDetail, View, run::readings::get;
    "readings.frame": ById => ReadingFrame, Operator, run::readings::frame;
    "readings.judge": ReadingJudge => ReadingDetail, Administrator, run::readings::judge;
    "readings.export": ReadingsExport => Page<ReadingRow>, View, run::readings::export;
    "readings.take": ReadingTake => Taken, Operator, run::scan::take;
    "readings.take_image": ReadingTakeImage => TakenImage, Operator, run::scan::take_image;
    "readings.unread": ReadingUnread => UnreadView, Operator, run::readings::unread;
    "scan.cameras": Nothing => Vec<CameraView>, Operator, run::scan::cameras;
    "scan.start": ScanStart => ScanState, Operator, run::scan::start;
    "scan.stop": Nothing => ScanState, Operator, run::scan::stop;
    "scan.state": Nothing => ScanState, Operator, run::scan::state;
    "scan.frame": Nothing => ScanFrame, Operator, run::scan_frame::newest;
    "radio.scan": RadioScan => Vec<PeripheralView>, Operator, run::scan::radio_scan;
    "radio.describe": RadioDescribe => Vec<ServiceView>, Operator, run::scan::radio_describe;
    "radio.read": RadioRead => Taken, Operator, run::scan::radio_read;
    "forward.status": Nothing => ForwardStatus, View, run::forward::status;
    "forward.list": ForwardList => Page<ForwardRow>, View, run::forward::list;
    "forward.retry": ForwardRetry => ForwardCounted, Operator, run::forward::retry;
    "forward.pause": ForwardPause => ForwardStatus, Administrator, run::forward::pause;
    "forward.set_password": ForwardPassword => ForwardStatus, Administrator, run::forward::set_password;
    "stove_keys.list": StovesList => Page<StoveKeyRow>, View, run::stove_keys::list;
    "stove_keys.register": StoveKeyRegister => StoveKeyShown, Administrator, run::stove_keys::register;
    "stove_keys.change": StoveKeyChange => StoveChangeView, Administrator, run::stove_keys::change;
    "stove_accounts.list": Nothing => Vec<StoveAccount>, Administrator, run::forward::accounts;
    "stove_accounts.save": StoveAccountSave => StoveAccount, Administrator, run::forward::save_account;
    "stove_accounts.remove": StoveAccountName => Nothing, Administrator, run::forward::remove_account;

    "audit.list": AuditList => Page<AuditRow>, View, run::audit::list;
    "audit.verify": Nothing => AuditReport, View, run::audit::verify;
    "audit.export": AuditExport => Page<AuditRow>, View, run::audit::export;
    "approvals.list": ApprovalsList => Page<ApprovalView>, Administrator, run::approvals::list;
    "approvals.decide": ApprovalDecide => ApprovalView, Administrator, run::approvals::decide;
    "approvals.withdraw": ById => ApprovalView, Administrator, run::approvals::withdraw;
    "tokens.list": Nothing => Vec<TokenRow>, Owner, run::tokens::list;
    "tokens.issue": TokenIssue => TokenIssued, Owner, run::tokens::issue;
    "tokens.revoke": TokenRevoke => TokenRow, Owner, run::tokens::revoke;
    "tokens.rotate_keys": Nothing => Nothing, Owner, run::tokens::rotate_keys;
}

/// Gives a command: checked, carried out, and recorded when it was refused.
pub fn dispatch<'a>(
    app: &'a Arc<App>,
    caller: &'a Caller,
    name: &'a str,
    arguments: serde_json::Value,
) -> BoxFuture<'a, Result<serde_json::Value, ApiError>> {
    Box::pin(async move {
        let outcome = carry_out(app, caller, name, arguments).await;
        if let Err(refused) = &outcome {
            app.record_refusal(caller, name, refused).await;
        }
        outcome
    })
}

fn read_arguments<T: serde::de::DeserializeOwned>(
    name: &str,
    arguments: serde_json::Value,
) -> Result<T, ApiError> {
    let arguments = if arguments.is_null() { serde_json::json!({}) } else { arguments };
    serde_json::from_value(arguments).map_err(|error| {
        ApiError::new(ErrorCode::Invalid, format!("the arguments of {name} cannot be read: {error}"), "")
    })
}

#[cfg(test)]
fn type_names(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|name| name.starts_with(|c: char| c.is_uppercase()) && *name != "Array")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn export_commands() {
        let path = ts_rs::Config::from_env().out_dir().join("Commands.ts");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, typescript()).unwrap();
    }

    #[test]
    fn names_are_unique_and_the_table_is_not_empty() {
        let names: std::collections::BTreeSet<_> = COMMANDS.iter().map(|c| c.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
        assert!(names.len() > 30);
    }

    #[test]
    fn type_names_are_found_inside_generics() {
        assert_eq!(type_names("Page<AccountRow>"), ["Page", "AccountRow"]);
        assert_eq!(type_names("Array<TillView>"), ["TillView"]);
    }
}
