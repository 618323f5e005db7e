//! Arguments that several commands of `gerai stove` share: which readings, which page, where. The words are those of the
//! contract; a test compares them.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::figures::{parse_moment, parse_position};

/// Verdicts on who made a token.
pub const SIGNATURES: [&str; 6] =
    ["valid", "valid_previous_key", "valid_pending_key", "demo_key", "invalid", "unknown_stove"];
/// Ways in.
pub const SOURCES: [&str; 5] = ["webcam", "image", "paste", "bluetooth", "http"];
/// Standings of a reading.
pub const STANDINGS: [&str; 4] = ["raw", "validated", "estimated", "edited"];
/// States on the way to the server.
pub const FORWARD_STATES: [&str; 5] = ["queued", "sending", "accepted", "rejected", "dead"];

/// Which readings.
#[derive(Args)]
pub struct Filter {
    /// Of this stove
    #[arg(long, value_name = "ID")]
    pub stove: Option<String>,
    /// With this verdict on who made them
    #[arg(long, value_name = "VERDICT", value_parser = PossibleValuesParser::new(SIGNATURES))]
    pub signature: Option<String>,
    /// With a flag of this rule, such as counter_backwards
    #[arg(long, value_name = "RULE")]
    pub flag: Option<String>,
    /// With a warning or an alarm
    #[arg(long)]
    pub flagged: bool,
    /// That came in this way
    #[arg(long, value_name = "WAY", value_parser = PossibleValuesParser::new(SOURCES))]
    pub source: Option<String>,
    /// With this standing
    #[arg(long, value_name = "STANDING", value_parser = PossibleValuesParser::new(STANDINGS))]
    pub standing: Option<String>,
    /// In this state on their way to the server
    #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(FORWARD_STATES))]
    pub forward: Option<String>,
    /// Brought by this person or account
    #[arg(long, value_name = "NAME")]
    pub officer: Option<String>,
    /// Came in at or after this day or moment, WIB
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub from: Option<i64>,
    /// Came in before this day or moment, WIB
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub until: Option<i64>,
}

impl Filter {
    /// As the contract takes it.
    pub fn json(&self) -> Value {
        json!({
            "stove": self.stove, "signature": self.signature, "flag": self.flag, "flagged": self.flagged,
            "source": self.source, "standing": self.standing, "forward": self.forward, "officer": self.officer,
            "from_ms": self.from, "until_ms": self.until,
        })
    }
}

/// Which page.
#[derive(Args)]
pub struct Paging {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: i64,
    /// Go on behind the page before, which names this number
    #[arg(long, value_name = "N")]
    pub cursor: Option<i64>,
}

/// What is kept with a reading.
#[derive(Args)]
pub struct Remark {
    /// A remark that is kept with the reading
    #[arg(long, default_value = "")]
    pub note: String,
    /// Where it was read, in degrees: -6.8915,107.6107
    #[arg(long, value_name = "LAT,LON", value_parser = parse_position, allow_hyphen_values = true)]
    pub position: Option<Value>,
}

#[cfg(test)]
mod tests {
    use gerai_app::contract::{ForwardState, ReadingFilter, ReadingSource, ReadingStanding, StoveSignature};

    use super::*;

    #[test]
    fn the_words_are_those_of_the_contract() {
        assert!(SIGNATURES.iter().all(|word| StoveSignature::parse(word).is_some()));
        assert!(SOURCES.iter().all(|word| ReadingSource::parse(word).is_some()));
        assert!(STANDINGS.iter().all(|word| ReadingStanding::parse(word).is_some()));
        assert!(FORWARD_STATES.iter().all(|word| ForwardState::parse(word).is_some()));
    }

    #[test]
    fn a_filter_has_every_field_of_the_contract() {
        let filter = Filter {
            stove: Some("00000000001".to_owned()),
            signature: Some("valid".to_owned()),
            flag: None,
            flagged: true,
            source: Some("http".to_owned()),
            standing: Some("raw".to_owned()),
            forward: Some("dead".to_owned()),
            officer: Some("budi".to_owned()),
            from: Some(1),
            until: Some(2),
        };
        let read: ReadingFilter = serde_json::from_value(filter.json()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), filter.json());
    }
}
