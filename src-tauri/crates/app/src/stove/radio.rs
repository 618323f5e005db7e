//! Reading a stove over Bluetooth: one value, checked for the shape of a token before anything else, because some systems cut
//! values at 20 bytes. A value that was cut is asked for once more.

use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::scan::radio::{GattUuid, PeripheralAddress, RadioFault, ReadPlan};
use gerai_core::stove::Token;
use gerai_store::stove::Place;

use super::verdict::Arriving;
use crate::App;
use crate::contract::{ApiError, ErrorCode, ReadMethod, ReadingSource, Taken};

/// A Bluetooth fault for people. Its code is for translation, its text says what to do.
pub(crate) fn fault(fault: &RadioFault) -> ApiError {
    let code = match fault {
        RadioFault::NoService => ErrorCode::BluetoothNoService,
        RadioFault::NoAdapter => ErrorCode::BluetoothNoAdapter,
        RadioFault::Off => ErrorCode::BluetoothOff,
        RadioFault::Denied(_) => ErrorCode::BluetoothDenied,
        RadioFault::NotFound(_) => ErrorCode::BluetoothNotFound,
        RadioFault::ConnectFailed(_) => ErrorCode::BluetoothConnectFailed,
        RadioFault::Dropped(_) => ErrorCode::BluetoothDropped,
        RadioFault::NoSuchService(_) => ErrorCode::BluetoothNoSuchService,
        RadioFault::NoSuchCharacteristic(_) => ErrorCode::BluetoothNoSuchCharacteristic,
        RadioFault::TooLong { .. } => ErrorCode::BluetoothTooLong,
        RadioFault::Timeout { .. } => ErrorCode::BluetoothTimeout,
        RadioFault::Other(_) => ErrorCode::BluetoothFailed,
    };
    ApiError::new(code, fault.to_string(), "")
}

/// Between the code and the words of a trouble that is kept.
const MARK: char = '\t';

/// A fault as a change of key keeps it: its code, for translation, and its words.
pub(crate) fn kept(of: &RadioFault) -> String {
    let error = fault(of);
    match serde_json::to_value(error.code) {
        Ok(serde_json::Value::String(code)) => format!("{code}{MARK}{}", error.message),
        Ok(_) | Err(_) => error.message,
    }
}

/// What was kept. Rows of older stations have words only.
pub(crate) fn told(kept: &str) -> (Option<ErrorCode>, &str) {
    let Some((code, words)) = kept.split_once(MARK) else { return (None, kept) };
    (serde_json::from_value(code.into()).ok(), words)
}

impl App {
    fn read_plan(&self) -> Result<ReadPlan, ApiError> {
        let settings = self.settings();
        let stove = &settings.1.stove;
        let uuid = |field: &str, text: &str| {
            text.parse::<GattUuid>().map_err(|_| {
                ApiError::new(
                    ErrorCode::BluetoothNotSet,
                    format!("the setting `{field}` does not say where stoves give their token"),
                    "List what a stove offers (Bluetooth) and set the service and the characteristic.",
                )
            })
        };
        Ok(ReadPlan {
            service: uuid("stove.ble_service", &stove.ble_service)?,
            characteristic: uuid("stove.ble_read", &stove.ble_read)?,
            notify: stove.ble_notify,
            deadline: Duration::from_secs(u64::try_from(stove.ble_seconds).unwrap_or(20)),
        })
    }

    /// Reads a stove and takes its token.
    pub(crate) async fn read_over_radio(
        self: &Arc<Self>,
        address: &str,
        officer: String,
        note: String,
        position: Option<Place>,
    ) -> Result<Taken, ApiError> {
        let (radio, plan) = (self.stoves.radio()?, self.read_plan()?);
        let address = PeripheralAddress(address.to_owned());
        let mut input = radio.read(&address, plan).await.map_err(|error| fault(&error))?;
        if Token::decode(&input).is_err() {
            input = radio.read(&address, plan).await.map_err(|error| fault(&error))?;
        }
        self.take_one(Arriving {
            input,
            source: ReadingSource::Bluetooth,
            method: Some(ReadMethod::Bluetooth),
            live: true,
            officer,
            note,
            position,
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_kept_with_its_code() {
        let fault = RadioFault::NotFound("AA:BB".to_owned());
        let kept = kept(&fault);
        assert_eq!(told(&kept), (Some(ErrorCode::BluetoothNotFound), fault.to_string().as_str()));
        assert_eq!(told("words of an older station"), (None, "words of an older station"));
        assert_eq!(told("a_newer_code\twords"), (None, "words"));
        assert_eq!(told(""), (None, ""));
    }
}
