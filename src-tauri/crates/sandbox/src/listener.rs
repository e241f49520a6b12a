//! A TCP listener whose connections can be cut from inside a handler.
//!
//! Losing an answer on the way is the fault that matters most to a client that writes books; HTTP frameworks do not let a
//! handler hang up, so the stream itself carries a switch. A whole port can be unplugged, too: it is kept, and refuses every connection
//! until it is plugged in again. This module knows nothing of HTTP.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long until a port is asked for again that could not be had.
const RETRY: Duration = Duration::from_millis(20);

/// How long a port is given to notice that it is unplugged; one whose server has ended never will.
const PATIENCE: Duration = Duration::from_secs(2);

/// The plug of one port.
#[derive(Debug, Default)]
pub(crate) struct Plug {
    pulled: watch::Sender<bool>,
    refusing: watch::Sender<bool>,
}

impl Plug {
    /// Pulls it: connections are cut, and refused from when this returns.
    pub(crate) async fn pull(&self) {
        let mut refusing = self.refusing.subscribe();
        self.pulled.send_replace(true);
        drop(tokio::time::timeout(PATIENCE, refusing.wait_for(|refusing| *refusing)).await);
    }

    /// Puts it in again.
    pub(crate) fn push(&self) {
        self.pulled.send_replace(false);
    }
}

/// Handle of one connection; once cut, nothing more reaches the other side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire {
    cut: Arc<AtomicBool>,
    plug: Arc<Plug>,
}

impl Wire {
    /// Closes the connection before another byte is written.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    /// Unplugs the port of this connection for so long. The call that asks for it may end with its connection: the port comes back all the
    /// same.
    pub(crate) async fn unplug(&self, time: Duration) {
        let plug = Arc::clone(&self.plug);
        let (pulled, refusing) = oneshot::channel();
        tokio::spawn(async move {
            plug.pull().await;
            pulled.send(()).ok();
            tokio::time::sleep(time).await;
            plug.push();
        });
        drop(refusing.await);
    }

    fn check(&self) -> io::Result<()> {
        if self.cut.load(Ordering::SeqCst) || *self.plug.pulled.borrow() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

/// A TCP stream that obeys its [`Wire`].
#[derive(Debug)]
pub(crate) struct CuttableStream {
    stream: TcpStream,
    wire: Wire,
}

impl AsyncRead for CuttableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.wire.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wire.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A listener on the loopback address that hands out [`CuttableStream`]s.
#[derive(Debug)]
pub(crate) struct CuttableListener {
    /// `None` for a moment only, while the port changes hands.
    listener: Option<TcpListener>,
    address: SocketAddr,
    plug: Arc<Plug>,
}

impl CuttableListener {
    /// Binds a free port on 127.0.0.1.
    pub(crate) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener: Some(listener), address, plug: Arc::default() })
    }

    /// What unplugs it.
    pub(crate) fn plug(&self) -> Arc<Plug> {
        Arc::clone(&self.plug)
    }

    /// Keeps the port without listening until it is plugged in: the system refuses connections to it, and nobody else can have it.
    async fn rest(&mut self) -> io::Result<()> {
        self.listener = None;
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(self.address)?;
        self.plug.refusing.send_replace(true);
        // It cannot end: the sender lives here.
        drop(self.plug.pulled.subscribe().wait_for(|pulled| !*pulled).await);
        self.listener = Some(socket.listen(BACKLOG)?);
        self.plug.refusing.send_replace(false);
        Ok(())
    }

    /// `http://127.0.0.1:«port»` of this listener.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let plug = self.plug();
        let mut pulled = plug.pulled.subscribe();
        loop {
            let Some(listener) = self.listener.as_mut().filter(|_| !*pulled.borrow()) else {
                if let Err(error) = self.rest().await {
                    tracing::debug!(%error, "the port could not be had");
                    tokio::time::sleep(RETRY).await;
                }
                continue;
            };
            let (stream, address) = tokio::select! {
                accepted = Listener::accept(listener) => accepted,
                _ = pulled.changed() => continue,
            };
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "could not switch off Nagle's algorithm");
            }
            return (CuttableStream { stream, wire: Wire { cut: Arc::default(), plug } }, address);
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().wire.clone()
    }
}
