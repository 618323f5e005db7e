//! What the station's eyes and ears give, as text: cameras and Bluetooth without the station. For finding out on the spot
//! whether a webcam or a stove works, and for the tests of this crate, which run it with simulated hardware. It judges no
//! token and keeps nothing.
//!
//! `gerai-look cameras` · `gerai-look watch [--camera ID] [--size 1280x720] [--seconds 30] [--save FILE] [--list]`
//! `gerai-look scan SECONDS` · `describe ADDRESS` · `read ADDRESS SERVICE CHARACTERISTIC [--notify] [--deadline-ms N]` ·
//! `write ADDRESS SERVICE CHARACTERISTIC` (takes the value from standard input)

use std::error::Error;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::scan::radio::{DEADLINE, GattUuid, PeripheralAddress, Radio, ReadPlan, WritePlan};
use gerai_core::port::scan::{
    CameraId, CameraState, CameraWish, Cameras, CodeFound, Frame, FrameDecoder, Luma, ScanDoor,
};
use gerai_core::secret::Secret;
use gerai_sense::camera::CameraWorker;
use gerai_sense::qr::Chain;
use gerai_sense::radio::NativeRadio;

/// Says what the pictures are like, and reads the codes in them.
struct Shades;

impl FrameDecoder for Shades {
    fn decode(&self, picture: Luma<'_>) -> Vec<CodeFound> {
        let sum: u64 = picture.pixels.iter().map(|shade| u64::from(*shade)).sum();
        let count = u64::from(picture.width) * u64::from(picture.height);
        say(&format!("looked {}x{} mean {}", picture.width, picture.height, sum / count.max(1)));
        Chain.decode(picture)
    }
}

/// Prints what happens.
struct Printed {
    save: Option<PathBuf>,
}

impl ScanDoor for Printed {
    fn frame(&self, frame: Frame) {
        if let Some(path) = &self.save
            && let Err(error) = std::fs::write(path, &frame.jpeg)
        {
            say(&format!("cannot write {}: {error}", path.display()));
        }
        say(&format!("frame {} {}x{} {}", frame.sequence, frame.width, frame.height, frame.jpeg.len()));
    }

    fn codes(&self, codes: Vec<CodeFound>, frame: Frame) {
        for code in codes {
            let says = String::from_utf8_lossy(&code.bytes).into_owned();
            say(&format!("code in frame {} at {:?}: {says}", frame.sequence, code.corners));
        }
    }

    fn state(&self, state: CameraState) {
        match state {
            CameraState::Off => say("state off"),
            CameraState::Opening => say("state opening"),
            CameraState::Running { name, width, height, fps } => {
                say(&format!("state running {width}x{height} {fps} {name}"));
            }
            CameraState::Failed(fault) => say(&format!("state failed {fault:?}: {fault}")),
        }
    }
}

/// One whole line, at once: somebody reads along.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody reads any more: nothing to be done about it.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The words of the command line: those before a `--name` in order, and the values of the names.
struct Words(Vec<String>);

impl Words {
    fn value(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| word == name)
    }

    fn at(&self, index: usize, what: &str) -> Result<&str, Box<dyn Error>> {
        self.0
            .get(index)
            .map(String::as_str)
            .filter(|word| !word.starts_with("--"))
            .ok_or_else(|| format!("missing: {what}; the beginning of this program's source says how").into())
    }

    fn milliseconds(&self) -> Result<Duration, Box<dyn Error>> {
        Ok(self.value("--deadline-ms").map(str::parse).transpose()?.map_or(DEADLINE, Duration::from_millis))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words = Words(std::env::args().skip(1).collect());
    match words.at(0, "what to do")? {
        "cameras" => cameras().await,
        "watch" => watch(&words).await,
        other => match hear(other, &words).await {
            Ok(()) => Ok(()),
            Err(error) => {
                say(&format!("fault {error}"));
                Err(error)
            }
        },
    }
}

async fn cameras() -> Result<(), Box<dyn Error>> {
    let worker = CameraWorker::native(Arc::new(Shades), Arc::new(Printed { save: None }))?;
    list(&worker).await
}

async fn list(worker: &CameraWorker) -> Result<(), Box<dyn Error>> {
    for camera in worker.list().await? {
        say(&format!("camera {} {}", camera.id.0, camera.name));
        for format in camera.formats {
            say(&format!("  {:?} {}x{} {}", format.pixels, format.width, format.height, format.fps));
        }
        if let Some(fault) = camera.fault {
            say(&format!("  {fault:?}: {fault}"));
        }
    }
    say("end");
    Ok(())
}

async fn watch(words: &Words) -> Result<(), Box<dyn Error>> {
    let mut wish = CameraWish {
        camera: words.value("--camera").map(|id| CameraId(id.to_owned())),
        ..CameraWish::default()
    };
    if let Some((width, height)) = words.value("--size").and_then(|size| size.split_once('x')) {
        (wish.width, wish.height) = (width.parse()?, height.parse()?);
    }
    let seconds = words.value("--seconds").unwrap_or("30").parse()?;
    let door = Arc::new(Printed { save: words.value("--save").map(PathBuf::from) });
    let worker = CameraWorker::native(Arc::new(Shades), door)?;
    worker.start(wish);
    if words.has("--list") {
        while !matches!(worker.now(), CameraState::Running { .. }) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        list(&worker).await?;
    }
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    Ok(())
}

async fn hear(what: &str, words: &Words) -> Result<(), Box<dyn Error>> {
    let radio = NativeRadio::default();
    if what == "scan" {
        let seconds = words.at(1, "seconds")?.parse()?;
        for heard in radio.scan(Duration::from_secs(seconds)).await? {
            say(&format!(
                "heard {} {:?} {} {:?}",
                heard.address.0, heard.rssi_dbm, heard.name, heard.services
            ));
        }
        say("end");
        return Ok(());
    }
    let address = PeripheralAddress(words.at(1, "the device's address")?.to_owned());
    if what == "describe" {
        for service in radio.describe(&address).await? {
            say(&format!("service {}", service.uuid));
            for offered in service.characteristics {
                say(&format!("  {} {:?}", offered.uuid, offered.abilities));
            }
        }
        say("end");
        return Ok(());
    }
    let service: GattUuid = words.at(2, "the service's UUID")?.parse()?;
    let characteristic: GattUuid = words.at(3, "the characteristic's UUID")?.parse()?;
    let deadline = words.milliseconds()?;
    match what {
        "read" => {
            let plan = ReadPlan { service, characteristic, notify: words.has("--notify"), deadline };
            let bytes = radio.read(&address, plan).await?;
            say(&format!("read {} {}", bytes.len(), String::from_utf8_lossy(&bytes)));
        }
        "write" => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            radio
                .write(&address, WritePlan { service, characteristic, deadline }, Secret::new(bytes))
                .await?;
            say("written");
        }
        other => return Err(format!("`{other}` is not known").into()),
    }
    Ok(())
}
