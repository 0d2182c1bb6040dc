//! What a server with accounts is told when it is started.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::{ConnectInfo, Request};
use axum::http::Uri;

use crate::accounts::Lifetimes;

/// The settings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address people use, where a proxy stands before the server.
    pub public: Option<PublicUrl>,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// Whether the server listens on its own machine alone.
    pub alone: bool,
}

/// The address people use: `https://soho.bentre.gov.vn`.
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

    /// The network address a request comes from: the one that the proxy before the server names last,
    /// where there is said to be one; otherwise the other end of the connection.
    pub(super) fn client(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
        let named = self.public.as_ref().and_then(|_| {
            let last = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        });
        named.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
