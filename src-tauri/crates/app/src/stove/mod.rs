//! Stoves: one way in for every token (`take`), one task that sends readings on (`forward`), one door for the camera
//! (`door`). Rules are in `gerai_core::stove`, rows in `gerai_store::stove`. Cameras, radio, pictures and the server are
//! ports: which of them a station has is `host`'s business.

mod again;
pub(crate) mod bounds;
pub(crate) mod change;
pub(crate) mod charts;
pub(crate) mod demo;
pub(crate) mod door;
pub mod endpoint;
pub(crate) mod forward;
pub(crate) mod import;
pub(crate) mod in_view;
pub(crate) mod keys;
pub(crate) mod keys_many;
pub(crate) mod radio;
pub(crate) mod session;
pub(crate) mod settle;
pub mod take;
pub(crate) mod verdict;
pub(crate) mod views;

pub use door::StoveDoor;
pub use forward::Forwarder;

use std::sync::{Arc, PoisonError, RwLock};

use gerai_core::port::pictures::Pictures;
use gerai_core::port::scan::radio::Radio;
use gerai_core::port::scan::{Cameras, Frame};

use crate::App;
use crate::contract::{ApiError, ErrorCode, Event};

/// What the station knows of its stoves while it runs.
#[derive(Default)]
pub(crate) struct Stoves {
    pub(crate) keys: keys::Keys,
    pub(crate) session: session::Session,
    pub(crate) in_view: in_view::InView,
    pub(crate) forward: forward::Live,
    pub(crate) demo: demo::Demo,
    cameras: RwLock<Option<Arc<dyn Cameras>>>,
    radio: RwLock<Option<Arc<dyn Radio>>>,
    pictures: RwLock<Option<Arc<dyn Pictures>>>,
}

impl Stoves {
    /// The cameras; `None`: this station has none.
    pub(crate) fn cameras(&self) -> Option<Arc<dyn Cameras>> {
        self.cameras.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn radio(&self) -> Result<Arc<dyn Radio>, ApiError> {
        self.radio.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(|| {
            ApiError::new(
                ErrorCode::BluetoothNoAdapter,
                "this station has no Bluetooth",
                "Scan the stove's QR code, or paste its token.",
            )
        })
    }

    pub(crate) fn pictures(&self) -> Option<Arc<dyn Pictures>> {
        self.pictures.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl App {
    /// Tells the core its cameras; `None`: there are none any more.
    pub fn set_cameras(&self, cameras: Option<Arc<dyn Cameras>>) {
        *self.stoves.cameras.write().unwrap_or_else(PoisonError::into_inner) = cameras;
        self.emit(Event::Scan);
    }

    /// Tells the core its Bluetooth.
    pub fn set_radio(&self, radio: Option<Arc<dyn Radio>>) {
        *self.stoves.radio.write().unwrap_or_else(PoisonError::into_inner) = radio;
    }

    /// Tells the core who understands pictures.
    pub fn set_pictures(&self, pictures: Option<Arc<dyn Pictures>>) {
        *self.stoves.pictures.write().unwrap_or_else(PoisonError::into_inner) = pictures;
    }

    /// The camera's newest picture, for whoever may give `scan.state`.
    #[must_use]
    pub fn stove_preview(&self) -> Option<Frame> {
        self.stoves.session.frame()
    }
}
