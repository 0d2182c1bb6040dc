//! Settings of a server.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::Uri;

use crate::accounts::{Lifetimes, Secret};
use crate::certificate::SigningKey;
use crate::people::Digest;

/// What a server is told when it is started.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address people use, where a proxy stands before the server.
    pub public: Option<PublicUrl>,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// Digest of the key that the server prints when it starts, which opens a register without accounts and the
    /// one-tap entry of a demonstration. Without one everybody who reaches an open register is let in, and nobody
    /// enters a demonstration with a tap.
    pub key: Option<Digest>,
    /// Most connections; [`crate::connections::MOST`] when it is not said.
    pub connections: Option<usize>,
    /// Secret with which the server seals what it gives out.
    pub secret: Secret,
    /// Key that signs certificates; without one they are printed without a code.
    pub signing: Option<Arc<SigningKey>>,
}

/// The address people use, like `https://soho.bentre.gov.vn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    encrypted: bool,
    /// Host, and port where it is not the usual one.
    authority: String,
}

impl PublicUrl {
    /// Host, and port where it is not the usual one.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || "give the address people use, like https://soho.bentre.gov.vn".to_owned();
        let uri: Uri = text.parse().map_err(|_| shape())?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(shape()),
        };
        let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(shape)?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(shape());
        }
        Ok(PublicUrl { encrypted, authority: authority.as_str().to_ascii_lowercase() })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http{}://{}", if self.encrypted { "s" } else { "" }, self.authority)
    }
}

impl Settings {
    /// Whether browsers reach the server through TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        self.public.as_ref().is_some_and(|public| public.encrypted)
    }
}

/// Network address from which a request comes: the last one that a proxy on this machine names, otherwise the other
/// end of the connection. What is named before it, and whatever others name, may be invented.
pub(super) fn client(request: &Request) -> IpAddr {
    let peer = request.extensions().get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.to_canonical());
    let named = || {
        let last = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        address(last.rsplit(',').next()?.trim())
    };
    if peer.is_loopback() { named().unwrap_or(peer) } else { peer }
}

/// An address with or without a port, as proxies write it: `192.0.2.7:40000`, `[2001:db8::7]:40000`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let ported = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.parse().ok().or_else(ported).or_else(bare).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_of_this_machine_names_the_client_last() {
        let from = |peer: &str, named: &[&str]| {
            let mut request = Request::new(axum::body::Body::empty());
            request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
            for named in named {
                request.headers_mut().append("x-forwarded-for", named.parse().unwrap());
            }
            client(&request).to_string()
        };
        let here = "127.0.0.1:40000";
        for (peer, named, expected) in [
            (here, &[][..], "127.0.0.1"),
            (here, &["192.0.2.7"], "192.0.2.7"),
            (here, &["192.0.2.7:40000"], "192.0.2.7"),
            (here, &["2001:db8::7"], "2001:db8::7"),
            (here, &["[2001:db8::7]"], "2001:db8::7"),
            (here, &["[2001:db8::7]:40000"], "2001:db8::7"),
            (here, &["::ffff:192.0.2.7"], "192.0.2.7"),
            ("[::1]:40000", &["192.0.2.7"], "192.0.2.7"),
            ("[::ffff:127.0.0.1]:40000", &["192.0.2.7"], "192.0.2.7"),
            // Whatever the client itself put before it is invented.
            (here, &["203.0.113.1, 192.0.2.7"], "192.0.2.7"),
            (here, &["203.0.113.1", "192.0.2.7"], "192.0.2.7"),
            (here, &["192.0.2.7, unknown"], "127.0.0.1"),
            (here, &["192.0.2.7:99999"], "127.0.0.1"),
            (here, &[""], "127.0.0.1"),
            // Not through the proxy.
            ("198.51.100.9:40000", &["192.0.2.7"], "198.51.100.9"),
            ("[2001:db8::9]:40000", &["127.0.0.1"], "2001:db8::9"),
        ] {
            assert_eq!(from(peer, named), expected, "{peer} {named:?}");
        }
    }

    #[test]
    fn the_address_is_an_origin() {
        let read = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        assert_eq!(read("https://Soho.example/"), Ok("https://soho.example".to_owned()));
        assert_eq!(read("http://10.0.0.5:8080"), Ok("http://10.0.0.5:8080".to_owned()));
        for bad in ["", "soho.example", "ftp://x", "https://", "https://a@b", "https://x/y", "https://x/?y"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
