//! The address of a database, and TLS on the way to it.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::StoreError;

/// Time for making a connection, where the address says nothing else.
const CONNECT: Duration = Duration::from_secs(5);
/// After so long without a sign a connection is looked at, where the address says nothing else.
const IDLE: Duration = Duration::from_secs(30);

/// Reads an address.
///
/// # Errors
/// When it is none. What it holds is not repeated: a password might stand anywhere in it.
pub(super) fn read(address: &str) -> Result<(Config, MakeRustlsConnect), StoreError> {
    let given: Config = address.parse().map_err(|_| {
        let form = "postgres://user:password@host:port/database?sslmode=require";
        StoreError::Io(format!(
            "the database's address cannot be read: it looks like {form}, with sslmode disable, prefer or require"
        ))
    })?;
    let mut config = given.clone();
    if given.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if given.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(IDLE);
    }
    if !address.contains("keepalives_idle") {
        config.keepalives_idle(IDLE);
    }
    if given.get_application_name().is_none() {
        config.application_name("soho");
    }
    let tls = tls(given.get_ssl_mode())?;
    Ok((config, MakeRustlsConnect::new(tls)))
}

/// TLS as the address asks for it.
fn tls(mode: SslMode) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let unusable = |error: rustls::Error| StoreError::Io(format!("TLS cannot be set up: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    if mode != SslMode::Require {
        // Whoever could answer in the server's place could as well say that it has no TLS.
        let anyone = Arc::new(Anyone { provider });
        return Ok(builder.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(StoreError::Io(
            "this machine trusts no certificates, and the database's address demands one (sslmode=require): install \
             ca-certificates, or name a file of roots in SSL_CERT_FILE"
                .to_owned(),
        ));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Takes any certificate: the line is encrypted to whoever answers.
#[derive(Debug)]
struct Anyone {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_repeated_in_an_error() {
        for address in [
            "postgres://soho:geheim@host/soho?sslmode=verify-full",
            "postgres://soho:geheim@host:port/soho",
            "host=db user=soho password=very geheim",
            "host=db geheim=geheim",
        ] {
            let error = read(address).err().expect("it is refused").to_string();
            assert!(!error.contains("geheim") && error.contains("sslmode"), "{error}");
        }
    }

    #[test]
    fn what_the_address_says_stands() {
        let (config, _) =
            read("postgres://soho@host/soho?connect_timeout=2&keepalives_idle=7").expect("it is read");
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(2)));
        assert_eq!(config.get_keepalives_idle(), Duration::from_secs(7));
        assert_eq!(config.get_application_name(), Some("soho"));
        assert!(!format!("{config:?}").contains("password: Some"), "{config:?}");
    }
}
