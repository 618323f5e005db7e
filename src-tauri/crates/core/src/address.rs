//! Addresses of other machines as a person types them into the settings: `host`, `host:port`, or a web address.

/// Longest address that is looked at.
pub const ADDRESS_CHARS_MAX: usize = 253;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address; IPv6 without its brackets.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

/// A web address: scheme, host, port and path. No user name, no fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress {
    /// `https`.
    pub tls: bool,
    /// Where.
    pub at: HostPort,
    /// Begins with `/`.
    pub path: String,
}

impl HostPort {
    /// Reads `name`, `name:port`, `[v6]`, `[v6]:port`. `None`: it is none of these.
    #[must_use]
    pub fn parse(text: &str, default_port: u16) -> Option<Self> {
        if text.len() > ADDRESS_CHARS_MAX {
            return None;
        }
        let (host, rest) = match text.strip_prefix('[') {
            Some(inner) => {
                let (host, rest) = inner.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, rest)
            }
            None => {
                let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
                if host.is_empty() || !host.bytes().all(plain) {
                    return None;
                }
                (host, rest)
            }
        };
        let port = match rest.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            None if rest.is_empty() => default_port,
            _ => return None,
        };
        (port != 0).then(|| Self { host: host.to_owned(), port })
    }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl WebAddress {
    /// Reads `http://host[:port][/path]` or `https://…`. `None`: it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let tls = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ => return None,
        };
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
        if text.len() > ADDRESS_CHARS_MAX || !path.bytes().all(visible) {
            return None;
        }
        let at = HostPort::parse(host, if tls { 443 } else { 80 })?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { tls, at, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_and_ports() {
        let read = |text| HostPort::parse(text, 123).map(|at| (at.host, at.port));
        assert_eq!(read("pool.ntp.org"), Some(("pool.ntp.org".to_owned(), 123)));
        assert_eq!(read("10.0.0.1:9123"), Some(("10.0.0.1".to_owned(), 9123)));
        assert_eq!(read("[fd00::1]:9"), Some(("fd00::1".to_owned(), 9)));
        for wrong in
            ["", ":123", "a b", "a:0", "a:65536", "a:+1", "a:", "[x]:1", "[::1]x", "::1", "a@b", "a\r\nb"]
        {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn web_addresses() {
        let read = |text| WebAddress::parse(text).map(|web| (web.tls, web.at.to_string(), web.path));
        assert_eq!(read("https://a.example"), Some((true, "a.example:443".to_owned(), "/".to_owned())));
        assert_eq!(read("HTTP://[::1]:81/x?y"), Some((false, "[::1]:81".to_owned(), "/x?y".to_owned())));
        for wrong in [
            "",
            "a.example",
            "ftp://a",
            "http://",
            "http://u:p@a/",
            "http://a/\r\nX: y",
            "http://a/#f",
            "http:///x",
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_hidden_passes(text in any::<String>()) {
            if let Some(web) = WebAddress::parse(&text) {
                prop_assert!(web.path.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(HostPort::parse(&web.at.to_string(), 1), Some(web.at));
            }
        }
    }
}
