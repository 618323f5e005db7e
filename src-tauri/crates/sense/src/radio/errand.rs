//! What is done with a stove once it is connected: list what it offers, fetch a value, put a value.

use std::time::Duration;

use btleplug::api::{CharPropFlags, Characteristic, Peripheral as _, WriteType};
use btleplug::platform::Peripheral;
use futures_util::StreamExt as _;
use gerai_core::port::BoxFuture;
use gerai_core::port::scan::radio::{
    Abilities, GattUuid, OfferedCharacteristic, OfferedService, RadioFault, RadioStep, ReadPlan,
    VALUE_OCTETS_MAX, WritePlan,
};
use gerai_core::secret::Secret;
use uuid::Uuid;

use super::fault::fault_of;
use super::until::Until;

/// A long value takes a round trip for every 20 bytes at worst, each up to 100 ms.
const READ_MAX: Duration = Duration::from_secs(10);
/// Parts of one value follow each other within a few connection intervals, which are at most 4 s but in practice 50 ms.
const QUIET: Duration = Duration::from_millis(600);
/// Bytes of a value that fit beside the 3 bytes of an unanswered write's header, in the smallest packet (ATT_MTU 23).
const UNANSWERED_MIN: usize = 20;

/// A piece of work with a connected device.
pub(super) trait Errand: Send + Sync + 'static {
    /// What comes back.
    type Answer: Send + 'static;
    /// Doing it twice does no harm, so a broken connection may be tried again after the work began.
    const REPEATABLE: bool;
    /// Does it.
    fn run<'a>(
        &'a self,
        stove: &'a Peripheral,
        until: Until,
    ) -> BoxFuture<'a, Result<Self::Answer, RadioFault>>;
}

/// Lists what the device offers.
pub(super) struct List;

impl Errand for List {
    type Answer = Vec<OfferedService>;
    const REPEATABLE: bool = true;

    fn run<'a>(&'a self, stove: &'a Peripheral, _: Until) -> BoxFuture<'a, Result<Self::Answer, RadioFault>> {
        let offered = stove.services().into_iter().map(|service| OfferedService {
            uuid: ours(service.uuid),
            characteristics: service
                .characteristics
                .iter()
                .map(|offered| OfferedCharacteristic {
                    uuid: ours(offered.uuid),
                    abilities: abilities(offered.properties),
                })
                .collect(),
        });
        let offered = offered.collect();
        Box::pin(async move { Ok(offered) })
    }
}

/// Fetches a value.
pub(super) struct Fetch(pub ReadPlan);

impl Errand for Fetch {
    type Answer = Vec<u8>;
    const REPEATABLE: bool = true;

    fn run<'a>(&'a self, stove: &'a Peripheral, until: Until) -> BoxFuture<'a, Result<Vec<u8>, RadioFault>> {
        Box::pin(async move {
            let plan = self.0;
            let able = if plan.notify {
                CharPropFlags::NOTIFY | CharPropFlags::INDICATE
            } else {
                CharPropFlags::READ
            };
            let characteristic = find(stove, plan.service, plan.characteristic, able)?;
            let value = if plan.notify {
                listen(stove, &characteristic, until).await?
            } else {
                let read = until.step(RadioStep::Reading, READ_MAX, stove.read(&characteristic)).await?;
                read.map_err(|error| told(&error, RadioStep::Reading, stove))?
            };
            if value.len() > VALUE_OCTETS_MAX {
                return Err(RadioFault::Other(format!("the stove sent a value of {} bytes", value.len())));
            }
            Ok(value)
        })
    }
}

/// Collects what the characteristic sends by itself, until it is quiet for a while.
async fn listen(
    stove: &Peripheral,
    characteristic: &Characteristic,
    until: Until,
) -> Result<Vec<u8>, RadioFault> {
    let failed = |error: btleplug::Error| told(&error, RadioStep::Reading, stove);
    let reading = RadioStep::Reading;
    // Listened for before it is asked for: the first part may come at once.
    let mut parts = until.step(reading, READ_MAX, stove.notifications()).await?.map_err(failed)?;
    until.step(reading, READ_MAX, stove.subscribe(characteristic)).await?.map_err(failed)?;
    let mut value = Vec::new();
    loop {
        let patience = if value.is_empty() { until.left() } else { QUIET };
        match until.step(reading, patience, parts.next()).await {
            Ok(Some(part)) if part.uuid == characteristic.uuid => value.extend(part.value),
            Ok(Some(_)) => {}
            Ok(None) if value.is_empty() => return Err(RadioFault::Dropped(reading)),
            Err(silence) if value.is_empty() => return Err(silence),
            Ok(None) | Err(_) => break,
        }
        if value.len() > VALUE_OCTETS_MAX {
            break;
        }
    }
    // Disconnecting, which follows, ends it too; a device that does not answer this has given its value all the same.
    let _ = until.step(reading, QUIET, stove.unsubscribe(characteristic)).await;
    Ok(value)
}

/// Puts a value.
pub(super) struct Put {
    pub plan: WritePlan,
    pub bytes: Secret<Vec<u8>>,
}

impl Errand for Put {
    type Answer = ();
    const REPEATABLE: bool = false;

    fn run<'a>(&'a self, stove: &'a Peripheral, until: Until) -> BoxFuture<'a, Result<(), RadioFault>> {
        Box::pin(async move {
            let able = CharPropFlags::WRITE | CharPropFlags::WRITE_WITHOUT_RESPONSE;
            let characteristic = find(stove, self.plan.service, self.plan.characteristic, able)?;
            let bytes = self.bytes.expose();
            too_long(bytes.len(), VALUE_OCTETS_MAX)?;
            let kind = if characteristic.properties.contains(CharPropFlags::WRITE) {
                WriteType::WithResponse
            } else {
                let fits = usize::from(stove.mtu()).saturating_sub(3).max(UNANSWERED_MIN);
                too_long(bytes.len(), fits)?;
                WriteType::WithoutResponse
            };
            let writing = stove.write(&characteristic, bytes, kind);
            let written = until.step(RadioStep::Writing, READ_MAX, writing).await?;
            written.map_err(|error| told(&error, RadioStep::Writing, stove))
        })
    }
}

fn too_long(bytes: usize, most: usize) -> Result<(), RadioFault> {
    if bytes > most { Err(RadioFault::TooLong { bytes, most }) } else { Ok(()) }
}

fn told(error: &btleplug::Error, doing: RadioStep, stove: &Peripheral) -> RadioFault {
    fault_of(error, doing, &super::link::name_of(stove).0)
}

/// The characteristic, when it is there and can do one of these things.
fn find(
    stove: &Peripheral,
    service: GattUuid,
    characteristic: GattUuid,
    able: CharPropFlags,
) -> Result<Characteristic, RadioFault> {
    let offered = stove.services();
    let named = offered
        .iter()
        .find(|offered| ours(offered.uuid) == service)
        .ok_or(RadioFault::NoSuchService(service))?;
    named
        .characteristics
        .iter()
        .find(|offered| ours(offered.uuid) == characteristic && offered.properties.intersects(able))
        .cloned()
        .ok_or(RadioFault::NoSuchCharacteristic(characteristic))
}

/// A UUID in the words of the port.
pub(super) fn ours(uuid: Uuid) -> GattUuid {
    GattUuid(uuid.as_u128())
}

fn abilities(flags: CharPropFlags) -> Abilities {
    Abilities {
        read: flags.contains(CharPropFlags::READ),
        write: flags.contains(CharPropFlags::WRITE),
        write_without_response: flags.contains(CharPropFlags::WRITE_WITHOUT_RESPONSE),
        notify: flags.contains(CharPropFlags::NOTIFY),
        indicate: flags.contains(CharPropFlags::INDICATE),
    }
}
