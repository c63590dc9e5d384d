//! One connection as lettre wants it: ours to take back for TLS, safe to read, and honest about its end.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::wires::net::endpoint::Stream;

/// RFC 5321 (4.5.3.1.5) has 512 octets; lettre reads a line of any length into memory before it looks.
const LINE_OCTETS_MAX: usize = 8 * 1024;

#[derive(Debug)]
struct Shared {
    stream: Option<Box<dyn Stream>>,
    line_octets: usize,
    ended: bool,
}

/// A handle on the connection; lettre holds one, we hold the other.
#[derive(Debug, Clone)]
pub struct Line(Arc<Mutex<Shared>>);

impl Line {
    /// Over a connection.
    pub fn new(stream: Box<dyn Stream>) -> Line {
        Line(Arc::new(Mutex::new(Shared {
            stream: Some(stream),
            line_octets: 0,
            ended: false,
        })))
    }

    /// Takes the connection back, for TLS over it; the handle is of no more use.
    pub fn take(&self) -> Option<Box<dyn Stream>> {
        self.locked(|shared| shared.stream.take())
    }

    /// Whether the server, or the network, has ended the connection.
    pub fn has_ended(&self) -> bool {
        self.locked(|shared| shared.ended)
    }

    fn locked<T>(&self, act: impl FnOnce(&mut Shared) -> T) -> T {
        // Nothing under this lock can leave it half-done, so a poisoned one is as good.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn poll<T>(&self, act: impl FnOnce(Pin<&mut Box<dyn Stream>>) -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.locked(|shared| match &mut shared.stream {
            Some(stream) => {
                let polled = act(Pin::new(stream));
                shared.ended |= matches!(polled, Poll::Ready(Err(_)));
                polled
            }
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        })
    }

    /// lettre wants UTF-8 and takes anything else for a broken connection: a 550 in Latin-1 would be one.
    fn take_in(&self, octets: &mut [u8]) -> io::Result<()> {
        self.locked(|shared| {
            shared.ended |= octets.is_empty();
            for octet in octets {
                shared.line_octets = if *octet == b'\n' { 0 } else { shared.line_octets + 1 };
                if shared.line_octets > LINE_OCTETS_MAX {
                    return Err(io::Error::other("a line without end"));
                }
                if !octet.is_ascii() {
                    *octet = b'?';
                }
            }
            Ok(())
        })
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll(|stream| stream.poll_read(cx, buf)))?;
        let fresh = buf.filled_mut().get_mut(before..).unwrap_or_default();
        Poll::Ready(self.take_in(fresh))
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.poll(|stream| stream.poll_write(cx, octets))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_shutdown(cx))
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into()) // memory has none, and nobody asks
    }
}
