//! Transcripts of modems, and the promises of the dialogue: the same bytes mean the same however they are split, no bytes
//! make it panic, no flood makes it grow.
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use proptest::prelude::*;

use super::{Command, Event, Final, Session};

/// An event as transcripts write it.
fn shown(event: &Event) -> String {
    match event {
        Event::Reply(reply) => {
            let lines: String = reply.lines.iter().map(|line| format!("\"{line}\" ")).collect();
            format!("Reply({lines}{})", reply.result.as_ref().map(Final::shown).unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}

/// The command of a transcript line, as the line would ask it.
fn command(text: &str) -> Command {
    match text {
        _ if text.starts_with("AT+CMGS") => Command::prompting(text),
        "AT+CGSN" => Command::bare(text),
        _ if text.starts_with("AT+CMGR") => Command::console(text),
        _ if text.contains("CUSD") => Command::new(text),
        _ => Command::query(text),
    }
}

/// Plays a transcript with the modem's bytes in pieces of `piece`: `>` commands, `>>` PDUs, `<` lines of the modem, `<_`
/// bytes without a line end, `=` the events that these mean.
fn play(transcript: &str, piece: usize) {
    let mut session = Session::default();
    let (mut events, mut wanted) = (Vec::new(), Vec::new());
    let mut said = Vec::new();
    for line in transcript.lines().chain(["#"]) {
        if let Some(event) = line.strip_prefix("= ") {
            wanted.push(event.to_owned());
            continue;
        }
        if !wanted.is_empty() {
            for bytes in said.chunks(piece) {
                session.receive(bytes, &mut events);
            }
            said.clear();
            let got: Vec<_> = events.drain(..).map(|event| shown(&event)).collect();
            assert_eq!(got, wanted, "in pieces of {piece}");
            wanted.clear();
        }
        if let Some(pdu) = line.strip_prefix(">> ") {
            session.pdu(pdu);
        } else if let Some(text) = line.strip_prefix("> ") {
            session.begin(command(text));
        } else if let Some(text) = line.strip_prefix("<_ ") {
            said.extend_from_slice(text.as_bytes());
        } else if let Some(text) = line.strip_prefix("< ") {
            said.extend_from_slice(format!("{text}\r\n").as_bytes());
        }
    }
    assert!(events.is_empty() && said.is_empty(), "the transcript ends with its events");
}

#[test]
fn modems_of_six_makers_are_understood() {
    for transcript in [
        include_str!("transcripts/huawei-e173.txt"),
        include_str!("transcripts/zte-mf190.txt"),
        include_str!("transcripts/simcom-sim800.txt"),
        include_str!("transcripts/quectel-ec25.txt"),
        include_str!("transcripts/wavecom-fastrack.txt"),
        include_str!("transcripts/telit-ge910.txt"),
    ] {
        for piece in [1, 2, 3, 7, 4_096] {
            play(transcript, piece);
        }
    }
}

#[test]
fn what_is_echoed_is_no_answer() {
    let mut session = Session::default();
    let mut events = Vec::new();
    session.begin(Command::prompting("AT+CMGS=23"));
    session.receive(b"AT+CMGS=23\r> ", &mut events);
    assert_eq!(events, [Event::Prompt]);
    session.pdu("0011");
    events.clear();
    session.receive(b"0011\x1a\r\n+CMGS: 300\r\n+CMGS: 4\r\nOK\r\n", &mut events);
    // 300 is no TP-MR.
    assert!(matches!(events.last(), Some(Event::Reply(reply)) if reply.lines == ["+CMGS: 300", "+CMGS: 4"]));
}

#[test]
fn a_prompt_is_one_only_where_it_is_waited_for() {
    let mut session = Session::default();
    let mut events = Vec::new();
    session.begin(Command::query("AT+COPS?"));
    session.receive(b"> \r\n+COPS: 0,0,\"> A\"\r\nOK\r\n", &mut events);
    assert!(!events.contains(&Event::Prompt));
}

#[test]
fn a_flood_without_line_ends_does_not_grow() {
    let mut session = Session::default();
    let mut events = Vec::new();
    for _ in 0..256 {
        session.receive(&[b'x'; 4_096], &mut events);
    }
    session.receive(b"\r\n+CUSD: 1,\"", &mut events);
    for _ in 0..10_000 {
        session.receive(b"never closed\r\n", &mut events);
    }
    assert!(events.iter().filter(|event| **event == Event::Garbage).count() == 1);
    events.clear();
    session.begin(Command::query("AT+CSQ"));
    session.receive(b"\r\n+CSQ: 1,99\r\nOK\r\n", &mut events);
    assert!(matches!(events.last(), Some(Event::Reply(reply)) if reply.is_ok()));
    session.begin(Command::console("AT"));
    for _ in 0..100_000 {
        session.receive(b"line\r\n", &mut events);
    }
    assert_eq!(session.give_up().lines.len(), super::REPLY_LINES_MAX);
}

/// Pieces of what modems say, and of what they do not.
fn talk() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "OK",
        "ERROR",
        "> ",
        ">",
        "+CMGS: 7",
        "+CMT: ,20",
        "07912618",
        "+CDS: 24",
        "+CUSD: 0,\"a",
        "b\",15",
        "RING",
        "+CREG: 1,1",
        "+CREG: 1",
        "AT+CMGS=23",
        "\"",
        "\u{1a}",
        "+CMTI: \"SM\",3",
        "^RSSI:3",
        "é",
    ]);
    let piece = prop_oneof![
        4 => known.prop_map(|text| text.as_bytes().to_vec()),
        4 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..9),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn hear(pieces: &[&[u8]], command: &Option<Command>) -> Vec<Event> {
    let mut session = Session::default();
    let mut events = Vec::new();
    if let Some(command) = command {
        session.begin(command.clone());
    }
    for piece in pieces {
        session.receive(piece, &mut events);
    }
    events
}

fn asked() -> impl Strategy<Value = Option<Command>> {
    prop_oneof![
        Just(None),
        Just(Some(Command::prompting("AT+CMGS=23"))),
        Just(Some(Command::query("AT+CREG?"))),
        Just(Some(Command::console("AT+CMGL=4"))),
    ]
}

proptest! {
    #[test]
    fn the_same_bytes_mean_the_same_wherever_they_are_split(
        bytes in talk(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8), command in asked(),
    ) {
        let whole = hear(&[&bytes], &command);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(hear(&pieces, &command), whole);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), command in asked()) {
        hear(&[&bytes], &command);
    }
}
