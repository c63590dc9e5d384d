//! Opens connections, over the network or, in tests and simulations, over memory.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::Error as TlsError;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::wires::net::endpoint::{Endpoint, Stream, Tls};
use crate::wires::net::fault::NetError;
use crate::wires::net::trust;

/// A connection, TLS included, has this long to come about.
const CONNECT_SECONDS_MAX: u64 = 30;
/// One of several addresses has this long, so that a dead IPv6 route does not eat the whole time.
const ADDRESS_SECONDS_MAX: u64 = 10;
/// Routers forget idle connections after minutes; a keepalive a minute keeps them.
const KEEPALIVE_SECONDS: u64 = 60;

type Opening = dyn Fn(&Endpoint) -> Result<Box<dyn Stream>, NetError> + Send + Sync;

/// Opens connections the one configured way.
#[derive(Clone)]
pub struct Dialer(Way);

#[derive(Clone)]
enum Way {
    Network(TlsConnector),
    Memory(Arc<Opening>),
}

impl fmt::Debug for Dialer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            Way::Network(_) => "Dialer(network)",
            Way::Memory(_) => "Dialer(memory)",
        })
    }
}

impl Dialer {
    /// Over TCP and TLS; `ca_file` as the head of `trust` says. Reads the file, and the platform's certificates, at once.
    pub fn network(ca_file: Option<&Path>) -> Result<Dialer, NetError> {
        let config = trust::client_config(ca_file)?;
        Ok(Dialer(Way::Network(TlsConnector::from(Arc::new(config)))))
    }

    /// Over whatever `open` gives; TLS is then a formality that changes nothing.
    pub fn memory(open: impl Fn(&Endpoint) -> Result<Box<dyn Stream>, NetError> + Send + Sync + 'static) -> Dialer {
        Dialer(Way::Memory(Arc::new(open)))
    }

    /// Connects within 30 s, TLS included where it is implicit.
    pub async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Stream>, NetError> {
        match &self.0 {
            Way::Memory(open) => open(endpoint),
            Way::Network(tls) => {
                within_limit(&endpoint.to_string(), async {
                    let tcp = dial(endpoint).await?;
                    match endpoint.tls {
                        Tls::Implicit => handshake(tls, Box::new(tcp), &endpoint.host).await,
                        Tls::Starttls | Tls::None => Ok(Box::new(tcp) as Box<dyn Stream>),
                    }
                })
                .await
            }
        }
    }

    /// TLS over a connection whose server has agreed to STARTTLS.
    pub async fn upgrade(&self, stream: Box<dyn Stream>, host: &str) -> Result<Box<dyn Stream>, NetError> {
        match &self.0 {
            Way::Memory(_) => Ok(stream),
            Way::Network(tls) => within_limit(host, handshake(tls, stream, host)).await,
        }
    }
}

async fn within_limit<T>(whom: &str, work: impl Future<Output = Result<T, NetError>>) -> Result<T, NetError> {
    let limit = Duration::from_secs(CONNECT_SECONDS_MAX);
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(NetError::Timeout {
            endpoint: whom.to_string(),
            seconds: CONNECT_SECONDS_MAX,
        })
    })
}

async fn dial(endpoint: &Endpoint) -> Result<TcpStream, NetError> {
    let unreachable = |why: String| NetError::Unreachable {
        endpoint: endpoint.to_string(),
        why,
    };
    let addresses = resolve(endpoint).await?;
    let mut last = unreachable("no address".to_string());
    for address in addresses {
        match timeout(Duration::from_secs(ADDRESS_SECONDS_MAX), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                keep_alive(&stream).map_err(|error| unreachable(error.to_string()))?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = unreachable(error.to_string()),
            Err(_) => {
                last = NetError::Timeout {
                    endpoint: endpoint.to_string(),
                    seconds: ADDRESS_SECONDS_MAX,
                }
            }
        }
    }
    Err(last)
}

/// Every address of the host; for plain text all of them must be this machine's own.
async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, NetError> {
    let bare = bare_host(&endpoint.host);
    let not_found = || NetError::NameNotFound {
        host: endpoint.host.clone(),
    };
    let addresses: Vec<SocketAddr> = lookup_host((bare, endpoint.port))
        .await
        .map_err(|_| not_found())?
        .collect();
    if addresses.is_empty() {
        return Err(not_found());
    }
    if endpoint.tls == Tls::None
        && !addresses
            .iter()
            .all(|address| address.ip().to_canonical().is_loopback())
    {
        return Err(NetError::PlainText {
            host: endpoint.host.clone(),
        });
    }
    Ok(addresses)
}

/// An IPv6 address may be configured in brackets, as in a URL.
fn bare_host(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
}

fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(KEEPALIVE_SECONDS));
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

async fn handshake(tls: &TlsConnector, stream: Box<dyn Stream>, host: &str) -> Result<Box<dyn Stream>, NetError> {
    let name = ServerName::try_from(bare_host(host).to_string())
        .map_err(|_| NetError::NameNotFound { host: host.to_string() })?;
    match tls.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(handshake_fault(host, &error)),
    }
}

fn handshake_fault(host: &str, error: &io::Error) -> NetError {
    let host = host.to_string();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match inner {
        Some(tls) => match trust::distrust(tls) {
            Some(why) => NetError::Untrusted { host, why },
            None => NetError::NotTls {
                host,
                why: tls.to_string(),
            },
        },
        None => NetError::Unreachable {
            endpoint: host,
            why: format!("the connection ended during the TLS handshake: {error}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::net::dialer::*;

    #[tokio::test]
    async fn plain_text_stays_on_this_machine() {
        let check = async |host: &str, expected: bool| {
            let endpoint = Endpoint {
                host: host.into(),
                port: 143,
                tls: Tls::None,
            };
            let found = resolve(&endpoint).await;
            assert_eq!(
                !matches!(found, Err(NetError::PlainText { .. })),
                expected,
                "{host}: {found:?}"
            );
        };
        check("127.0.0.1", true).await;
        check("127.8.8.8", true).await;
        check("[::1]", true).await;
        check("::ffff:127.0.0.1", true).await;
        check("localhost", true).await;
        check("192.0.2.1", false).await;
        check("0.0.0.0", false).await;
        check("::", false).await;
    }

    #[tokio::test]
    async fn what_does_not_listen_or_exist_is_told() {
        let dialer = Dialer::memory(|_| Err(NetError::NoRoots));
        assert!(dialer.connect(&endpoint("x", 1)).await.is_err());
        assert!(matches!(
            dial(&endpoint("amiable.invalid", 993)).await,
            Err(NetError::NameNotFound { .. })
        ));
        let refused = dial(&endpoint("127.0.0.1", 1)).await.unwrap_err();
        assert!(
            matches!(refused, NetError::Unreachable { .. }) && refused.is_transient(),
            "{refused}"
        );
    }

    fn endpoint(host: &str, port: u16) -> Endpoint {
        Endpoint {
            host: host.into(),
            port,
            tls: Tls::Implicit,
        }
    }
}
