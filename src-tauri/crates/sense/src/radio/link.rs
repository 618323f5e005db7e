//! The way to a stove: the system's Bluetooth service, the adapter, looking, connecting, asking what it offers, and
//! letting go again whatever happened.

use std::time::Duration;

use btleplug::api::{BDAddr, Central as _, CentralState, Manager as _, Peripheral as _, ScanFilter};
use btleplug::platform::{Adapter, Manager, Peripheral as Stove};
use gerai_core::port::scan::radio::{Peripheral, PeripheralAddress, RadioFault, RadioStep};
use tokio::sync::OwnedMutexGuard;
use tokio::time::sleep;

use super::errand::{Errand, ours};
use super::fault::fault_of;
use super::until::Until;

/// The system's service answers at once or does not run.
const SERVICE_MAX: Duration = Duration::from_secs(5);
/// A device announces itself at least every two seconds or so.
const FIND_MAX: Duration = Duration::from_secs(8);
/// How often it is looked whether the device was heard.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A connection that comes at all comes within a few seconds; asking for all services takes as long again.
const CONNECT_MAX: Duration = Duration::from_secs(8);
/// The system has the services by then; this is for its own bookkeeping.
const LIST_MAX: Duration = Duration::from_secs(5);
/// Before the second try: the first one is still being taken down.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Letting go; whoever waits for the answer has it by then.
const LET_GO_MAX: Duration = Duration::from_secs(3);

/// The way to the system's Bluetooth service, kept between calls.
#[derive(Default)]
pub(super) struct Station {
    adapter: Option<Adapter>,
}

impl Station {
    /// An adapter that is switched on.
    async fn adapter(&mut self, until: Until) -> Result<Adapter, RadioFault> {
        if let Some(adapter) = &self.adapter {
            // The service may have been started anew, or the adapter pulled out, since the last call.
            if let Ok(Ok(CentralState::PoweredOn)) =
                until.step(RadioStep::Finding, SERVICE_MAX, adapter.adapter_state()).await
            {
                return Ok(adapter.clone());
            }
            self.adapter = None;
        }
        let adapter = until.step(RadioStep::Finding, SERVICE_MAX, first_adapter()).await??;
        let state = until.step(RadioStep::Finding, SERVICE_MAX, adapter.adapter_state()).await?;
        match state.map_err(|error| fault_of(&error, RadioStep::Finding, ""))? {
            CentralState::PoweredOff => return Err(RadioFault::Off),
            // Some systems know only after the first question.
            CentralState::PoweredOn | CentralState::Unknown => {}
        }
        self.adapter = Some(adapter.clone());
        Ok(adapter)
    }
}

async fn first_adapter() -> Result<Adapter, RadioFault> {
    let failed = |error| fault_of(&error, RadioStep::Finding, "");
    let manager = Manager::new().await.map_err(failed)?;
    let adapters = manager.adapters().await.map_err(failed)?;
    adapters.into_iter().next().ok_or(RadioFault::NoAdapter)
}

/// What the other functions call a device by: its address, or the system's name for it where addresses are kept secret.
pub(super) fn name_of(stove: &Stove) -> PeripheralAddress {
    let address = stove.address();
    PeripheralAddress(if address == BDAddr::default() { stove.id().to_string() } else { address.to_string() })
}

/// Looks around for this long.
pub(super) async fn look_around(
    mut turn: OwnedMutexGuard<Station>,
    duration: Duration,
    until: Until,
) -> Result<Vec<Peripheral>, RadioFault> {
    let adapter = turn.adapter(until).await?;
    begin_to_look(&adapter, until).await?;
    sleep(duration).await;
    let heard = heard(&adapter, until).await;
    tokio::spawn(async move {
        stop_looking(&adapter).await;
        drop(turn);
    });
    let mut heard = heard?;
    heard.sort_by_key(|one| (std::cmp::Reverse(one.rssi_dbm), one.address.clone()));
    Ok(heard)
}

async fn begin_to_look(adapter: &Adapter, until: Until) -> Result<(), RadioFault> {
    let begun =
        until.step(RadioStep::Finding, SERVICE_MAX, adapter.start_scan(ScanFilter::default())).await?;
    begun.map_err(|error| fault_of(&error, RadioStep::Finding, ""))
}

async fn stop_looking(adapter: &Adapter) {
    match tokio::time::timeout(LET_GO_MAX, adapter.stop_scan()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "The radio was not told to stop looking: {error}"),
        Err(_) => tracing::debug!("The radio did not answer when told to stop looking"),
    }
}

async fn heard(adapter: &Adapter, until: Until) -> Result<Vec<Peripheral>, RadioFault> {
    let failed = |error| fault_of(&error, RadioStep::Finding, "");
    let devices = until.step(RadioStep::Finding, SERVICE_MAX, adapter.peripherals()).await?;
    let mut heard = Vec::new();
    for device in devices.map_err(failed)? {
        // One that went away meanwhile has no properties any more.
        if let Ok(Some(known)) = until.step(RadioStep::Finding, SERVICE_MAX, device.properties()).await? {
            heard.push(Peripheral {
                address: name_of(&device),
                name: known.local_name.unwrap_or_default(),
                rssi_dbm: known.rssi,
                services: known.services.into_iter().map(ours).collect(),
            });
        }
    }
    Ok(heard)
}

/// Goes to a device with an errand: finds it, connects, and lets go.
pub(super) async fn talk<E: Errand>(
    mut turn: OwnedMutexGuard<Station>,
    address: &PeripheralAddress,
    until: Until,
    errand: &E,
) -> Result<E::Answer, RadioFault> {
    let adapter = turn.adapter(until).await?;
    let stove = find(&adapter, address, until).await?;
    let mut answer = attempt(&stove, until, errand).await;
    if let Err(fault) = &answer
        && worth_another_try::<E>(fault)
        && until.left() > AGAIN_AFTER
    {
        tracing::debug!(%fault, "The stove is tried once more: {fault}");
        let _ = tokio::time::timeout(LET_GO_MAX.min(until.left()), stove.disconnect()).await;
        sleep(AGAIN_AFTER.min(until.left())).await;
        if !until.left().is_zero() {
            answer = attempt(&stove, until, errand).await;
        }
    }
    // The answer need not wait for this; the next call does, by the turn.
    tokio::spawn(async move {
        if tokio::time::timeout(LET_GO_MAX, stove.disconnect()).await.is_err() {
            tracing::debug!("The stove was not let go in time");
        }
        drop(turn);
    });
    answer
}

/// Whether the connection failed rather than the errand.
fn worth_another_try<E: Errand>(fault: &RadioFault) -> bool {
    match fault {
        RadioFault::ConnectFailed(_) => true,
        RadioFault::Dropped(step) => E::REPEATABLE || *step != RadioStep::Writing,
        RadioFault::NoService
        | RadioFault::NoAdapter
        | RadioFault::Off
        | RadioFault::Denied(_)
        | RadioFault::NotFound(_)
        | RadioFault::NoSuchService(_)
        | RadioFault::NoSuchCharacteristic(_)
        | RadioFault::TooLong { .. }
        | RadioFault::Timeout { .. }
        | RadioFault::Other(_) => false,
    }
}

/// The device, when the system knows it already or hears it now.
async fn find(adapter: &Adapter, address: &PeripheralAddress, until: Until) -> Result<Stove, RadioFault> {
    if let Some(stove) = known(adapter, address, until).await? {
        return Ok(stove);
    }
    begin_to_look(adapter, until).await?;
    let found = until.step(RadioStep::Finding, FIND_MAX, async {
        loop {
            sleep(LOOK_EVERY).await;
            if let Some(stove) = known(adapter, address, until).await? {
                return Ok(stove);
            }
        }
    });
    let found = found.await;
    // Adapters do not connect while they look.
    stop_looking(adapter).await;
    found.unwrap_or_else(|_| Err(RadioFault::NotFound(address.0.clone())))
}

async fn known(
    adapter: &Adapter,
    address: &PeripheralAddress,
    until: Until,
) -> Result<Option<Stove>, RadioFault> {
    let devices = until.step(RadioStep::Finding, SERVICE_MAX, adapter.peripherals()).await?;
    let devices = devices.map_err(|error| fault_of(&error, RadioStep::Finding, &address.0))?;
    Ok(devices.into_iter().find(|device| name_of(device).0.eq_ignore_ascii_case(&address.0)))
}

/// Connects, asks what there is, and does the errand.
async fn attempt<E: Errand>(stove: &Stove, until: Until, errand: &E) -> Result<E::Answer, RadioFault> {
    let name = name_of(stove).0;
    match until.step(RadioStep::Connecting, CONNECT_MAX, stove.connect()).await {
        Ok(connected) => {
            connected.map_err(|error| fault_of(&error, RadioStep::Connecting, &name))?;
        }
        Err(_) if is_connected(stove).await => return Err(until.over(RadioStep::Listing)),
        Err(over) => return Err(over),
    }
    let listed = until.step(RadioStep::Listing, LIST_MAX, stove.discover_services()).await?;
    listed.map_err(|error| fault_of(&error, RadioStep::Listing, &name))?;
    let done = errand.run(stove, until).await;
    match done {
        // Systems put a broken connection in many ways; that it is broken is the same in all of them.
        Err(RadioFault::Other(words)) if !is_connected(stove).await => {
            let doing = if E::REPEATABLE { RadioStep::Reading } else { RadioStep::Writing };
            tracing::debug!("The connection to the stove broke: {words}");
            Err(RadioFault::Dropped(doing))
        }
        other => other,
    }
}

/// Whether the system calls it connected; an answer that does not come at once counts as yes.
async fn is_connected(stove: &Stove) -> bool {
    /// A question to the system itself, not over the air.
    const MAX: Duration = Duration::from_millis(500);
    tokio::time::timeout(MAX, stove.is_connected()).await.map_or(true, |answer| answer.unwrap_or(false))
}
