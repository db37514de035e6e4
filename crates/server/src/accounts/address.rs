//! Where a request comes from, as far as failed sign-ins are counted.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The place a request comes from: an IPv4 address, or an IPv6 network, which is what one home gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(IpAddr);

impl Address {
    /// The place behind a connection. A peer inside our own network may be a proxy, and then the last
    /// address it names is the one it saw; whoever comes from outside is believed nothing.
    fn of(peer: IpAddr, headers: &HeaderMap) -> Self {
        let seen = if is_inside(peer) {
            forwarded(headers)
        } else {
            None
        };
        Self(network(seen.unwrap_or(peer)))
    }

    /// As text, for counting.
    pub(super) fn text(self) -> String {
        self.0.to_string()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |info| info.0.ip());
        Ok(Self::of(peer, &parts.headers))
    }
}

/// The last address of the last `X-Forwarded-For`: the only one our own proxy wrote.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

fn is_inside(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_is_believed_and_only_its_last_word() {
        for (peer, forwarded, expect) in [
            ("203.0.113.9", None, "203.0.113.9"),
            ("203.0.113.9", Some("198.51.100.1"), "203.0.113.9"),
            ("127.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            ("10.0.0.2", Some("1.2.3.4, 198.51.100.1"), "198.51.100.1"),
            ("10.0.0.2", Some("nonsense"), "10.0.0.2"),
            ("::ffff:127.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::"),
            ("::1", Some("2001:db8::7"), "2001:db8::"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(said) = forwarded {
                headers.append(FORWARDED_FOR, "9.9.9.9".parse().unwrap());
                headers.append(FORWARDED_FOR, said.parse().unwrap());
            }
            let found = Address::of(peer.parse().unwrap(), &headers);
            assert_eq!(found.text(), expect, "{peer} {forwarded:?}");
        }
    }
}
