//! The station's doors to the network, as the contract shows them.

use std::net::SocketAddr;
use std::sync::Arc;

use gerai_app::App;
use gerai_core::port::{BoxFuture, Clock, DoorsReport, NetworkDoors};
use gerai_web::Server;
use tokio::sync::watch;

use super::Addresses;
use crate::clock::SystemClock;
use crate::tls::{Keeper, Machine};

/// Everything that listens, and the certificates.
pub struct Doors {
    app: Arc<App>,
    keeper: Arc<Keeper>,
    web: Option<Arc<Server>>,
    brokers: watch::Receiver<Option<Addresses>>,
}

impl Doors {
    /// The doors of a running station.
    pub fn new(
        app: Arc<App>,
        keeper: Arc<Keeper>,
        web: Option<Arc<Server>>,
        brokers: watch::Receiver<Option<Addresses>>,
    ) -> Self {
        Self { app, keeper, web, brokers }
    }

    fn ports(&self) -> Vec<(String, u16, bool)> {
        let brokers = self.brokers.borrow().clone().unwrap_or_default();
        let network = &self.app.settings().1.network;
        let console_on_lan = self.web.as_ref().is_some_and(|web| !web.lan_addrs().is_empty());
        let named = [
            ("console", self.web.as_ref().map(|web| web.addr()), console_on_lan),
            ("mqtt", brokers.mqtt, network.readers_on_lan),
            ("ws", brokers.ws, network.readers_on_lan),
            ("mqtts", brokers.mqtts, network.readers_on_lan),
        ];
        let open = |(service, addr, lan): (&str, Option<SocketAddr>, bool)| {
            addr.map(|addr| (service.to_owned(), addr.port(), lan))
        };
        named.into_iter().filter_map(open).collect()
    }
}

impl NetworkDoors for Doors {
    fn report(&self) -> DoorsReport {
        let tls = self.keeper.report();
        let mut console = Vec::new();
        if let Some(web) = &self.web {
            console.push(format!("http://{}", web.addr()));
            let lan = web.lan_addrs();
            console.extend(lan.iter().map(|addr| format!("https://{addr}")));
            let names = tls.certificate.iter().flat_map(|found| &found.names);
            let local = names.filter(|name| name.ends_with(".local") || tls.own && !name.contains('*'));
            if !lan.is_empty() {
                console.extend(local.map(|name| format!("https://{name}:{}", web.addr().port())));
            }
        }
        DoorsReport {
            console,
            ports: self.ports(),
            public_addresses: Machine::look().public.iter().map(ToString::to_string).collect(),
            certificate: tls.certificate,
            own_certificate: tls.own,
            authority: tls.authority,
            trouble: tls.trouble.map(|trouble| (trouble.what, trouble.next)),
            refused: self.web.as_ref().map(|web| web.refused()).unwrap_or_default(),
        }
    }

    fn renew_authority(&self) -> BoxFuture<'static, Result<(), String>> {
        let keeper = Arc::clone(&self.keeper);
        Box::pin(async move {
            let renewed =
                tokio::task::spawn_blocking(move || keeper.renew(&Machine::look(), SystemClock.now())).await;
            match renewed {
                Ok(Ok(())) => Ok(()),
                Ok(Err(trouble)) => Err(format!("{}; {}", trouble.what, trouble.next)),
                Err(_) => Err("the renewal ended early; look at the station's log".to_owned()),
            }
        })
    }
}
