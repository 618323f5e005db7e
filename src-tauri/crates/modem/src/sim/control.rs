//! The control channel: one order a line, one answer a line (`ok …`, `error …`), results as JSON lines before it. For
//! benchmarks, shell scripts and people; `help` lists the orders.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use mio::event::Source;
use mio::net::TcpListener;
use mio::{Interest, Registry, Token};
use serde_json::json;

use super::modem::Registration;
use super::order::Order;
use super::reactor::{CONTROL, World};

/// Bytes of one order.
const LINE_OCTETS_MAX: usize = 16 * 1024;
/// Peers at a time.
const PEERS_MAX: usize = 32;

/// What `help` says.
pub const HELP: &str = "\
list                                 the modems, one JSON line each
count                                messages that went out
oracle [FROM]                        messages that went out, from number FROM on, one JSON line each
<n> is the number of a modem, from 0, or *:
mute|hang|full <n> on|off            say nothing | read nothing | memories full
garbage <n> <bytes>                  rubbish on the port
storm <n> <count> <every-ms>         unasked lines
error <n> <count> <code>             refuse the next submits with +CMS ERROR
lost-final <n> <count>               send, but give no final result
late-final <n> <count> <ms>          send, give the final result late
no-prompt <n> <count>                no prompt
shift <n> <count>                    answers come one command late
fail-delete <n> <count>              AT+CMGD fails
unplug <n> | replug <n> [same]       take the port away | give it back by another (the same) name
unplug-in|unplug-out <n> <bytes>     take the port away when so many bytes more came in | were said
pin <n> <pin>|off                    lock the SIM
pin-tries <n> <left>                 0: PUK wanted
network <n> home|roaming|searching|denied|none
signal <n> <0-31|99>
delay|report-delay|report-status <n> <ms|tp-st>
imei <n> <imei> | swap <n> | card <n> <number> | remove <n>   serial number | another SIM | that SIM | no SIM
sms <n> <from> <text>                a message comes in
pdu <n> <hex>                        a DELIVER or STATUS-REPORT comes in
call <n> <from|-> [rings]
ussd <n> <path> <state> <text>       script a reply; path: *123#>1
ussd-push <n> <text>
say <n> <line>                       an unasked line";

/// What a line asks for.
enum Asked {
    Help,
    List,
    Count,
    Oracle(u64),
    Order(Option<usize>, Order),
}

/// Reads a line of the control channel.
fn parse(line: &str) -> Result<Asked, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "help" => return Ok(Asked::Help),
        "list" => return Ok(Asked::List),
        "count" => return Ok(Asked::Count),
        "oracle" if rest.is_empty() => return Ok(Asked::Oracle(0)),
        "oracle" => return Ok(Asked::Oracle(number(rest)?)),
        _ => {}
    }
    let (modem, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let modem = if modem == "*" { None } else { Some(number(modem)?) };
    Ok(Asked::Order(modem, order(word, rest.trim())?))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number that fits here"))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("on or off is wanted".to_owned()),
    }
}

fn pair(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    (first, rest.trim())
}

/// Reads an order, `rest` being what follows the modem's number.
fn order(word: &str, rest: &str) -> Result<Order, String> {
    let (first, second) = pair(rest);
    Ok(match word {
        "mute" => Order::Mute(switch(rest)?),
        "hang" => Order::Hang(switch(rest)?),
        "full" => Order::Full(switch(rest)?),
        "garbage" => Order::Garbage(number::<usize>(rest)?.min(64 * 1024)),
        "storm" => Order::Storm { count: number(first)?, every_ms: number(second)? },
        "error" => Order::Refuse { count: number(first)?, code: number(second)? },
        "lost-final" => Order::LostFinal(number(rest)?),
        "late-final" => Order::LateFinal { count: number(first)?, ms: number(second)? },
        "no-prompt" => Order::NoPrompt(number(rest)?),
        "shift" => Order::Shift(number(rest)?),
        "fail-delete" => Order::FailDelete(number(rest)?),
        "unplug" => Order::Unplug,
        "replug" => Order::Replug { same: rest == "same" },
        "unplug-in" => Order::UnplugAtInput(number(rest)?),
        "unplug-out" => Order::UnplugAtOutput(number(rest)?),
        "pin" if rest == "off" => Order::Pin(None),
        "pin" if (4..=8).contains(&rest.len()) => Order::Pin(Some(rest.to_owned())),
        "pin-tries" => Order::PinTries(number(rest)?),
        "network" => Order::Registration(match rest {
            "home" => Registration::Home,
            "roaming" => Registration::Roaming,
            "searching" => Registration::Searching,
            "denied" => Registration::Denied,
            "none" => Registration::None,
            _ => return Err("home, roaming, searching, denied or none is wanted".to_owned()),
        }),
        "signal" => Order::Signal(number(rest)?),
        "delay" => Order::Delay(number(rest)?),
        "report-delay" => Order::ReportDelay(number(rest)?),
        "report-status" => Order::ReportStatus(number(rest)?),
        "imei" => Order::Imei(rest.to_owned()),
        "swap" => Order::SwapCard,
        "card" => Order::Card(number(rest)?),
        "remove" => Order::RemoveCard,
        "sms" => Order::Sms { from: first.to_owned(), text: second.replace("\\n", "\n") },
        "pdu" => Order::Pdu(rest.to_owned()),
        "call" => Order::Call {
            from: if first == "-" { String::new() } else { first.to_owned() },
            rings: if second.is_empty() { 3 } else { number(second)? },
        },
        "ussd" => {
            let (state, text) = pair(second);
            Order::Ussd { path: first.to_owned(), state: number(state)?, text: text.replace("\\n", "\n") }
        }
        "ussd-push" => Order::UssdPush(rest.replace("\\n", "\n")),
        "say" => Order::Say(rest.to_owned()),
        _ => return Err(format!("`{word}` is no order, or lacks something; `help` lists them")),
    })
}

/// Does what a line asks; the answer, its last line being `ok …` or `error …`.
pub(super) fn answer(line: &str, world: &mut World) -> String {
    let mut said = String::new();
    let result = parse(line.trim()).and_then(|asked| match asked {
        Asked::Help => {
            said.push_str(HELP);
            said.push('\n');
            Ok(String::new())
        }
        Asked::List => {
            for (modem, port) in world.modems.iter().zip(&world.ports) {
                let card = modem.card.as_ref();
                let line = json!({
                    "modem": modem.index, "port": port, "profile": modem.profile.name, "imei": modem.imei,
                    "iccid": card.map(|card| &card.iccid), "imsi": card.map(|card| &card.imsi),
                    "msisdn": card.map(|card| format!("+{}", card.msisdn)),
                    "operator": card.map(|card| card.operator.name),
                });
                said.push_str(&format!("{line}\n"));
            }
            Ok(world.modems.len().to_string())
        }
        Asked::Count => Ok(world.net.oracle.since(u64::MAX).1.to_string()),
        Asked::Oracle(from) => {
            let (records, total) = world.net.oracle.since(from);
            for record in records {
                said.push_str(&serde_json::to_string(record).map_err(|error| error.to_string())?);
                said.push('\n');
            }
            Ok(total.to_string())
        }
        Asked::Order(which, order) => {
            if which.is_some_and(|index| index >= world.modems.len()) {
                return Err(format!("there are {} modems, counted from 0", world.modems.len()));
            }
            let World { modems, net, .. } = world;
            for modem in modems.iter_mut().filter(|modem| which.is_none_or(|index| index == modem.index)) {
                modem.order(order.clone(), net)?;
            }
            Ok(String::new())
        }
    });
    match result {
        Ok(text) if text.is_empty() => said.push_str("ok\n"),
        Ok(text) => said.push_str(&format!("ok {text}\n")),
        Err(why) => said.push_str(&format!("error {why}\n")),
    }
    said
}

trait Stream: Read + Write + Source + Send {}
impl<T: Read + Write + Source + Send> Stream for T {}

struct Peer {
    stream: Box<dyn Stream>,
    input: Vec<u8>,
    output: Vec<u8>,
}

enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(mio::net::UnixListener, PathBuf),
}

/// The listener and its peers.
pub(super) struct Control {
    listener: Listener,
    peers: HashMap<usize, Peer>,
    next: usize,
}

impl Control {
    /// Opens `tcp:127.0.0.1:<port>`, or a Unix socket by its path. The socket is this user's only.
    pub fn open(address: &str, registry: &Registry) -> io::Result<Self> {
        let wrong = || {
            io::Error::new(io::ErrorKind::InvalidInput, "a control address is tcp:127.0.0.1:<port> or a path")
        };
        let listener = if let Some(address) = address.strip_prefix("tcp:") {
            let address: std::net::SocketAddr = address.parse().map_err(|_| wrong())?;
            if !address.ip().is_loopback() {
                return Err(wrong());
            }
            let mut listener = TcpListener::bind(address)?;
            registry.register(&mut listener, Token(CONTROL), Interest::READABLE)?;
            Listener::Tcp(listener)
        } else {
            Self::unix(PathBuf::from(address), registry)?
        };
        Ok(Self { listener, peers: HashMap::new(), next: CONTROL + 1 })
    }

    #[cfg(unix)]
    fn unix(path: PathBuf, registry: &Registry) -> io::Result<Listener> {
        use std::os::unix::fs::PermissionsExt;

        // Left over from a simulator that was killed.
        let _ = std::fs::remove_file(&path);
        let mut listener = mio::net::UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        registry.register(&mut listener, Token(CONTROL), Interest::READABLE)?;
        Ok(Listener::Unix(listener, path))
    }

    #[cfg(not(unix))]
    fn unix(_: PathBuf, _: &Registry) -> io::Result<Listener> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has no such sockets; use tcp:127.0.0.1:<port>",
        ))
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        match &self.listener {
            Listener::Tcp(listener) => {
                listener.local_addr().map_or_else(|_| String::new(), |at| format!("tcp:{at}"))
            }
            #[cfg(unix)]
            Listener::Unix(_, path) => path.display().to_string(),
        }
    }

    pub fn on_token(&mut self, token: Token, registry: &Registry, world: &mut World) {
        if token.0 == CONTROL {
            self.accept(registry);
            return;
        }
        if let Some(peer) = self.peers.get_mut(&token.0)
            && !peer.work(world)
        {
            self.peers.remove(&token.0);
        }
    }

    fn accept(&mut self, registry: &Registry) {
        loop {
            let mut stream: Box<dyn Stream> = match &self.listener {
                Listener::Tcp(listener) => match listener.accept() {
                    Ok((stream, _)) => Box::new(stream) as Box<dyn Stream>,
                    Err(_) => return,
                },
                #[cfg(unix)]
                Listener::Unix(listener, _) => match listener.accept() {
                    Ok((stream, _)) => Box::new(stream) as Box<dyn Stream>,
                    Err(_) => return,
                },
            };
            let token = self.next;
            if self.peers.len() < PEERS_MAX
                && stream.register(registry, Token(token), Interest::READABLE | Interest::WRITABLE).is_ok()
            {
                self.next += 1;
                self.peers.insert(token, Peer { stream, input: Vec::new(), output: Vec::new() });
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        match &self.listener {
            Listener::Tcp(_) => {}
            #[cfg(unix)]
            Listener::Unix(_, path) => drop(std::fs::remove_file(path)),
        }
    }
}

impl Peer {
    /// Reads orders, writes answers; `false`: it has gone.
    fn work(&mut self, world: &mut World) -> bool {
        let mut bytes = [0_u8; 4096];
        let mut open = true;
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => {
                    open = false;
                    break;
                }
                Ok(count) => self.input.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
            while let Some(end) = self.input.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.input.drain(..=end).collect();
                self.output.extend(answer(&String::from_utf8_lossy(&line), world).into_bytes());
            }
            if self.input.len() > LINE_OCTETS_MAX {
                return false;
            }
        }
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(0) => return false,
                Ok(count) => drop(self.output.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
        // Its answer may still wait for room when it has closed its own side.
        open || !self.output.is_empty()
    }
}
