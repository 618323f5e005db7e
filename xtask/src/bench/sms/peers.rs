//! What a user would otherwise run: gammu-smsd, smstools3 and Kannel, as Debian ships them, each with a configuration of
//! its own in a folder of this run, tuned as far as its settings go.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http::Http;
use super::one::Sender;
use super::usage::monotonic_us;
use crate::process::find_program;

const READY: Duration = Duration::from_secs(20);

/// A program to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// <https://wammu.eu/smsd/>
    Gammu,
    /// <http://smstools3.kekekasvi.com/>
    Smstools,
    /// <https://www.kannel.org/>
    Kannel,
}

/// All of them.
pub const ALL: [Peer; 3] = [Peer::Gammu, Peer::Smstools, Peer::Kannel];

impl Peer {
    /// As the table names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gammu => "gammu-smsd",
            Self::Smstools => "smstools3",
            Self::Kannel => "Kannel",
        }
    }

    /// What was set to make it quick.
    pub fn tuned(self) -> &'static str {
        match self {
            Self::Gammu => {
                "files service; `LoopSleep = 0`, `CommTimeout = 1`, `ReceiveFrequency = 3600`, `StatusFrequency = 0`, no \
                 checks, no reports"
            }
            Self::Smstools => {
                "`delaytime = 1`, `delaytime_mainprocess = 1` (whole seconds), `poll_faster = 50`, `pre_init = no`, \
                 `check_network = 0`, `status_signal_quality = no`, not receiving, no reports"
            }
            Self::Kannel => {
                "spool store; a modem entry with `sendline-sleep = 1`, `need-sleep = false`, `no-pin`, no reports; \
                 HTTP `sendsms`"
            }
        }
    }

    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Gammu => &["gammu-smsd"],
            Self::Smstools => &["smsd"],
            Self::Kannel => &["bearerbox", "smsbox"],
        }
    }

    /// Where its programs are, or what to type.
    fn found(self) -> Result<Vec<PathBuf>> {
        let package = match self {
            Self::Gammu => "gammu-smsd",
            Self::Smstools => "smstools",
            Self::Kannel => "kannel",
        };
        self.programs()
            .iter()
            .map(|name| {
                find_program(name)
                    .with_context(|| format!("skipped; to have it, type: sudo apt-get install {package}"))
            })
            .collect()
    }

    /// Starts it on a port. A folder that was used before has what waits in it.
    pub fn start(self, folder: &Path, port: &str) -> Result<Daemon> {
        let programs = self.found()?;
        for name in ["in", "out", "sent", "failed", "store", "checked"] {
            let folder = folder.join(name);
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let ports = [free_port()?, free_port()?, free_port()?];
        let text = match self {
            Self::Gammu => gammu(folder, port),
            Self::Smstools => smstools(folder, port),
            Self::Kannel => kannel(folder, port, ports),
        };
        let file = folder.join("configuration");
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        let mut daemon = Daemon {
            peer: self,
            folder: folder.to_owned(),
            parts: Vec::new(),
            http: String::new(),
            count: 0,
        };
        for (place, program) in programs.iter().enumerate() {
            let mut command = Command::new(program);
            match self {
                Self::Gammu => command.arg("-c").arg(&file),
                Self::Smstools => command.arg("-t").arg("-c").arg(&file),
                Self::Kannel => command.arg(&file),
            };
            daemon.spawn(command, place)?;
            if self == Self::Kannel {
                wait_for_port(ports[place + 1])?;
            }
        }
        daemon.http = format!("127.0.0.1:{}", ports[2]);
        Ok(daemon)
    }
}

fn gammu(folder: &Path, port: &str) -> String {
    let folder = folder.display();
    format!(
        "[gammu]\ndevice = {port}\nconnection = at115200\n[smsd]\nservice = files\nlogfile = {folder}/log\n\
         debuglevel = 0\ninboxpath = {folder}/in/\noutboxpath = {folder}/out/\nsentsmspath = {folder}/sent/\n\
         errorsmspath = {folder}/failed/\nCommTimeout = 1\nLoopSleep = 0\nReceiveFrequency = 3600\nStatusFrequency = 0\n\
         CheckSecurity = 0\nCheckBattery = 0\nCheckSignal = 0\nCheckNetwork = 0\nDeliveryReport = no\n"
    )
}

fn smstools(folder: &Path, port: &str) -> String {
    let folder = folder.display();
    format!(
        "devices = GSM1\noutgoing = {folder}/out\nchecked = {folder}/checked\nfailed = {folder}/failed\n\
         incoming = {folder}/in\nsent = {folder}/sent\nlogfile = {folder}/log\ninfofile = {folder}/working\n\
         pidfile = {folder}/pid\nloglevel = 4\ndelaytime = 1\ndelaytime_mainprocess = 1\n[GSM1]\ndevice = {port}\n\
         incoming = no\nmode = new\nbaudrate = 115200\nrtscts = no\nreport = no\npre_init = no\npoll_faster = 50\n\
         check_network = 0\nstatus_signal_quality = no\n"
    )
}

fn kannel(folder: &Path, port: &str, ports: [u16; 3]) -> String {
    let folder = folder.display();
    let [admin, boxes, http] = ports;
    format!(
        "group = core\nadmin-port = {admin}\nadmin-password = bench\nadmin-interface = 127.0.0.1\n\
         admin-allow-ip = \"127.0.0.1\"\nsmsbox-port = {boxes}\nsmsbox-interface = 127.0.0.1\n\
         box-allow-ip = \"127.0.0.1\"\nlog-file = \"{folder}/log\"\nlog-level = 3\nstore-type = spool\n\
         store-location = \"{folder}/store\"\n\n\
         group = smsc\nsmsc = at\nmodemtype = bench\ndevice = {port}\nspeed = 115200\nmy-number = 1234\n\n\
         group = modems\nid = bench\nname = \"Bench\"\ndetect-string = \"Generic\"\nspeed = 115200\n\
         enable-hwhs = \"AT\"\ninit-string = \"AT+CNMI=1,2,0,0,0\"\nneed-sleep = false\nno-pin = true\n\
         sendline-sleep = 1\nkeepalive-cmd = \"AT\"\n\n\
         group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {http}\nsendsms-interface = 127.0.0.1\n\
         log-file = \"{folder}/box.log\"\nlog-level = 3\n\n\
         group = sendsms-user\nusername = bench\npassword = bench\n\n\
         group = sms-service\nkeyword = default\ntext = \"\"\nmax-messages = 0\n"
    )
}

/// A running peer, ended with its owner.
pub struct Daemon {
    peer: Peer,
    folder: PathBuf,
    parts: Vec<Child>,
    http: String,
    count: u64,
}

impl Daemon {
    fn spawn(&mut self, mut command: Command, place: usize) -> Result<()> {
        let said = self.folder.join(format!("said-{place}"));
        let file = File::create(&said).with_context(|| format!("cannot write {}", said.display()))?;
        let errors = file.try_clone().context("cannot share a log file")?;
        let child = command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn();
        self.parts.push(child.with_context(|| format!("cannot start {}", self.peer.name()))?);
        Ok(())
    }

    fn spool(&mut self, number: &str, text: &str) -> Result<()> {
        self.count += 1;
        let count = self.count;
        let name = match self.peer {
            // One `_` would make another form of name of it.
            Peer::Gammu => format!("OUT{number}.txt"),
            Peer::Smstools | Peer::Kannel => format!("bench{count:06}"),
        };
        let number = number.trim_start_matches('+');
        let text = match self.peer {
            Peer::Gammu => text.to_owned(),
            Peer::Smstools | Peer::Kannel => format!("To: {number}\n\n{text}"),
        };
        // Written elsewhere and renamed in: none of them may see half a file.
        let (made, out) = (self.folder.join("made"), self.folder.join("out").join(name));
        fs::write(&made, text).context("cannot write a spool file")?;
        fs::rename(&made, &out).context("cannot hand a spool file over")
    }

    fn sendsms(&self, number: &str, text: &str) -> Result<()> {
        let number = number.replace('+', "%2B");
        let text = text.replace(' ', "+");
        let path =
            format!("/cgi-bin/sendsms?username=bench&password=bench&from=1234&to={number}&text={text}");
        let (status, body) = Http::connect(&self.http)?.ask("GET", &path, "", "")?;
        if status / 100 != 2 {
            bail!("Kannel refuses a message: {status} {body}");
        }
        Ok(())
    }
}

impl Sender for Daemon {
    fn send(&mut self, number: &str, text: &str) -> Result<u64> {
        match self.peer {
            Peer::Gammu | Peer::Smstools => self.spool(number, text)?,
            Peer::Kannel => self.sendsms(number, text)?,
        }
        Ok(monotonic_us())
    }

    fn send_many(&mut self, numbers: &[String], text: &str) -> Result<()> {
        numbers.iter().try_for_each(|number| self.send(number, text).map(|_| ()))
    }

    fn pids(&self) -> Vec<u32> {
        self.parts.iter().map(Child::id).collect()
    }

    fn kill(&mut self) {
        // smsd has children of its own, which a signal to it alone would leave at work.
        for pid in super::usage::family(&self.pids()) {
            crate::process::succeeds(Command::new("kill").args(["-KILL", &pid.to_string()]));
        }
        for mut part in self.parts.drain(..) {
            part.kill().ok();
            part.wait().ok();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

fn wait_for_port(port: u16) -> Result<()> {
    let deadline = Instant::now() + READY;
    while Instant::now() < deadline {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("it did not listen within {} s", READY.as_secs())
}
