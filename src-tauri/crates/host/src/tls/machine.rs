//! Under which names and addresses this machine is found on its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are nobody's on the internet: only there is the console served, and only for these does the local
/// authority vouch. RFC 1918, 3927, 6598 (also used by VPNs), 4193, and loopback.
pub(super) const PRIVATE: [(IpAddr, u8); 8] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

/// This machine on its network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// `localhost`, the host name, and the host name under `.local`.
    pub names: Vec<String>,
    /// Private addresses, sorted, without loopback.
    pub lan: Vec<IpAddr>,
    /// Addresses that others on the internet may reach.
    pub public: Vec<IpAddr>,
}

impl Machine {
    /// Asks the operating system.
    #[must_use]
    pub fn look() -> Self {
        let addresses = if_addrs::get_if_addrs().unwrap_or_else(|error| {
            tracing::warn!(%error, "The addresses of this machine cannot be read");
            Vec::new()
        });
        let addresses = addresses.iter().filter(|found| !found.is_loopback()).map(if_addrs::Interface::ip);
        Self::of(&gethostname::gethostname().to_string_lossy(), addresses)
    }

    fn of(host: &str, addresses: impl Iterator<Item = IpAddr>) -> Self {
        let host = host.to_ascii_lowercase();
        let host = host.trim_end_matches('.');
        let mut names = vec!["localhost".to_owned()];
        if is_dns_name(host) && host != "localhost" {
            let first = host.split('.').next().unwrap_or(host);
            names.extend([host.to_owned(), format!("{first}.local")]);
        }
        names.sort_unstable();
        names.dedup();
        let (mut lan, mut public) = (Vec::new(), Vec::new());
        for ip in addresses.map(|ip| ip.to_canonical()) {
            if is_private(ip) {
                lan.push(ip);
            } else if !is_link_local(ip) {
                public.push(ip);
            }
        }
        for list in [&mut lan, &mut public] {
            list.sort_unstable();
            list.dedup();
        }
        Self { names, lan, public }
    }
}

/// An IPv6 link-local address means nothing without naming an interface, which no browser can.
fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

fn is_private(ip: IpAddr) -> bool {
    PRIVATE.iter().any(|(network, prefix)| match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            (ip.to_bits() ^ network.to_bits()).leading_zeros() >= u32::from(*prefix)
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            (ip.to_bits() ^ network.to_bits()).leading_zeros() >= u32::from(*prefix)
        }
        _ => false,
    })
}

fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 250 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str, addresses: &[&str]) -> Machine {
        Machine::of(host, addresses.iter().map(|ip| ip.parse().unwrap()))
    }

    #[test]
    fn names() {
        assert_eq!(of("Kasir", &[]).names, ["kasir", "kasir.local", "localhost"]);
        assert_eq!(of("kasir.toko.example.", &[]).names, ["kasir.local", "kasir.toko.example", "localhost"]);
        for host in ["localhost", "", "kasir_1", "ibu ani", "-a", "*"] {
            assert_eq!(of(host, &[]).names, ["localhost"], "{host}");
        }
    }

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        let found = of(
            "a",
            &[
                "192.168.1.5",
                "10.9.9.9",
                "172.31.0.1",
                "172.32.0.1",
                "169.254.1.1",
                "100.64.0.1",
                "100.128.0.1",
                "8.8.8.8",
                "fd00::2",
                "fe80::1",
                "2001:db8::1",
                "::ffff:192.168.1.5",
            ],
        );
        let text = |list: &[IpAddr]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            text(&found.lan),
            ["10.9.9.9", "100.64.0.1", "169.254.1.1", "172.31.0.1", "192.168.1.5", "fd00::2"]
        );
        assert_eq!(text(&found.public), ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2001:db8::1"]);
    }
}
