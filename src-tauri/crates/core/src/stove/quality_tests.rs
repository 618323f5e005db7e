//! One reading alone, by hand; and that every flag comes back from its JSON.

use super::*;
use crate::secret::Secret;
use crate::stove::verify::tests::BLUETOOTH_SAMPLE;
use crate::stove::verify::{Parts, sign};

/// 2026-11-22 12:00 WIB.
const NOON: i64 = 1_795_323_600;

fn rules(payload: &str, arrival: Arrival) -> Vec<&'static str> {
    let token = Token::decode(sign(payload, &Secret::new(b"any".to_vec()), Parts::Two).as_bytes()).unwrap();
    flags(&token, UnixMs(NOON * 1_000), arrival).iter().map(Flag::rule).collect()
}

fn at(t: i64, arrival: Arrival) -> Vec<&'static str> {
    rules(&format!("V01;00000000001;{t};00010.000;0002.000;APIKEY01"), arrival)
}

fn electrical(figures: &str) -> Vec<&'static str> {
    rules(&format!("V01;00000000001;{NOON};{figures};00010.000;0002.000;APIKEY01"), Arrival::Live)
}

#[test]
fn the_documents_own_sample_is_impossible() {
    let token = Token::decode(BLUETOOTH_SAMPLE.as_bytes()).unwrap();
    let flags = flags(&token, UnixMs(NOON * 1_000), Arrival::Later);
    assert_eq!(
        flags,
        [
            Flag::PowerFactorAboveOne { centi_pf: CentiPf(512) },
            Flag::PowerMismatch { told_mw: 1_000_000, computed_mw: 36_044_800 },
        ]
    );
}

#[test]
fn clocks_may_be_five_minutes_ahead_and_a_live_one_ten_behind() {
    for arrival in [Arrival::Live, Arrival::Later] {
        assert_eq!(at(NOON + 300, arrival), Vec::<&str>::new());
        assert_eq!(at(NOON + 301, arrival), ["time_in_future"]);
        assert_eq!(at(99_999_999_999, arrival), ["time_in_future"]);
        assert_eq!(at(1_577_836_799, arrival), ["time_before_2020"]);
    }
    assert_eq!(at(NOON - 600, Arrival::Live), Vec::<&str>::new());
    assert_eq!(at(NOON - 601, Arrival::Live), ["clock_behind"]);
    assert_eq!(at(NOON - 601, Arrival::Later), Vec::<&str>::new());
    assert_eq!(at(1_577_836_800, Arrival::Later), Vec::<&str>::new());
}

#[test]
fn power_is_volts_times_amperes_times_power_factor() {
    assert_eq!(electrical("220;5.000;1045;0.95"), Vec::<&str>::new());
    assert_eq!(electrical("220;5.000;1160;0.95"), Vec::<&str>::new());
    assert_eq!(electrical("220;5.000;1162;0.95"), ["power_mismatch"]);
    assert_eq!(electrical("220;5.000;0940;0.95"), ["power_mismatch"]);
    assert_eq!(electrical("220;0.000;1000;0.00"), ["power_mismatch"]);
    assert_eq!(electrical("220;0.000;0;0.00"), Vec::<&str>::new());
    // In standby a watt is more than ten per cent, but it is rounding all the same.
    assert_eq!(electrical("220;0.030;4;0.50"), Vec::<&str>::new());
    assert_eq!(electrical("220;0.030;9;0.50"), ["power_mismatch"]);
}

#[test]
fn voltage_and_power_factor_have_bounds() {
    assert_eq!(electrical("180;0.000;0;1.00"), Vec::<&str>::new());
    assert_eq!(electrical("260;0.000;0;1.00"), Vec::<&str>::new());
    assert_eq!(electrical("179;0.000;0;1.00"), ["voltage_outside"]);
    assert_eq!(electrical("261;0.000;0;1.01"), ["power_factor_above_one", "voltage_outside"]);
}

#[test]
fn the_month_is_a_part_of_the_whole() {
    let with = |figures| rules(&format!("V01;00000000001;{NOON};{figures};APIKEY01"), Arrival::Later);
    assert_eq!(with("0002.000;0002.000"), Vec::<&str>::new());
    assert_eq!(with("0002.000;0002.001"), ["month_above_total"]);
}

#[test]
fn odd_envelopes_and_unknown_versions_are_told() {
    assert_eq!(rules("V07;00000000001;x", Arrival::Later), ["unknown_version"]);
    let plain = sign(
        &format!("V01;00000000001;{NOON};1.000;1.000;APIKEY01"),
        &Secret::new(b"any".to_vec()),
        Parts::Two,
    );
    let padded = Token::decode(format!("{plain}=").as_bytes()).unwrap();
    let want = Flag::ReEncoded { padding: true, standard_alphabet: false };
    assert_eq!(flags(&padded, UnixMs(NOON * 1_000), Arrival::Later), [want]);
    let quoted = Token::decode(format!("\"{plain}\"").as_bytes()).unwrap();
    assert_eq!(flags(&quoted, UnixMs(NOON * 1_000), Arrival::Later), []);
}

#[test]
fn every_flag_comes_back_from_its_json_under_its_rules_name() {
    let (t, energy, seconds) = (UnixS(NOON), MilliKwh(1), 60);
    for flag in [
        Flag::PowerFactorAboveOne { centi_pf: CentiPf(101) },
        Flag::PowerMismatch { told_mw: 1, computed_mw: 2 },
        Flag::VoltageOutside { volts: Volts(1) },
        Flag::MonthAboveTotal { month: energy, total: energy },
        Flag::TimeBefore2020 { t },
        Flag::TimeInFuture { t, ahead_s: 301 },
        Flag::ClockBehind { t, behind_s: 601 },
        Flag::UnknownVersion { version: Version(2) },
        Flag::ReEncoded { padding: true, standard_alphabet: true },
        Flag::CounterBackwards { previous: energy, total: energy },
        Flag::JumpTooLarge { used: energy, possible: energy, seconds },
        Flag::MonthDiffersFromTotal { by_total: energy, by_month: energy },
        Flag::MonthNotReset { month: energy, previous_month: energy, used: energy },
        Flag::Conflict { t, other: TokenHash([7; 32]) },
        Flag::TimeNotIncreasing { t, newest: t },
        Flag::Gap { seconds, allowed_s: 1 },
        Flag::ZeroUse { seconds },
    ] {
        let json = serde_json::to_value(flag).unwrap();
        assert_eq!(json["rule"], flag.rule());
        assert_eq!(serde_json::from_value::<Flag>(json).unwrap(), flag);
    }
    let json = serde_json::to_string(&Flag::TimeInFuture { t, ahead_s: 301 }).unwrap();
    assert_eq!(json, r#"{"rule":"time_in_future","t":1795323600,"ahead_s":301}"#);
}
