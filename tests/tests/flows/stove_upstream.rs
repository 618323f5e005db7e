//! The server that readings go on to, made of sockets: it fails in every way, by dice that a seed throws, and keeps a count of
//! what it really took. It lives in the test, so that it outlives every death of the station.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// The account that readings are sent with.
pub const USER: &str = "petugas-9";
pub const PASSWORD: &str = "sandi-server-yang-panjang-5521";
/// How every bearer token of this server begins.
pub const BEARER: &str = "pembawa-rahasia-";

/// How the server fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything.
    Well,
    /// Nobody listens: connections are reset.
    Away,
    /// One in three answers, in one of all ways.
    Mixed,
    /// Answers everything with this.
    Always(Way),
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It is taken, and said so.
    Take,
    /// It is taken, and the connection is cut before anything is said.
    TakeAndCut,
    /// It is taken, and the answer breaks off in its middle.
    TakeAndHalf,
    /// It is taken, and nothing is said until the mood changes.
    TakeAndStall,
    /// The connection is cut.
    Cut,
    /// Nothing is said until the mood changes.
    Stall,
    Fails500,
    Busy503,
    TooMany429,
    /// The token is no good any more.
    Unauthorized401,
    Refused422,
    Gone404,
    /// Not HTTP.
    Garbage,
    /// The page of a network that wants to be paid first.
    Portal,
    /// A body without an end.
    Huge,
}

const WAYS: [Way; 15] = [
    Way::Take,
    Way::TakeAndCut,
    Way::TakeAndHalf,
    Way::TakeAndStall,
    Way::Cut,
    Way::Stall,
    Way::Fails500,
    Way::Busy503,
    Way::TooMany429,
    Way::Unauthorized401,
    Way::Refused422,
    Way::Gone404,
    Way::Garbage,
    Way::Portal,
    Way::Huge,
];

/// What came of one token here.
#[derive(Debug, Clone, Default)]
pub struct Took {
    /// Its place among all that were taken.
    pub order: usize,
    /// It came again after an answer that had gone out whole.
    pub needless: usize,
    /// An answer that it is taken went out whole.
    pub answered: bool,
    /// It was refused once.
    pub refused: bool,
}

/// What it knows.
pub struct Books {
    dice: u64,
    pub mood: Mood,
    turn: u64,
    /// By token.
    pub took: HashMap<String, Took>,
    /// Tokens that were refused, taken since or not.
    pub refused: HashMap<String, usize>,
    pub ways: BTreeMap<Way, usize>,
    pub repeats: usize,
    pub sign_ins: usize,
    /// What a request had that the document does not say.
    pub wrong: Vec<String>,
    /// When each reading came, and what it was told.
    pub times: Vec<(Instant, Way)>,
    good: Option<String>,
}

/// The running server.
pub struct Server {
    pub addr: SocketAddr,
    books: Arc<Mutex<Books>>,
}

impl Books {
    /// SplitMix64: the same seed, the same week.
    pub fn throw(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    pub fn set_mood(&mut self, mood: Mood) {
        self.mood = mood;
        self.turn += 1;
    }

    /// One hour's weather.
    pub fn roll_mood(&mut self) {
        let mood = match self.throw(10) {
            0..=1 => Mood::Well,
            2 => Mood::Away,
            3..=6 => Mood::Mixed,
            _ => {
                let which = self.throw(WAYS.len() as u64);
                Mood::Always(WAYS[usize::try_from(which).unwrap()])
            }
        };
        self.set_mood(mood);
    }

    fn way(&mut self) -> Way {
        match self.mood {
            Mood::Well | Mood::Away => Way::Take,
            Mood::Always(way) => way,
            Mood::Mixed => {
                let which = self.throw(3 * WAYS.len() as u64);
                WAYS.get(usize::try_from(which).unwrap()).copied().unwrap_or(Way::Take)
            }
        }
    }

    fn take(&mut self, token: &str) {
        let order = self.took.len();
        let known = self.took.contains_key(token);
        self.repeats += usize::from(known);
        let refused = self.refused.contains_key(token);
        let took = self.took.entry(token.to_owned()).or_insert(Took { order, refused, ..Took::default() });
        took.needless += usize::from(known && took.answered);
    }
}

impl Server {
    pub fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let books = Arc::new(Mutex::new(Books {
            dice: seed,
            mood: Mood::Well,
            turn: 0,
            took: HashMap::new(),
            refused: HashMap::new(),
            ways: BTreeMap::new(),
            repeats: 0,
            sign_ins: 0,
            wrong: Vec::new(),
            times: Vec::new(),
            good: None,
        }));
        let shared = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let books = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &books));
            }
        });
        Self { addr, books }
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }
}

/// Reads one request: its head and its body. `None`: the station hung up, or died.
fn request(mut stream: &TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8(bytes.clone()).ok()?;
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        let mut some = [0; 4_096];
        match stream.read(&mut some) {
            Ok(count) if count > 0 => bytes.extend(&some[..count]),
            Ok(_) | Err(_) => return None,
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn field<'a>(form: &'a str, name: &str) -> &'a str {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

fn say(mut stream: &TcpStream, status: u16, headers: &str, body: &str) -> bool {
    let answer = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).is_ok()
}

fn serve(stream: &TcpStream, books: &Mutex<Books>) {
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    while let Some((head, body)) = request(stream) {
        let goes_on = if head.starts_with("POST /kompor/api/v1/auth/token ") {
            sign_in(stream, books, &body)
        } else if head.starts_with("POST /kompor/api/v1/stove-payload ") {
            reading(stream, books, &head, &body)
        } else {
            books.lock().unwrap().wrong.push(head);
            say(stream, 404, "", "")
        };
        if !goes_on {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn sign_in(stream: &TcpStream, books: &Mutex<Books>, body: &str) -> bool {
    let mut open = books.lock().unwrap();
    if open.mood == Mood::Away {
        return false;
    }
    if field(body, "username") != USER || field(body, "password") != PASSWORD {
        open.wrong.push(format!("sign-in as {:?}", field(body, "username")));
        return say(stream, 401, "", r#"{"status":"error"}"#);
    }
    // Signing in fails as well, now and then.
    let dice = if open.mood == Mood::Mixed { open.throw(12) } else { 12 };
    match dice {
        0 => return say(stream, 500, "", "no database"),
        1 => return say(stream, 503, "Retry-After: 30\r\n", ""),
        2 => return say(stream, 200, "", "<html>Pay for the network</html>"),
        3 => return false,
        4..=12 | 13.. => {}
    }
    open.sign_ins += 1;
    let token = format!("{BEARER}{}", open.throw(u64::MAX));
    open.good = Some(token.clone());
    say(
        stream,
        200,
        "",
        &format!(r#"{{"status":"success","token":"{token}","max_age":"3h","refresh_token":"x"}}"#),
    )
}

fn reading(mut stream: &TcpStream, books: &Mutex<Books>, head: &str, body: &str) -> bool {
    let token = field(body, "payload").to_owned();
    let mut open = books.lock().unwrap();
    if open.mood == Mood::Away {
        return false;
    }
    if field(body, "username") != USER || !matches!(field(body, "method"), "qrcode" | "bluetooth") {
        open.wrong.push(body.to_owned());
    }
    let authorization = open.good.as_ref().map(|token| format!("Bearer {token}"));
    let mut way = open.way();
    if authorization.is_none() || header(head, "authorization") != authorization.as_deref() {
        way = Way::Unauthorized401;
    }
    *open.ways.entry(way).or_insert(0) += 1;
    open.times.push((Instant::now(), way));
    if matches!(way, Way::Take | Way::TakeAndCut | Way::TakeAndHalf | Way::TakeAndStall) {
        open.take(&token);
    }
    let turn = open.turn;
    let stall = |open: MutexGuard<'_, Books>| {
        drop(open);
        while books.lock().unwrap().turn == turn {
            thread::sleep(Duration::from_millis(10));
        }
        false
    };
    match way {
        Way::Take => {
            let said = say(stream, 201, "", r#"{"status":"success"}"#);
            open.took.get_mut(&token).unwrap().answered |= said;
            said
        }
        Way::TakeAndHalf => {
            let _ = stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{\"stat");
            false
        }
        Way::TakeAndCut | Way::Cut => false,
        Way::TakeAndStall | Way::Stall => stall(open),
        Way::Fails500 => say(stream, 500, "", "<h1>no database</h1>"),
        Way::Busy503 => say(stream, 503, "Retry-After: 2\r\n", ""),
        Way::TooMany429 => say(stream, 429, "Retry-After: 2\r\n", ""),
        Way::Unauthorized401 => {
            open.good = None;
            say(stream, 401, "", r#"{"status":"error","message":"token expired"}"#)
        }
        Way::Refused422 => {
            *open.refused.entry(token).or_insert(0) += 1;
            say(stream, 422, "", r#"{"status":"error","message":"not today"}"#)
        }
        Way::Gone404 => say(stream, 404, "", "no such page"),
        Way::Garbage => {
            let _ = stream.write_all(b"220 mail.example ESMTP ready\r\n");
            false
        }
        Way::Portal => say(stream, 200, "Content-Type: text/html\r\n", "<html>Pay for the network</html>"),
        Way::Huge => {
            say(stream, 200, "", &"x".repeat(200_000));
            false
        }
    }
}
