//! `gerai sms`, `gerai ussd`, `gerai block`.

use std::io::Read;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use gerai_core::phone::Destination;
use gerai_core::port::lines::{Concat, SubmitPart};
use gerai_core::secret::Secret;
use gerai_core::sms::text;
use serde_json::{Value, json};

use super::failure::Failure;
use super::money::{rupiah, wib};
use super::output::{Output, Side, number, table, text as field};
use super::sms_args::{Block, Sms, SmsClass, SmsSend, SmsShow, Ussd, Verdict};
use super::station::{Need, Reach, Session};

/// How long `--wait` waits.
const WAIT: Duration = Duration::from_secs(60);
/// Bytes of a text that are read.
const TEXT_BYTES_MAX: u64 = 128 * 1024;

/// Carries `gerai sms` out.
pub async fn run(reach: &Reach, command: Sms, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Sms::Send(send) => send_text(reach, send, output).await,
        Sms::List { show, limit } => {
            let filter = match show {
                SmsShow::All => "all",
                SmsShow::Waiting => "waiting",
                SmsShow::InDoubt => "in_doubt",
                SmsShow::Failed => "failed",
                SmsShow::Gone => "gone",
                SmsShow::Held => "held",
            };
            let page =
                reach.call(Need::Read, "sms.list", json!({ "filter": filter, "limit": limit })).await?;
            Ok(output.show(&page, || list_text(&page)))
        }
        Sms::Show { id } => {
            let detail = reach.call(Need::Read, "sms.show", json!({ "id": id })).await?;
            Ok(output.show(&detail, || detail_text(&detail)))
        }
        Sms::Route { number, otp } => {
            let class = if otp { "otp" } else { "normal" };
            let args = json!({ "number": number, "class": class });
            let decision = reach.call(Need::Running, "routing.test", args).await?;
            Ok(output.show(&decision, || route_text(&decision)))
        }
        Sms::Cancel { ids } => {
            let done = reach.call(Need::Write, "sms.cancel", json!({ "ids": ids })).await?;
            Ok(output.show(&done, || {
                format!(
                    "Taken back: {}. Too late: {}.",
                    number_of(&done, "changed"),
                    number_of(&done, "too_late")
                )
            }))
        }
        Sms::Resolve { id, verdict } => {
            let verdict = match verdict {
                Verdict::AssumeSent => "assume_sent",
                Verdict::AssumeFailed => "assume_failed",
                Verdict::SendAgain => "send_again",
            };
            let detail =
                reach.call(Need::Write, "sms.resolve", json!({ "id": id, "verdict": verdict })).await?;
            Ok(output.show(&detail, || detail_text(&detail)))
        }
        Sms::Inbox { limit } => {
            let page = reach.call(Need::Read, "inbox.list", json!({ "limit": limit })).await?;
            Ok(output.show(&page, || inbox_text(&page)))
        }
        Sms::PduDecode => pdu_decode(output),
        Sms::PduEncode { to, flash, report, validity_minutes } => {
            pdu_encode(&to, flash, report, validity_minutes, output)
        }
    }
}

fn number_of(value: &Value, name: &str) -> i64 {
    number(value, name)
}

/// Text from standard input: nothing secret is an argument.
fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().lock().take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

async fn send_text(reach: &Reach, send: SmsSend, output: &Output) -> Result<ExitCode, Failure> {
    let text = match (&send.file, send.text.as_deref()) {
        (Some(file), _) => std::fs::read_to_string(file).map_err(|error| {
            Failure::invalid(format!("cannot read {}: {error}", file.display()), "Name a text file in UTF-8.")
        })?,
        (None, Some("-") | None) => {
            let text = from_stdin()?;
            text.strip_suffix('\n').map_or(text.clone(), str::to_owned)
        }
        (None, Some(text)) => text.to_owned(),
    };
    let session = reach.open(Need::Running).await?;
    let outcome = send_on(&session, &send, text).await;
    session.close().await;
    let (accepted, details) = outcome?;
    let document = json!({ "accepted": accepted, "messages": details });
    Ok(output.show(&document, || {
        let mut lines = String::new();
        for detail in &details {
            lines.push_str(&detail_text(detail));
            lines.push('\n');
        }
        lines
    }))
}

async fn send_on(session: &Session, send: &SmsSend, text: String) -> Result<(Value, Vec<Value>), Failure> {
    let line_id = match &send.line {
        Some(line) => Some(line_named(session, line).await?),
        None => None,
    };
    let request_id = match &send.request_id {
        Some(id) => id.clone(),
        None => crate::random::request_id().map_err(|error| Failure::other(&error))?,
    };
    let class = match send.class {
        SmsClass::Otp => "otp",
        SmsClass::Normal => "normal",
    };
    let args = json!({
        "request_id": request_id, "to": send.to, "text": text, "class": class, "line_id": line_id,
        "flash": send.flash,
    });
    let accepted = session.call("sms.send", args).await?;
    let mut details = Vec::new();
    let until = Instant::now() + WAIT;
    for id in accepted["ids"].as_array().into_iter().flatten() {
        loop {
            let detail = session.call("sms.show", json!({ "id": id })).await?;
            let state = detail["row"]["state"].as_str().unwrap_or_default();
            let moving = matches!(state, "queued" | "leased" | "submitting" | "scheduled");
            if !send.wait || !moving || Instant::now() > until {
                details.push(detail);
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok((accepted, details))
}

/// A line by its id or its name.
pub async fn line_named(session: &Session, wanted: &str) -> Result<i64, Failure> {
    let lines = session.call("lines.list", Value::Null).await?;
    let lines = lines.as_array().map_or(&[][..], Vec::as_slice);
    let found = lines.iter().find(|line| {
        line["settings"]["name"].as_str() == Some(wanted) || wanted.parse() == Ok(number(line, "id"))
    });
    found.map(|line| number(line, "id")).ok_or_else(|| {
        let names: Vec<&str> = lines.iter().filter_map(|line| line["settings"]["name"].as_str()).collect();
        Failure::not_found(
            format!("there is no line `{wanted}` (there are: {})", names.join(", ")),
            "`gerai modem list` shows them.",
        )
    })
}

fn list_text(page: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Accepted (WIB)", Side::Left),
        ("State", Side::Left),
        ("To", Side::Left),
        ("Class", Side::Left),
        ("Line", Side::Left),
        ("Why", Side::Left),
    ];
    let row = |row: &Value| {
        vec![
            number(row, "id").to_string(),
            wib(number(row, "at_ms")),
            field(row, "state"),
            field(row, "to"),
            field(row, "class"),
            field(row, "line"),
            field(&row["reason"], "text"),
        ]
    };
    rows_text(page, &columns, row, "No messages.")
}

fn inbox_text(page: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Came (WIB)", Side::Left),
        ("Kind", Side::Left),
        ("From", Side::Left),
        ("Line", Side::Left),
        ("Text", Side::Left),
    ];
    let row = |row: &Value| {
        vec![
            number(row, "id").to_string(),
            wib(number(row, "at_ms")),
            field(row, "kind"),
            field(row, "from"),
            field(row, "line"),
            field(row, "excerpt"),
        ]
    };
    rows_text(page, &columns, row, "The inbox is empty.")
}

fn rows_text(
    page: &Value,
    columns: &[(&str, Side)],
    row: impl Fn(&Value) -> Vec<String>,
    none: &str,
) -> String {
    let rows: Vec<Vec<String>> = page["rows"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() { none.to_owned() } else { table(columns, &rows) }
}

fn detail_text(detail: &Value) -> String {
    let row = &detail["row"];
    let mut lines = format!(
        "Message {}  {}  to {}  ({}, {} part(s))\n",
        number(row, "id"),
        field(row, "state"),
        field(row, "to"),
        field(row, "class"),
        number(row, "parts")
    );
    let reason = field(&row["reason"], "text");
    if !reason.is_empty() && reason != "–" {
        lines.push_str(&format!("  {reason}\n"));
    }
    for step in detail["steps"].as_array().into_iter().flatten() {
        let (at, state) = (wib(number(step, "at_ms")), field(step, "state"));
        lines.push_str(&format!("  {at}  {state:<11} {}\n", field(step, "text")));
    }
    if !detail["route"].is_null() {
        lines.push_str(&route_text(&detail["route"]));
    }
    lines
}

fn route_text(decision: &Value) -> String {
    let mut lines = format!("Why this SIM: {}\n", field(decision, "text"));
    for candidate in decision["candidates"].as_array().into_iter().flatten() {
        let price =
            candidate["price"].as_i64().map_or_else(String::new, |price| format!(", {}", rupiah(price)));
        lines.push_str(&format!(
            "  {:<7} {}{price}: {}\n",
            field(candidate, "verdict"),
            field(candidate, "line"),
            field(candidate, "text")
        ));
    }
    lines
}

/// Carries `gerai ussd` out.
pub async fn ussd(reach: &Reach, command: Ussd, output: &Output) -> Result<ExitCode, Failure> {
    let session = reach.open(Need::Running).await?;
    let outcome = async {
        let line_id = match &command.line {
            Some(line) => Some(line_named(&session, line).await?),
            None => None,
        };
        session.call("ussd.send", json!({ "line_id": line_id, "text": command.code })).await
    }
    .await;
    session.close().await;
    let turn = outcome?;
    Ok(output.show(&turn, || {
        let more = if turn["answerable"] == json!(true) {
            "\n(the network waits for an answer: gerai ussd ANSWER)"
        } else {
            ""
        };
        format!("{}{more}", field(&turn, "text"))
    }))
}

/// Carries `gerai block` out.
pub async fn block(reach: &Reach, command: Block, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Block::Add { number, note } => {
            let row = reach.call(Need::Write, "block.add", json!({ "number": number, "note": note })).await?;
            Ok(output.show(&row, || format!("{} gets no messages any more.", field(&row, "number"))))
        }
        Block::Remove { number } => {
            let done = reach.call(Need::Write, "block.remove", json!({ "number": number })).await?;
            Ok(output.show(&done, || "It gets messages again.".to_owned()))
        }
        Block::List => {
            let listed = reach.call(Need::Read, "block.list", Value::Null).await?;
            let columns = [
                ("Number", Side::Left),
                ("Since (WIB)", Side::Left),
                ("By", Side::Left),
                ("Why", Side::Left),
            ];
            let page = json!({ "rows": listed });
            let row = |row: &Value| {
                vec![field(row, "number"), wib(number(row, "at_ms")), field(row, "by"), field(row, "note")]
            };
            Ok(output.show(&listed, || rows_text(&page, &columns, row, "No number is blocked.")))
        }
    }
}

fn pdu_decode(output: &Output) -> Result<ExitCode, Failure> {
    let hex = from_stdin()?;
    let described = gerai_modem::pdu::describe(hex.trim()).map_err(|error| {
        Failure::invalid(error.to_string(), "Give the PDU as the modem prints it, in hexadecimal.")
    })?;
    let document = serde_json::to_value(&described).map_err(anyhow::Error::from)?;
    Ok(output.show(&document, || serde_json::to_string_pretty(&document).unwrap_or_default()))
}

fn pdu_encode(
    to: &str,
    flash: bool,
    report: bool,
    validity_minutes: Option<u32>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let to = Destination::parse(to, "62")
        .map_err(|error| Failure::invalid(error.to_string(), "Correct the number."))?;
    let text = from_stdin()?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let measure = text::measure(text, false)
        .map_err(|error| Failure::invalid(error.to_string(), "Shorten the text."))?;
    let parts =
        text::split(text, false).map_err(|error| Failure::invalid(error.to_string(), "Shorten the text."))?;
    let total = u8::try_from(parts.len()).unwrap_or(u8::MAX);
    let mut pdus = Vec::new();
    for (sequence, part) in (1_u8..).zip(&parts) {
        let part = SubmitPart {
            to: to.clone(),
            text: Secret::new((*part).to_owned()),
            alphabet: measure.alphabet,
            concat: (total > 1).then_some(Concat { reference: 1, wide: false, total, sequence }),
            flash,
            validity_minutes,
            status_report: report,
            more_follow: sequence < total,
        };
        let pdu = gerai_modem::pdu::submit(&part)
            .map_err(|error| Failure::invalid(error.to_string(), "Correct the text or the number."))?;
        pdus.push(json!({ "length": pdu.length, "pdu": pdu.hex.expose() }));
    }
    let document = json!({ "parts": pdus });
    Ok(output.show(&document, || {
        pdus.iter().map(|pdu| format!("AT+CMGS={}\n{}\n", number(pdu, "length"), field(pdu, "pdu"))).collect()
    }))
}
