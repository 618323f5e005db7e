//! Measures the station's link against the embedded broker: publishes acknowledged per second, and taps taken and
//! acknowledged per second. `cargo run --release -p gerai-broker --example link_rate [messages]`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gerai_broker::{Embedded, EmbeddedConfig, Link, LinkConfig};
use gerai_core::port::{
    BoxFuture, DeviceKind, DeviceLogin, Devices, Inbound, NotDurable, Publisher, TapDoor,
};
use gerai_core::secret::Secret;
use tokio_util::sync::CancellationToken;

/// Publishes under way at a time.
const UNDER_WAY: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(120);

struct Nobody;

impl Devices for Nobody {
    fn authenticate(&self, _: &str, _: &Secret<Vec<u8>>) -> Option<DeviceLogin> {
        None
    }
    fn kind_of(&self, _: &str) -> Option<DeviceKind> {
        None
    }
    fn presence(&self, _: &str, _: bool, _: &str) {}
    fn incident(&self, _: &str, _: &str) {}
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl TapDoor for Counter {
    fn take(&self, _: Inbound) -> BoxFuture<'static, Result<(), NotDurable>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
    fn link_changed(&self, up: bool, detail: &str) {
        if !up {
            println!("{detail}");
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let messages: usize = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let embedded =
        Embedded::start(EmbeddedConfig { prefix: "iot".into(), port: 0 }, Arc::new(Nobody)).await?;
    let stop = CancellationToken::new();
    let taken = Arc::new(Counter::default());
    let link = Link::start(LinkConfig::embedded(&embedded, "iot"), taken.clone(), stop.clone())?;
    let mut sender = LinkConfig::embedded(&embedded, "iot");
    sender.client_id = "gerai-sender".into();
    // The sender's own subscriptions are to another prefix, so that each tap is counted once.
    let ignored = Arc::new(Counter::default());
    let sender = Link::start(LinkConfig { prefix: "iot/none".into(), ..sender }, ignored, stop.clone())?;
    while !link.is_up() || !sender.is_up() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let took = publish(&link, "iot/success", messages).await?;
    println!("published and acknowledged, no subscriber: {:.0} a second", rate(messages, took));

    let before = Instant::now();
    publish(&sender, "iot/deduct", messages).await?;
    while taken.0.load(Ordering::Relaxed) < messages {
        if before.elapsed() > PATIENCE {
            return Err(format!("only {} of {messages} taps came", taken.0.load(Ordering::Relaxed)).into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!(
        "published by another client, taken and acknowledged: {:.0} a second",
        rate(messages, before.elapsed())
    );
    stop.cancel();
    link.stopped().await;
    sender.stopped().await;
    embedded.stop().await;
    Ok(())
}

async fn publish(link: &Link, topic: &str, messages: usize) -> Result<Duration, Box<dyn std::error::Error>> {
    let before = Instant::now();
    let mut under_way = std::collections::VecDeque::new();
    for n in 0..messages {
        under_way.push_back(link.publish(topic, format!("5A3F01C2 {n}").into_bytes()));
        if under_way.len() >= UNDER_WAY
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.await.map_err(|e| format!("{e:?}"))?;
        }
    }
    for answer in under_way {
        answer.await.map_err(|e| format!("{e:?}"))?;
    }
    Ok(before.elapsed())
}

#[allow(clippy::cast_precision_loss)]
fn rate(messages: usize, took: Duration) -> f64 {
    messages as f64 / took.as_secs_f64()
}
