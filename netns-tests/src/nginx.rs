//! A real nginx on a node, for configurations that watch one.

use std::cell::RefCell;
use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::Signal;

use crate::node::Node;
use crate::wait::{millis, poll_until, secs};

const BINARY: &str = "/usr/sbin/nginx";

/// The nginx of one node, on port 80. It dies with the thread that has started it.
#[derive(Debug)]
pub struct Nginx<'a> {
    node: &'a Node,
    name: String,
    running: RefCell<Option<Child>>,
}

impl<'a> Nginx<'a> {
    /// Prepares an nginx for `node`, with a configuration of its own.
    ///
    /// # Panics
    /// If its files cannot be made.
    #[must_use]
    pub fn on(node: &'a Node) -> Self {
        // Whoever looks for a process by its name sees those of all nodes and of all tests at once.
        let name = node.unique_name("ng");
        let made = fs::create_dir_all(node.host_path("/run/web"))
            .and_then(|()| std::os::unix::fs::symlink(BINARY, node.host_path(&format!("/run/{name}"))));
        if let Err(error) = made {
            panic!("preparing nginx on {}: {error}", node.name());
        }
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let places: String = places.iter().map(|place| format!("    {place}_temp_path {place};\n")).collect();
        let conf = format!(
            "daemon off;\npid nginx.pid;\nerror_log error.log;\nworker_processes 1;\nuser root;\nevents {{}}\nhttp {{\n    \
             access_log off;\n{places}    server {{\n        listen 80;\n        location / {{\n            \
             return 200 \"well\\n\";\n        }}\n    }}\n}}\n"
        );
        node.write("/run/web/nginx.conf", &conf);
        Self { node, name, running: RefCell::new(None) }
    }

    /// Lets it listen on port 443, too, encrypted, and answer there with the name that it is called by.
    ///
    /// # Panics
    /// If its certificate cannot be made.
    pub fn encrypt(&self) {
        let place = self.node.host_path("/run/web");
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=lab"])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(&place)
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "openssl made no certificate");
        let plain = self.node.read("/run/web/nginx.conf");
        let encrypted = "    server {\n        listen 443 ssl;\n        ssl_certificate cert.pem;\n        \
                         ssl_certificate_key key.pem;\n        location / {\n            \
                         return 200 \"called $ssl_server_name\\n\";\n        }\n    }\n}\n";
        let conf = plain.trim_end().strip_suffix('}').map(|rest| format!("{rest}{encrypted}"));
        self.node.write("/run/web/nginx.conf", &conf.unwrap_or(plain));
    }

    /// The name of its processes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts it. Returns when it accepts connections.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(&self) {
        let place = self.node.host_path("/run/web");
        let child = Command::new("nsenter")
            .arg(format!("--net={}", self.node.netns().path().display()))
            .args(["setpriv", "--pdeathsig", "KILL"])
            .arg(self.node.host_path(&format!("/run/{}", self.name)))
            .args(["-c", "nginx.conf", "-e", "error.log", "-p"])
            .arg(&place)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => *self.running.borrow_mut() = Some(child),
            Err(error) => panic!("starting nginx on {}: {error}", self.node.name()),
        }
        let here = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 80);
        let answers = || self.node.netns().inside(|| TcpStream::connect_timeout(&here, millis(200)).is_ok());
        let ready = poll_until(secs(10), || answers().then_some(()));
        assert!(
            ready.is_some(),
            "nginx does not answer on {}: {}",
            self.node.name(),
            self.node.read("/run/web/error.log")
        );
    }

    /// Kills all of its processes at once.
    pub fn kill(&self) {
        let processes = self.node.processes();
        for process in processes.iter().filter(|process| process.command.contains("nginx")) {
            process.signal(Signal::SIGKILL);
        }
        if let Some(mut child) = self.running.borrow_mut().take() {
            // The one error is that it was waited for already.
            child.wait().ok();
        }
    }
}

impl Drop for Nginx<'_> {
    fn drop(&mut self) {
        self.kill();
    }
}
