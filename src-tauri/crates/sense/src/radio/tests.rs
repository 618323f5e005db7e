//! The simulated radio, and the native one on a machine without a Bluetooth service.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_core::port::scan::radio::{
    DEADLINE, GattUuid, PeripheralAddress, Radio, RadioFault, RadioStep, ReadPlan, WritePlan,
};
use gerai_core::secret::Secret;

use super::simulated::{SimulatedRadio, SimulatedStove};

const SERVICE: GattUuid = GattUuid(0xF0);
const TOKEN: GattUuid = GattUuid(0xF1);
const COMMAND: GattUuid = GattUuid(0xF2);

fn stove(address: &str, rssi_dbm: i16, obeyed: &Arc<Mutex<Vec<Vec<u8>>>>) -> SimulatedStove {
    let obeyed = Arc::clone(obeyed);
    SimulatedStove {
        address: PeripheralAddress(address.to_owned()),
        name: "STOVE".to_owned(),
        rssi_dbm,
        service: SERVICE,
        token_at: TOKEN,
        command_at: Some(COMMAND),
        token: Arc::new(|| Ok(vec![b'x'; 146])),
        obey: Arc::new(move |command| {
            obeyed.lock().unwrap().push(command.to_vec());
            Ok(())
        }),
    }
}

fn read(characteristic: GattUuid) -> ReadPlan {
    ReadPlan { service: SERVICE, characteristic, notify: false, deadline: DEADLINE }
}

#[tokio::test]
async fn a_simulated_stove_gives_its_token_and_obeys() {
    let obeyed = Arc::default();
    let near = PeripheralAddress("AA:00:00:00:00:02".to_owned());
    let radio = SimulatedRadio::new(vec![
        stove("AA:00:00:00:00:01", -90, &obeyed),
        stove("AA:00:00:00:00:02", -40, &obeyed),
    ]);
    let heard = radio.scan(Duration::from_millis(1)).await.unwrap();
    assert_eq!((heard.len(), &heard[0].address), (2, &near), "the strongest first");
    assert_eq!(radio.describe(&near).await.unwrap()[0].characteristics.len(), 2);
    assert_eq!(radio.read(&near, read(TOKEN)).await.unwrap().len(), 146);
    let plan = WritePlan { service: SERVICE, characteristic: COMMAND, deadline: DEADLINE };
    radio.write(&near, plan, Secret::new(b"cmd".to_vec())).await.unwrap();
    assert_eq!(*obeyed.lock().unwrap(), [b"cmd".to_vec()]);
}

#[tokio::test]
async fn a_simulated_stove_refuses_as_a_real_one_does() {
    let obeyed = Arc::default();
    let radio = SimulatedRadio::new(vec![stove("AA:00:00:00:00:01", -90, &obeyed)]);
    let (here, away) = ("aa:00:00:00:00:01", "AA:00:00:00:00:09");
    let at = |address: &str| PeripheralAddress(address.to_owned());
    assert_eq!(radio.read(&at(away), read(TOKEN)).await, Err(RadioFault::NotFound(away.to_owned())));
    assert_eq!(radio.read(&at(here), read(COMMAND)).await, Err(RadioFault::NoSuchCharacteristic(COMMAND)));
    let plan = ReadPlan { service: TOKEN, ..read(TOKEN) };
    assert_eq!(radio.read(&at(here), plan).await, Err(RadioFault::NoSuchService(TOKEN)));
    radio.fail(Some(RadioFault::Off));
    assert_eq!(radio.scan(Duration::ZERO).await, Err(RadioFault::Off));
    radio.fail(None);
    assert_eq!(radio.read(&at(here), read(TOKEN)).await.map(|token| token.len()), Ok(146));
}

#[test]
fn only_a_write_that_may_have_arrived_is_in_doubt() {
    let over = |doing| RadioFault::Timeout { doing, deadline_ms: 1 };
    assert!(RadioFault::Dropped(RadioStep::Writing).in_doubt() && over(RadioStep::Writing).in_doubt());
    assert!(!RadioFault::Dropped(RadioStep::Listing).in_doubt() && !over(RadioStep::Connecting).in_doubt());
    assert!(!RadioFault::ConnectFailed(String::new()).in_doubt());
}
