//! How a command reaches the station: the one that runs on the folder, or the core opened for this one act.

use std::time::{Duration, Instant};

use serde_json::Value;

use gerai_app::contract::{ApiError, ErrorCode};
use gerai_web::live::Identity;

use super::failure::Failure;
use crate::control::{ControlClient, Door};
use crate::data_folder::FolderError;
use crate::options::Options;
use crate::station::{CoreHandle, open_core};

/// Another command may hold the folder for its own act; it is done within this time.
const TAKEN_WAIT: Duration = Duration::from_secs(5);

/// What a command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To read.
    Read,
    /// To change something.
    Write,
    /// A station that runs: readers tap over its broker.
    Running,
}

/// The way to a station.
pub struct Reach {
    options: Options,
}

impl Reach {
    /// To the station of these options.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// The options alone.
    pub fn into_options(self) -> Options {
        self.options
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The station that runs on the folder, if one does.
    pub async fn running(&self) -> Result<Option<ControlClient>, Failure> {
        Ok(ControlClient::connect(&self.options.folder).await?)
    }

    /// Opens the way.
    pub async fn open(&self, need: Need) -> Result<Session, Failure> {
        let began = Instant::now();
        loop {
            if let Some(client) = self.running().await? {
                return Ok(Session { door: Door::There(client), core: None });
            }
            if need == Need::Running {
                return Err(self.none_runs());
            }
            if need == Need::Read {
                self.options.folder.must_have_station().map_err(anyhow::Error::from)?;
            }
            match open_core(&self.options, need == Need::Read).await {
                Ok(core) => return Ok(Session { door: Door::Here(core.app.clone()), core: Some(core) }),
                Err(error) if is_taken(&error) && began.elapsed() < TAKEN_WAIT => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(Failure::other(&error)),
            }
        }
    }

    /// Opens the way, gives one command, closes it.
    pub async fn call(&self, need: Need, command: &str, args: Value) -> Result<Value, Failure> {
        let session = self.open(need).await?;
        let outcome = session.call(command, args).await;
        session.close().await;
        outcome
    }

    fn none_runs(&self) -> Failure {
        let folder = self.options.folder.path().display();
        ApiError::new(
            ErrorCode::Unavailable,
            format!("no station runs on {folder}"),
            "Start one with `gerai serve`, or open the desktop program.",
        )
        .into()
    }
}

fn is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<FolderError>(), Some(FolderError::Taken { .. }))
}

/// An open way to the station.
pub struct Session {
    door: Door,
    core: Option<CoreHandle>,
}

impl Session {
    /// Gives one command, as the user who owns the station.
    pub async fn call(&self, command: &str, args: Value) -> Result<Value, Failure> {
        Ok(self.door.call(&Identity::local(), command, args).await.outcome?)
    }

    /// The way itself.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Closes a core that was opened for this.
    pub async fn close(self) {
        if let Some(core) = self.core {
            drop(self.door);
            core.close().await;
        }
    }
}
