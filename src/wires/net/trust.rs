//! Whom to believe: the platform's authorities, and what the user's `ca_file` adds.
//!
//! Certificates in `ca_file` count in two ways. As authorities: a chain that leads to one of them is good, with its
//! name and dates. As pins: a server that presents exactly one of them, octet for octet, is the server that the user
//! meant, so neither its issuer nor its name matters (self-signed certificates of home servers seldom carry the right
//! name); its dates still do. The platform's authorities stay trusted beside them. Nothing else is ever accepted.

use std::path::Path;
use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};

use crate::wires::net::fault::{Distrust, NetError};

/// A TLS client configuration over ring that trusts as the head of this file says.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, NetError> {
    let provider = Arc::new(ring::default_provider());
    let pins = match ca_file {
        Some(path) => read_certificates(path)?,
        None => Vec::new(),
    };
    let trust = Trust::new(pins, provider.clone()).map_err(|why| match ca_file {
        Some(path) => NetError::CaFile {
            path: path.to_path_buf(),
            why,
        },
        None => NetError::NoRoots,
    })?;
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|_| NetError::NoRoots)?; // ring offers both TLS 1.2 and 1.3: cannot happen
    Ok(config
        .dangerous() // the name that rustls gives to any verifier but its own; Trust below accepts less, not more
        .with_custom_certificate_verifier(Arc::new(trust))
        .with_no_client_auth())
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let fault = |why: String| NetError::CaFile {
        path: path.to_path_buf(),
        why,
    };
    let octets = std::fs::read(path).map_err(|error| fault(format!("cannot be read ({error})")))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&octets).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(fault(
            "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)".into(),
        )),
        Err(error) => Err(fault(format!("is not PEM ({error})"))),
    }
}

/// The verifier.
#[derive(Debug)]
struct Trust {
    pins: Vec<CertificateDer<'static>>,
    extra: Option<Arc<WebPkiServerVerifier>>,
    platform: Option<Verifier>,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    fn new(pins: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Result<Trust, String> {
        let mut roots = RootCertStore::empty();
        for pin in &pins {
            roots
                .add(pin.clone())
                .map_err(|error| format!("holds a certificate that cannot be read ({error})"))?;
        }
        let extra = if pins.is_empty() {
            None
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
            Some(builder.build().map_err(|error| error.to_string())?)
        };
        let platform = match Verifier::new(provider.clone()) {
            Ok(verifier) => Some(verifier),
            Err(_) if extra.is_some() => None, // a machine without authorities can still reach a pinned server
            Err(error) => return Err(error.to_string()),
        };
        Ok(Trust {
            pins,
            extra,
            platform,
            provider,
        })
    }

    /// What the user's own file says: yes, a final no, or nothing.
    fn by_file(
        &self,
        leaf: &CertificateDer<'_>,
        found: Result<ServerCertVerified, TlsError>,
    ) -> Option<Result<ServerCertVerified, TlsError>> {
        match found {
            Ok(yes) => Some(Ok(yes)),
            Err(error) if self.pins.contains(leaf) => Some(match distrust(&error) {
                // webpki looks at the dates before anything else, so another complaint means that they are good.
                Some(Distrust::Expired | Distrust::NotYetValid) => Err(error),
                Some(_) => Ok(ServerCertVerified::assertion()),
                None => Err(error),
            }),
            Err(_) => None,
        }
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let mut complaint = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        if let Some(extra) = &self.extra {
            let found = extra.verify_server_cert(leaf, chain, name, ocsp, now);
            if let Err(error) = &found {
                complaint = error.clone();
            }
            if let Some(answer) = self.by_file(leaf, found) {
                return answer;
            }
        }
        match &self.platform {
            Some(platform) => match platform.verify_server_cert(leaf, chain, name, ocsp, now) {
                // A wrong name under the user's own authority says more than "unknown" to the platform.
                Err(error) if distrust(&error) != Some(Distrust::UnknownIssuer) => Err(error),
                Err(_) if self.extra.is_some() => Err(complaint),
                answer => answer,
            },
            None => Err(complaint),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(
            message,
            leaf,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(
            message,
            leaf,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The plain reason in a TLS error, if it is about the certificate.
pub fn distrust(error: &TlsError) -> Option<Distrust> {
    let TlsError::InvalidCertificate(error) = error else {
        return None;
    };
    Some(match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Distrust::WrongName,
        CertificateError::UnknownIssuer => Distrust::UnknownIssuer,
        // An authority that this machine knows has the same name, and another key.
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Distrust::UnknownIssuer,
        CertificateError::Revoked => Distrust::Revoked,
        // A certificate that is its own authority, shown as a server's: self-signed in other words.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Distrust::UnknownIssuer,
        other => Distrust::Other(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_rustls::rustls::pki_types::ServerName;

    use crate::wires::net::trust::*;

    /// Within the years for which the fixtures are good, and outside of them.
    const GOOD: u64 = 1_800_000_000;
    const TOO_EARLY: u64 = 1_500_000_000;
    const TOO_LATE: u64 = 6_000_000_000;

    fn certificates(names: &[&str]) -> Vec<CertificateDer<'static>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certificates");
        let read = |name: &&str| read_certificates(&folder.join(format!("{name}.pem"))).unwrap();
        names.iter().flat_map(read).collect()
    }

    #[test]
    fn the_file_adds_authorities_and_pins_and_nothing_else() {
        let check = |why: &str, file: &[&str], shown: &str, host: &str, at: u64, expected: Option<Distrust>| {
            let trust = Trust::new(certificates(file), Arc::new(ring::default_provider())).unwrap();
            let leaf = certificates(&[shown]).remove(0);
            let (name, at) = (
                ServerName::try_from(host).unwrap(),
                UnixTime::since_unix_epoch(Duration::from_secs(at)),
            );
            let found = trust.verify_server_cert(&leaf, &[], &name, &[], at);
            let found = found.err().map(|error| distrust(&error).unwrap());
            assert_eq!(found, expected, "{why}");
        };
        check("its authority", &["ca"], "leaf", "mail.test", GOOD, None);
        check(
            "its authority, another name",
            &["ca"],
            "leaf",
            "x.test",
            GOOD,
            Some(Distrust::WrongName),
        );
        check(
            "its authority, too late",
            &["ca"],
            "leaf",
            "mail.test",
            TOO_LATE,
            Some(Distrust::Expired),
        );
        check(
            "its authority, too early",
            &["ca"],
            "leaf",
            "mail.test",
            TOO_EARLY,
            Some(Distrust::NotYetValid),
        );
        check(
            "another authority",
            &["self-ca"],
            "leaf",
            "mail.test",
            GOOD,
            Some(Distrust::UnknownIssuer),
        );
        check("pinned", &["leaf"], "leaf", "mail.test", GOOD, None);
        check(
            "pinned: the name does not matter",
            &["leaf"],
            "leaf",
            "192.168.1.2",
            GOOD,
            None,
        );
        check(
            "pinned, too late",
            &["leaf"],
            "leaf",
            "mail.test",
            TOO_LATE,
            Some(Distrust::Expired),
        );
        check("self-signed and pinned", &["self"], "self", "mail.test", GOOD, None);
        check(
            "as openssl makes them, CA:TRUE",
            &["self-ca"],
            "self-ca",
            "mail.test",
            GOOD,
            None,
        );
        check(
            "the same, too late",
            &["self-ca"],
            "self-ca",
            "nas.local",
            TOO_LATE,
            Some(Distrust::Expired),
        );
        check("one of several", &["ca", "self"], "self", "mail.test", GOOD, None);
        check(
            "another self-signed one",
            &["self"],
            "self-ca",
            "nas.local",
            GOOD,
            Some(Distrust::UnknownIssuer),
        );
    }

    #[test]
    fn a_useless_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let check = |content: &str, expected: &str| {
            let path = dir.path().join("ca.pem");
            std::fs::write(&path, content).unwrap();
            let error = client_config(Some(&path)).unwrap_err().to_string();
            assert!(error.contains("ca.pem") && error.contains(expected), "{error}");
        };
        check("", "holds no certificate");
        check(
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "is not PEM",
        );
        check(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "cannot be read",
        );
        let missing = client_config(Some(&dir.path().join("none"))).unwrap_err().to_string();
        assert!(missing.contains("none: cannot be read"), "{missing}");
    }
}
