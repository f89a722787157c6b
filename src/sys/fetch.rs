//! Connections to servers whose answer is read to its end, in the clear or encrypted (TLS 1.2 and 1.3).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};

use super::{Attempt, Error};

/// How to reach a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Where it is.
    pub to: SocketAddr,
    /// The mark of our packets, for routing and packet filters (`SO_MARK`, takes CAP_NET_ADMIN).
    pub mark: Option<u32>,
    /// Whether the connection is encrypted, and which name the server is called by then.
    pub tls: Option<Name>,
}

/// What an encrypted connection calls the server (RFC 6066, 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Nothing.
    None,
    /// This.
    Is(Box<str>),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to a server.
pub struct Connection {
    stream: Box<dyn Stream>,
    target: String,
}

impl Connection {
    /// Connects. What certificate the server shows does not matter: this is for people who want to know what it says,
    /// not who it is.
    ///
    /// # Errors
    /// If there is no way there, nobody listens, or what is there does not speak TLS.
    pub async fn open(way: &Way) -> Result<Connection, Error> {
        let target = format!("{} port {}", way.to.ip(), way.to.port());
        let socket = socket(way).attempt("prepare a connection to", &target)?;
        let stream = socket.connect(way.to).await.attempt("connect to", &target)?;
        let Some(name) = &way.tls else { return Ok(Connection { stream: Box::new(stream), target }) };
        let name = server_name(name, way.to.ip()).attempt("encrypt the connection to", &target)?;
        let tls = TlsConnector::from(configuration().attempt("encrypt the connection to", &target)?);
        let stream = tls.connect(name, stream).await.attempt("encrypt the connection to", &target)?;
        Ok(Connection { stream: Box::new(stream), target })
    }

    /// Sends all of this.
    ///
    /// # Errors
    /// If the server has gone.
    pub async fn send(&mut self, request: &[u8]) -> Result<(), Error> {
        let Connection { stream, target } = self;
        stream.write_all(request).await.attempt("send to", &target)?;
        stream.flush().await.attempt("send to", target)
    }

    /// Reads what comes next; 0 octets are the end. A server that hangs up without a word of farewell has ended, too.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        match self.stream.read(buffer).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            read => read.attempt("read from", &self.target),
        }
    }
}

fn socket(way: &Way) -> io::Result<TcpSocket> {
    let domain = if way.to.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::STREAM.nonblocking().cloexec(), None)?;
    if let Some(mark) = way.mark {
        socket.set_mark(mark)?;
    }
    Ok(TcpSocket::from_std_stream(socket.into()))
}

/// The name that is sent; an address never is.
fn server_name(name: &Name, ip: IpAddr) -> io::Result<ServerName<'static>> {
    match name {
        Name::None => Ok(ServerName::IpAddress(ip.into())),
        Name::Is(name) => ServerName::try_from(name.to_string()).map_err(io::Error::other),
    }
}

fn configuration() -> io::Result<Arc<ClientConfig>> {
    let provider = ring::default_provider();
    let verifier = Anybody(provider.signature_verification_algorithms);
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Takes every certificate whose owner has its key.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
