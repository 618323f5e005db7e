//! Bluetooth LE by btleplug: BlueZ on Linux, WinRT on Windows, CoreBluetooth on macOS. Every call is a task of its own that
//! ends by its deadline and tidies up (stops looking, disconnects) even when nobody waits for its answer any more. The
//! libraries' own time limits are far too long; ours are here.

mod errand;
mod fault;
mod link;
pub mod simulated;
mod until;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::BoxFuture;
use gerai_core::port::scan::radio::{
    DEADLINE, OfferedService, Peripheral, PeripheralAddress, Radio, RadioFault, RadioStep, ReadPlan,
    SCAN_MAX, WritePlan,
};
use gerai_core::secret::Secret;
use tokio::sync::Mutex;

use errand::{Errand, Fetch, List, Put};
use link::Station;
use until::Until;

/// Time for everything around a look: asking the system, and the list at the end.
const AROUND_A_SCAN: Duration = Duration::from_secs(10);

/// This computer's Bluetooth. Nothing is touched before the first call.
#[derive(Default)]
pub struct NativeRadio {
    /// One call at a time; keeps the connection to the system's Bluetooth service between calls.
    station: Arc<Mutex<Station>>,
}

impl NativeRadio {
    fn carry_out<E: Errand>(
        &self,
        address: &PeripheralAddress,
        deadline: Duration,
        errand: E,
    ) -> BoxFuture<'static, Result<E::Answer, RadioFault>> {
        let (station, address) = (Arc::clone(&self.station), address.clone());
        in_a_task(async move {
            let until = Until::from_now(deadline);
            let turn = until.step(RadioStep::Waiting, deadline, station.lock_owned()).await?;
            link::talk(turn, &address, until, &errand).await
        })
    }
}

/// Runs to its end whether or not the answer is waited for: half a conversation would leave the stove connected.
fn in_a_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, RadioFault>> + Send + 'static,
) -> BoxFuture<'static, Result<T, RadioFault>> {
    Box::pin(async move {
        tokio::spawn(work).await.unwrap_or_else(|ended| {
            tracing::error!(panicked = ended.is_panic(), "A Bluetooth call did not come to its end");
            Err(RadioFault::Other("its library failed".to_owned()))
        })
    })
}

impl Radio for NativeRadio {
    fn scan(&self, duration: Duration) -> BoxFuture<'static, Result<Vec<Peripheral>, RadioFault>> {
        let station = Arc::clone(&self.station);
        let duration = duration.min(SCAN_MAX);
        in_a_task(async move {
            let until = Until::from_now(duration + AROUND_A_SCAN);
            let turn = until.step(RadioStep::Waiting, AROUND_A_SCAN, station.lock_owned()).await?;
            link::look_around(turn, duration, until).await
        })
    }

    fn describe(
        &self,
        address: &PeripheralAddress,
    ) -> BoxFuture<'static, Result<Vec<OfferedService>, RadioFault>> {
        self.carry_out(address, DEADLINE, List)
    }

    fn read(
        &self,
        address: &PeripheralAddress,
        plan: ReadPlan,
    ) -> BoxFuture<'static, Result<Vec<u8>, RadioFault>> {
        self.carry_out(address, plan.deadline, Fetch(plan))
    }

    fn write(
        &self,
        address: &PeripheralAddress,
        plan: WritePlan,
        bytes: Secret<Vec<u8>>,
    ) -> BoxFuture<'static, Result<(), RadioFault>> {
        self.carry_out(address, plan.deadline, Put { plan, bytes })
    }
}
