//! The station's core: the store, the clocks, the vault, and what is only known while it runs (links, presence,
//! the clock guard). One `Arc<App>` is shared by every door.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gerai_core::ledger::Limits;
use gerai_core::ledger::chain::{GENESIS, Hash};
use gerai_core::money::Rupiah;
use gerai_core::port::{Clock, NetworkDoors, Vault, VaultError, VirtualReader};
use gerai_core::secret::Secret;
use gerai_core::tap::mac::ReaderKey;
use gerai_core::tap::wire::Topics;
use gerai_core::time::{DayGuard, UnixMs, WibDay};
use gerai_store::{Db, OpenMode, Store, StoreError, journal, operators, settings, tills};
use tokio::sync::{Notify, broadcast};

use crate::clock_watch::ClockWatch;
use crate::contract::{ApiError, ErrorCode, Event, HealthRow, Settings};
use crate::devices::Presence;
use crate::people::People;
use crate::sessions::Pairings;
use crate::sms::Sms;
use crate::stove::Stoves;
use crate::tokens::ApiTokens;
use crate::trail::Seldom;

/// Events a slow listener may be behind before it is told to re-read everything.
const EVENTS_KEPT: usize = 1_024;

/// Name of the till that a new station begins with.
const FIRST_TILL: &str = "Meja 1";
/// Its price.
const FIRST_PRICE: Rupiah = Rupiah(5_000);

/// What the core is opened with.
pub struct AppOptions {
    /// The database file.
    pub database: PathBuf,
    /// Create, migrate and write, or only read.
    pub mode: OpenMode,
    /// A new folder is a try-out: no money in it is real.
    pub try_out: bool,
    /// The station's clocks.
    pub clock: Arc<dyn Clock>,
    /// Where recoverable secrets are.
    pub vault: Arc<dyn Vault>,
}

/// Why the core does not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings document.
    #[error("the stored settings cannot be read ({0}); export them with the program that wrote them")]
    Settings(String),
    /// No random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    Random(String),
}

/// The link to the broker, as the health page and the counters see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinkState {
    pub(crate) up: bool,
    pub(crate) detail: String,
    pub(crate) since: Option<UnixMs>,
}

/// The station's core: everything that happens goes through it.
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) station_id: String,
    pub(crate) try_out: bool,
    pub(crate) outbox_ready: Notify,
    /// Every result up to it is published and acknowledged.
    pub(crate) outbox_done: AtomicI64,
    pub(crate) presence: Presence,
    pub(crate) people: People,
    pub(crate) sms: Sms,
    pub(crate) stoves: Stoves,
    pub(crate) pairings: Pairings,
    pub(crate) reader_keys: RwLock<HashMap<String, ReaderKey>>,
    /// Somebody needed a secret that is not there: the vault is looked at now.
    pub(crate) vault_wanted: Notify,
    /// A signed reader's key could not be read yet.
    pub(crate) keys_wanting: AtomicBool,
    pub(crate) virtual_reader: RwLock<Option<Arc<dyn VirtualReader>>>,
    pub(crate) network_doors: RwLock<Option<Arc<dyn NetworkDoors>>>,
    pub(crate) clock_watch: ClockWatch,
    /// Addresses that readers connect to, `host:port`.
    pub(crate) broker_addresses: RwLock<Vec<String>>,
    pub(crate) link: Mutex<LinkState>,
    pub(crate) api: ApiTokens,
    /// Keeps what anybody can cause from flooding the audit trail.
    pub(crate) seldom: Seldom,
    /// The audit trail's newest record when it was last checked, and its link.
    pub(crate) audit_seen: Mutex<(i64, Hash)>,
    has_owner: AtomicBool,
    broker_password_version: AtomicU64,
    events: broadcast::Sender<Event>,
    settings: RwLock<Arc<(i64, Settings)>>,
    day_guard: Mutex<DayGuard>,
    /// Health rows that the parts around the core put here, by part.
    health: Mutex<HashMap<String, HealthRow>>,
}

impl App {
    /// Opens the core on a database. Blocks: call it off the async threads.
    pub fn open(options: AppOptions) -> Result<Arc<Self>, StartError> {
        let store = Store::open(&options.database, options.mode)?;
        if options.mode == OpenMode::Write {
            let id =
                crate::passwords::random_token().map_err(|error| StartError::Random(error.to_string()))?;
            let try_out = options.try_out;
            store.writer()?.submit_blocking(move |db| {
                settings::name_station(db, &id.expose()[..12], try_out)?;
                first_till(db)
            })?;
        }
        let (station_id, try_out) = store.read(settings::station)?.unwrap_or_default();
        let stored = store.read(settings::get)?;
        let settings = crate::settings::read(stored).map_err(StartError::Settings)?;
        let ledger_day = store.read(journal::latest_day)?;
        let now = options.clock.now();
        let day_guard = DayGuard::start(ledger_day, now, options.clock.monotonic_ms());
        let has_owner = AtomicBool::new(store.read(operators::has_owner)?);
        let app = Arc::new(Self {
            store,
            clock: options.clock,
            vault: options.vault,
            station_id,
            try_out,
            outbox_ready: Notify::new(),
            outbox_done: AtomicI64::new(0),
            presence: Presence::default(),
            people: People::default(),
            sms: Sms::default(),
            stoves: Stoves::default(),
            pairings: Pairings::default(),
            reader_keys: RwLock::default(),
            vault_wanted: Notify::new(),
            keys_wanting: AtomicBool::new(false),
            virtual_reader: RwLock::default(),
            network_doors: RwLock::default(),
            clock_watch: ClockWatch::default(),
            broker_addresses: RwLock::default(),
            link: Mutex::default(),
            api: ApiTokens::default(),
            seldom: Seldom::default(),
            audit_seen: Mutex::new((0, GENESIS)),
            has_owner,
            broker_password_version: AtomicU64::new(0),
            events: broadcast::channel(EVENTS_KEPT).0,
            settings: RwLock::new(Arc::new(settings)),
            day_guard: Mutex::new(day_guard),
            health: Mutex::default(),
        });
        Ok(app)
    }

    /// The newest journal entry's number and hash: kept outside the database, they show an old copy put in its place.
    pub fn ledger_head(&self) -> Result<(i64, [u8; 32]), StoreError> {
        self.store.read(journal::head)
    }

    /// Whether the journal holds this entry with this hash.
    pub fn ledger_holds(&self, entry: i64, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let found = self.store.read(|db| journal::get(db, entry))?;
        Ok(found.is_some_and(|stored| stored.hash == *hash))
    }

    /// Live events, for callers that `may_listen`. A receiver that lags just re-reads everything.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Whether this caller may listen to live events: a counter's session, or whoever may look.
    pub fn may_listen(&self, caller: &crate::access::Caller) -> Result<(), ApiError> {
        use crate::access::{Access, allowed};
        allowed(self, caller, Access::Counter).or_else(|_| allowed(self, caller, Access::View))
    }

    /// Tells the screens; nobody listening is fine.
    pub fn emit(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn anybody_listens(&self) -> bool {
        self.events.receiver_count() > 0
    }

    /// The settings as they are now.
    #[must_use]
    pub fn settings(&self) -> Arc<(i64, Settings)> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a committed document the current one. Two commits may come here in the other order: the newer one stays.
    pub(crate) fn put_settings(&self, version: i64, settings: Settings) {
        let mut current = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        if version > current.0 {
            *current = Arc::new((version, settings));
        }
        drop(current);
        self.stoves.forward.wake();
        self.emit(Event::Settings);
    }

    /// The virtual reader of this station's broker; `None` while there is none.
    pub fn set_virtual_reader(&self, reader: Option<Arc<dyn VirtualReader>>) {
        *self.virtual_reader.write().unwrap_or_else(PoisonError::into_inner) = reader;
    }

    /// Where readers connect, shown with new credentials.
    pub fn set_broker_addresses(&self, addresses: Vec<String>) {
        *self.broker_addresses.write().unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    /// Puts a row on the health page; a row of the same part is replaced.
    pub fn put_health(&self, row: HealthRow) {
        let mut rows = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = rows.get(&row.part) != Some(&row);
        rows.insert(row.part.clone(), row);
        drop(rows);
        if changed {
            self.emit(Event::Health);
        }
    }

    pub(crate) fn health_rows(&self) -> Vec<HealthRow> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Reads a secret of this station that the core itself has no use for. Blocks.
    pub fn secret(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.vault.get(&self.vault_entry(name))
    }

    /// Keeps such a secret. Blocks.
    pub fn keep_secret(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.vault.set(&self.vault_entry(name), value)
    }

    /// Random name of this station, made with its database; no secret.
    #[must_use]
    pub fn station_id(&self) -> &str {
        &self.station_id
    }

    /// Rises when the external broker's password was set: the link is then made anew.
    #[must_use]
    pub fn broker_password_version(&self) -> u64 {
        self.broker_password_version.load(Ordering::Acquire)
    }

    pub(crate) fn broker_password_changed(&self) {
        self.broker_password_version.fetch_add(1, Ordering::AcqRel);
        self.emit(Event::Settings);
    }

    /// Whether nobody owns this station yet.
    #[must_use]
    pub fn first_run(&self) -> bool {
        !self.has_owner.load(Ordering::Acquire)
    }

    pub(crate) fn owner_made(&self) {
        self.has_owner.store(true, Ordering::Release);
    }

    /// Now, and the WIB day that limits count in. A jump of the clock shows on the health page.
    pub(crate) fn today(&self) -> (UnixMs, WibDay) {
        let now = self.clock.now();
        let mut guard = self.day_guard.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = guard.observe(now, self.clock.monotonic_ms());
        let held = guard.held();
        drop(guard);
        if reading.jump_ms.abs() > gerai_core::time::CLOCK_JUMP_ALARM_MS {
            tracing::warn!(jump_ms = reading.jump_ms, "The wall clock jumped by {} ms", reading.jump_ms);
            self.put_health(crate::usecases::health::clock_row(reading.jump_ms, held));
        }
        (now, reading.day)
    }

    pub(crate) fn accept_clock(&self) {
        self.day_guard.lock().unwrap_or_else(PoisonError::into_inner).accept();
        self.put_health(crate::usecases::health::clock_row(0, None));
    }

    pub(crate) fn limits(&self) -> Limits {
        let settings = self.settings();
        let payments = &settings.1.payments;
        Limits {
            per_tap: Rupiah(payments.max_per_tap),
            per_day: Rupiah(payments.max_per_day),
            max_balance: Rupiah(payments.max_balance),
            double_tap_ms: payments.double_tap_seconds.saturating_mul(1_000),
        }
    }

    pub(crate) fn topics(&self) -> Topics {
        Topics::new(&self.settings().1.payments.topic_prefix)
    }

    /// Reads on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Db) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || app.store.read(work)).await.map_err(|_| internal())?
    }

    /// Writes in the next transaction; resolves after its COMMIT.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.store.writer()?.submit(work).await
    }

    /// Runs something slow (a password hash, the vault) off the async threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        tokio::task::spawn_blocking(work).await.map_err(|_| internal())?
    }
}

/// A station is never without a till: a reader that is connected before anybody opened the console has a price to
/// charge, as the original's constant was one. The first-run page asks for the real name and price.
fn first_till(db: &Db) -> Result<(), StoreError> {
    if tills::list(db)?.is_empty() {
        tills::create(db, FIRST_TILL, "", Some(FIRST_PRICE))?;
    }
    Ok(())
}

fn internal() -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        "a task of the station ended early",
        "Try again; the station's log has the cause.",
    )
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Stopped(_) => ErrorCode::LedgerStopped,
            StoreError::DiskFull | StoreError::Closed | StoreError::Busy => ErrorCode::Unavailable,
            _ => {
                tracing::error!(%error, "The database refused a use case");
                ErrorCode::Internal
            }
        };
        Self::new(code, error.to_string(), "")
    }
}
