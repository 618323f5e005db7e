//! Bluetooth made of software, for trying the station out and for tests of what stands above: stoves that give a token and
//! obey commands. What a stove does is up to the functions it is made with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gerai_core::port::BoxFuture;
use gerai_core::port::scan::radio::{
    Abilities, GattUuid, OfferedCharacteristic, OfferedService, Peripheral, PeripheralAddress, Radio,
    RadioFault, ReadPlan, SCAN_MAX, VALUE_OCTETS_MAX, WritePlan,
};
use gerai_core::secret::Secret;

/// Gives the token that the stove shows now.
pub type Token = Arc<dyn Fn() -> Result<Vec<u8>, RadioFault> + Send + Sync>;

/// Obeys a command. A refusal with `Dropped(Writing)` after it was obeyed is a lost answer.
pub type Obey = Arc<dyn Fn(&[u8]) -> Result<(), RadioFault> + Send + Sync>;

/// A stove made of software.
#[derive(Clone)]
pub struct SimulatedStove {
    /// Its address.
    pub address: PeripheralAddress,
    /// The name it gives itself.
    pub name: String,
    /// How strong it is heard.
    pub rssi_dbm: i16,
    /// Its only service.
    pub service: GattUuid,
    /// Where its token is read, or sent by itself.
    pub token_at: GattUuid,
    /// Where it takes commands; `None`: it takes none, as the maker's document says of Bluetooth.
    pub command_at: Option<GattUuid>,
    /// Gives the token.
    pub token: Token,
    /// Obeys commands.
    pub obey: Obey,
}

/// The simulated radio. Cheap to clone: clones are the same radio.
#[derive(Clone, Default)]
pub struct SimulatedRadio {
    stoves: Arc<Mutex<Vec<SimulatedStove>>>,
    fault: Arc<Mutex<Option<RadioFault>>>,
}

impl SimulatedRadio {
    /// A radio that hears these stoves.
    #[must_use]
    pub fn new(stoves: Vec<SimulatedStove>) -> Self {
        Self { stoves: Arc::new(Mutex::new(stoves)), fault: Arc::default() }
    }

    /// From now on everything fails like this; `None`: it works again.
    pub fn fail(&self, fault: Option<RadioFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// From now on it hears these.
    pub fn hear(&self, stoves: Vec<SimulatedStove>) {
        *self.stoves.lock().unwrap_or_else(PoisonError::into_inner) = stoves;
    }

    fn check(&self) -> Result<(), RadioFault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    fn all(&self) -> Vec<SimulatedStove> {
        self.stoves.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn find(&self, address: &PeripheralAddress) -> Result<SimulatedStove, RadioFault> {
        self.check()?;
        let found = self.all().into_iter().find(|stove| stove.address.0.eq_ignore_ascii_case(&address.0));
        found.ok_or_else(|| RadioFault::NotFound(address.0.clone()))
    }

    fn read_now(&self, address: &PeripheralAddress, plan: &ReadPlan) -> Result<Vec<u8>, RadioFault> {
        let stove = self.find(address)?;
        stove.has(plan.service, plan.characteristic, Some(stove.token_at))?;
        let mut token = (stove.token)()?;
        token.truncate(VALUE_OCTETS_MAX);
        Ok(token)
    }

    fn write_now(
        &self,
        address: &PeripheralAddress,
        plan: &WritePlan,
        bytes: &[u8],
    ) -> Result<(), RadioFault> {
        let stove = self.find(address)?;
        stove.has(plan.service, plan.characteristic, stove.command_at)?;
        if bytes.len() > VALUE_OCTETS_MAX {
            return Err(RadioFault::TooLong { bytes: bytes.len(), most: VALUE_OCTETS_MAX });
        }
        (stove.obey)(bytes)
    }
}

impl SimulatedStove {
    fn has(&self, service: GattUuid, asked: GattUuid, has: Option<GattUuid>) -> Result<(), RadioFault> {
        if service != self.service {
            return Err(RadioFault::NoSuchService(service));
        }
        if Some(asked) == has { Ok(()) } else { Err(RadioFault::NoSuchCharacteristic(asked)) }
    }

    fn offered(&self) -> OfferedService {
        let token = Abilities { read: true, notify: true, ..Abilities::default() };
        let command = Abilities { write: true, ..Abilities::default() };
        let one = |uuid, abilities| OfferedCharacteristic { uuid, abilities };
        let characteristics =
            [Some(one(self.token_at, token)), self.command_at.map(|uuid| one(uuid, command))];
        OfferedService {
            uuid: self.service,
            characteristics: characteristics.into_iter().flatten().collect(),
        }
    }
}

impl Radio for SimulatedRadio {
    fn scan(&self, duration: Duration) -> BoxFuture<'static, Result<Vec<Peripheral>, RadioFault>> {
        let radio = self.clone();
        Box::pin(async move {
            radio.check()?;
            tokio::time::sleep(duration.min(SCAN_MAX)).await;
            let heard = radio.all().into_iter().map(|stove| Peripheral {
                address: stove.address,
                name: stove.name,
                rssi_dbm: Some(stove.rssi_dbm),
                services: vec![stove.service],
            });
            let mut heard: Vec<_> = heard.collect();
            heard.sort_by_key(|one| std::cmp::Reverse(one.rssi_dbm));
            Ok(heard)
        })
    }

    fn describe(
        &self,
        address: &PeripheralAddress,
    ) -> BoxFuture<'static, Result<Vec<OfferedService>, RadioFault>> {
        let offered = self.find(address).map(|stove| vec![stove.offered()]);
        Box::pin(std::future::ready(offered))
    }

    fn read(
        &self,
        address: &PeripheralAddress,
        plan: ReadPlan,
    ) -> BoxFuture<'static, Result<Vec<u8>, RadioFault>> {
        let (radio, address) = (self.clone(), address.clone());
        Box::pin(async move { radio.read_now(&address, &plan) })
    }

    fn write(
        &self,
        address: &PeripheralAddress,
        plan: WritePlan,
        bytes: Secret<Vec<u8>>,
    ) -> BoxFuture<'static, Result<(), RadioFault>> {
        let (radio, address) = (self.clone(), address.clone());
        Box::pin(async move { radio.write_now(&address, &plan, bytes.expose()) })
    }
}
