//! What the rules of readings allow, as the settings say, and which settings can be.

use gerai_core::address::WebAddress;
use gerai_core::port::scan::radio::GattUuid;
use gerai_core::stove::Watts;
use gerai_core::stove::series::Bounds;

use crate::contract::{ApiError, StoveSettings};

/// The rules' bounds.
pub(crate) fn of(settings: &StoveSettings) -> Bounds {
    let small = |value: i64, otherwise: u16| u16::try_from(value).unwrap_or(otherwise);
    let usual = Bounds::default();
    Bounds {
        power_max: Watts(small(settings.power_max, usual.power_max.0)),
        gap_days: small(settings.gap_days, usual.gap_days),
        zero_use_days: small(settings.zero_use_days, usual.zero_use_days),
    }
}

/// Refuses a value that cannot be, naming the field.
pub(crate) fn check(stove: &StoveSettings) -> Result<(), ApiError> {
    for (field, value, low, high) in [
        ("stove.forward_parallel", stove.forward_parallel, 1, 32),
        ("stove.gap_days", stove.gap_days, 1, 400),
        ("stove.zero_use_days", stove.zero_use_days, 1, 400),
        ("stove.power_max", stove.power_max, 100, 25_000),
        ("stove.ble_seconds", stove.ble_seconds, 5, 60),
        ("stove.endpoint_hours", stove.endpoint_hours, 1, 24),
    ] {
        if !(low..=high).contains(&value) {
            return Err(ApiError::invalid(
                field,
                format!("{value} is not between {low} and {high}"),
                "Choose a value in that range.",
            ));
        }
    }
    if !stove.forward_url.is_empty()
        && (WebAddress::parse(&stove.forward_url).is_none() || stove.forward_url.contains(['?', '#']))
    {
        return Err(ApiError::invalid(
            "stove.forward_url",
            format!("`{}` is not the base address of a server", stove.forward_url),
            "Type it with http:// or https://, without a user name; or leave it empty.",
        ));
    }
    if stove.forward_user.chars().count() > 100 || stove.forward_user.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            "stove.forward_user",
            "a user name has up to 100 characters",
            "Type the name the server knows.",
        ));
    }
    for (field, uuid) in [
        ("stove.ble_service", &stove.ble_service),
        ("stove.ble_read", &stove.ble_read),
        ("stove.ble_write", &stove.ble_write),
    ] {
        if !uuid.is_empty()
            && let Err(error) = uuid.parse::<GattUuid>()
        {
            return Err(ApiError::invalid(field, error.to_string(), "List what a stove offers and copy it."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_and_are_the_rules_own() {
        check(&StoveSettings::default()).unwrap();
        assert_eq!(of(&StoveSettings::default()), Bounds::default());
    }

    #[test]
    fn a_wrong_value_is_named() {
        type Change = fn(&mut StoveSettings);
        let changes: [(&str, Change); 5] = [
            ("stove.forward_url", |s| s.forward_url = "ftp://a".to_owned()),
            ("stove.forward_url", |s| s.forward_url = "https://a/?x".to_owned()),
            ("stove.ble_read", |s| s.ble_read = "fff".to_owned()),
            ("stove.gap_days", |s| s.gap_days = 0),
            ("stove.forward_user", |s| s.forward_user = "a\nb".to_owned()),
        ];
        for (field, change) in changes {
            let mut stove = StoveSettings::default();
            change(&mut stove);
            assert_eq!(check(&stove).unwrap_err().field.as_deref(), Some(field));
        }
    }
}
