//! Reads an MQTT CONNECT packet (3.1.1 and 5.0), far enough to know who it is and to give it another client id.
//! Strict: whatever the broker might read differently (trailing bytes, unknown properties, reserved bits) is refused
//! here. Pure functions on bytes; nothing is copied out but what the front needs.

use std::ops::Range;

/// A CONNECT with name, password and client id needs far less.
pub(crate) const CONNECT_BYTES_MAX: usize = 8 * 1024;

const USER_NAME: u8 = 0x80;
const PASSWORD: u8 = 0x40;
const WILL_RETAIN: u8 = 0x20;
const WILL_QOS: u8 = 0x18;
const WILL: u8 = 0x04;
const CLEAN_START: u8 = 0x02;
const RESERVED: u8 = 0x01;
const SESSION_EXPIRY_INTERVAL: u8 = 0x11;

/// Why bytes are not a CONNECT that the front takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotConnect {
    #[error("the first packet is not a CONNECT")]
    OtherPacket,
    #[error("the CONNECT is larger than {CONNECT_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the CONNECT is malformed")]
    Malformed,
    #[error("the protocol version is neither 3.1.1 nor 5.0")]
    Version,
}

/// Where things are in a CONNECT packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connect {
    /// 4 for MQTT 3.1.1, 5 for MQTT 5.0.
    pub(crate) level: u8,
    pub(crate) client_id: String,
    pub(crate) user: Option<String>,
    pub(crate) has_password: bool,
    pub(crate) has_will: bool,
    pub(crate) clean_start: bool,
    header_len: usize,
    flags_at: usize,
    client_id_at: Range<usize>,
    session_expiry_at: Option<Range<usize>>,
}

/// The whole length of the packet that starts here: `None` while the header is incomplete.
pub(crate) fn packet_len(bytes: &[u8]) -> Result<Option<usize>, NotConnect> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    if first != 0x10 {
        return Err(NotConnect::OtherPacket);
    }
    let Some((remaining, width)) = varint(&bytes[1..])? else { return Ok(None) };
    let whole = 1 + width + remaining;
    if whole > CONNECT_BYTES_MAX {
        return Err(NotConnect::TooLarge);
    }
    Ok(Some(whole))
}

/// Parses one whole CONNECT packet, no byte more.
pub(crate) fn parse(packet: &[u8]) -> Result<Connect, NotConnect> {
    if packet_len(packet)? != Some(packet.len()) {
        return Err(NotConnect::Malformed);
    }
    let (_, width) = varint(&packet[1..])?.ok_or(NotConnect::Malformed)?;
    let header_len = 1 + width;
    let mut at = Reader { bytes: packet, at: header_len };
    let name = at.field()?;
    let level = at.byte()?;
    match (&packet[name], level) {
        (b"MQTT", 4 | 5) => {}
        (b"MQTT" | b"MQIsdp", _) => return Err(NotConnect::Version),
        _ => return Err(NotConnect::Malformed),
    }
    let flags_at = at.at;
    let flags = at.byte()?;
    if flags & RESERVED != 0
        || flags & WILL_QOS == WILL_QOS
        || (flags & WILL == 0 && flags & (WILL_QOS | WILL_RETAIN) != 0)
        || (level == 4 && flags & USER_NAME == 0 && flags & PASSWORD != 0)
    {
        return Err(NotConnect::Malformed);
    }
    at.take(2)?; // keep alive
    let session_expiry_at = if level == 5 { at.properties()? } else { None };
    let client_id_at = at.field()?;
    let has_will = flags & WILL != 0;
    if has_will {
        if level == 5 {
            at.properties()?;
        }
        let topic = at.field()?;
        text(&packet[topic])?;
        at.field()?;
    }
    let user = if flags & USER_NAME != 0 { Some(text(&packet[at.field()?])?.to_owned()) } else { None };
    let has_password = flags & PASSWORD != 0;
    if has_password {
        at.field()?;
    }
    if at.at != packet.len() {
        return Err(NotConnect::Malformed);
    }
    let client_id = text(&packet[client_id_at.clone()])?.to_owned();
    let clean_start = flags & CLEAN_START != 0;
    Ok(Connect {
        level,
        client_id,
        user,
        has_password,
        has_will,
        clean_start,
        header_len,
        flags_at,
        client_id_at,
        session_expiry_at,
    })
}

/// The same CONNECT with another client id, and with no session to keep when `clean`. Everything else stays.
pub(crate) fn rewrite(packet: &[u8], connect: &Connect, client_id: &str, clean: bool) -> Vec<u8> {
    let mut body = packet[connect.header_len..].to_vec();
    if clean {
        body[connect.flags_at - connect.header_len] |= CLEAN_START;
        if let Some(expiry) = &connect.session_expiry_at {
            body[expiry.start - connect.header_len..expiry.end - connect.header_len].fill(0);
        }
    }
    // The id's length field is the two bytes before it. Ours are below 128 bytes, so the length fits.
    let id =
        connect.client_id_at.start - 2 - connect.header_len..connect.client_id_at.end - connect.header_len;
    let length = u16::try_from(client_id.len()).unwrap_or(u16::MAX);
    let field = length.to_be_bytes().into_iter().chain(client_id.bytes().take(usize::from(length)));
    body.splice(id, field);
    let mut out = vec![0x10];
    push_varint(&mut out, body.len());
    out.extend_from_slice(&body);
    out
}

/// A CONNACK that refuses: the code for the version, no session, no properties.
pub(crate) fn refusal(level: u8, refusal: Refusal) -> Vec<u8> {
    if level == 5 { vec![0x20, 3, 0, refusal.v5(), 0] } else { vec![0x20, 2, 0, refusal.v311()] }
}

/// Why the front itself refuses a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotAuthorized,
    Version,
    Unavailable,
    ClientId,
}

impl Refusal {
    fn v311(self) -> u8 {
        match self {
            Self::Version => 1,
            Self::ClientId => 2,
            Self::Unavailable => 3,
            Self::NotAuthorized => 5,
        }
    }

    fn v5(self) -> u8 {
        match self {
            Self::Version => 0x84,
            Self::ClientId => 0x85,
            Self::NotAuthorized => 0x87,
            Self::Unavailable => 0x88,
        }
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<Range<usize>, NotConnect> {
        let end =
            self.at.checked_add(count).filter(|end| *end <= self.bytes.len()).ok_or(NotConnect::Malformed)?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn byte(&mut self) -> Result<u8, NotConnect> {
        let at = self.take(1)?;
        Ok(self.bytes[at.start])
    }

    /// A field with a two-byte length, as MQTT writes strings and binary data.
    fn field(&mut self) -> Result<Range<usize>, NotConnect> {
        let at = self.take(2)?;
        let length = u16::from_be_bytes([self.bytes[at.start], self.bytes[at.start + 1]]);
        self.take(usize::from(length))
    }

    fn skip(&mut self, count: usize) -> Result<(), NotConnect> {
        self.take(count).map(|_| ())
    }

    fn skip_field(&mut self) -> Result<(), NotConnect> {
        self.field().map(|_| ())
    }

    /// Walks over a property list; answers where the session expiry interval's four bytes are.
    fn properties(&mut self) -> Result<Option<Range<usize>>, NotConnect> {
        let (length, width) = varint(&self.bytes[self.at..])?.ok_or(NotConnect::Malformed)?;
        self.at += width;
        let end = self
            .at
            .checked_add(length)
            .filter(|end| *end <= self.bytes.len())
            .ok_or(NotConnect::Malformed)?;
        let mut session_expiry = None;
        while self.at < end {
            let id = self.byte()?;
            match id {
                SESSION_EXPIRY_INTERVAL if session_expiry.is_none() => session_expiry = Some(self.take(4)?),
                // Will delay, message expiry, maximum packet size.
                0x18 | 0x02 | 0x27 => self.skip(4)?,
                // Receive maximum, topic alias maximum.
                0x21 | 0x22 => self.skip(2)?,
                // Request response information, request problem information, payload format.
                0x19 | 0x17 | 0x01 => self.skip(1)?,
                // Authentication method and data, content type, response topic, correlation data.
                0x15 | 0x16 | 0x03 | 0x08 | 0x09 => self.skip_field()?,
                // User property.
                0x26 => {
                    self.skip_field()?;
                    self.skip_field()?;
                }
                _ => return Err(NotConnect::Malformed),
            }
        }
        if self.at == end { Ok(session_expiry) } else { Err(NotConnect::Malformed) }
    }
}

fn text(bytes: &[u8]) -> Result<&str, NotConnect> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(NotConnect::Malformed)
}

/// A variable byte integer and its width: `None` while incomplete.
fn varint(bytes: &[u8]) -> Result<Option<(usize, usize)>, NotConnect> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(4) {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() >= 4 { Err(NotConnect::Malformed) } else { Ok(None) }
}

fn push_varint(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
#[path = "connect_tests.rs"]
mod tests;
