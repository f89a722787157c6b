//! Any text, read as a configuration.
//!
//! Whatever it says, nothing panics, everything that is reported can be shown, and a child process understands
//! the expanded text as the parent understood the file.

use std::path::Path;
use std::sync::Arc;

use keepalived::base::id::RequestId;
use keepalived::base::time::{Instant, Span};
use keepalived::conf::diag::Style;
use keepalived::conf::env::Pretend;
use keepalived::conf::source::Memory;
use keepalived::vrrp::Router;
use keepalived::vrrp::event::{Control, Event};
use keepalived::vrrp::link::Inventory;

const PATH: &str = "/etc/keepalived/keepalived.conf";

/// Reads `data` as a configuration, and runs what comes of it for one event.
pub(crate) fn run(data: &[u8]) {
    let loader = Memory::of(PATH, data).with("/etc/keepalived/conf.d/more.conf", "vrrp_version 3\n");
    let interfaces = Some(["eth0".to_owned(), "eth1".to_owned()].into());
    let env = Pretend { interfaces, every_path_exists: true, ..Pretend::default() };
    let loaded = keepalived::conf::load(&loader, Path::new(PATH), &env);
    for style in [Style::Plain, Style::Terminal] {
        let shown = loaded.render(style);
        assert_eq!(shown.is_empty(), loaded.diagnostics.is_empty(), "{shown}");
    }
    assert_eq!(loaded.plain_lines().next().is_none(), loaded.diagnostics.is_empty());

    // A child is only ever given what can be run.
    if let Some(model) = loaded.model {
        let text = loaded.expanded.to_text();
        let again = keepalived::conf::load_expanded(&text, &env);
        let again =
            again.unwrap_or_else(|error| panic!("{error}: a child cannot read what it gets:\n{text}"));
        let understood = again.model.map(|model| format!("{model:?}"));
        assert_eq!(understood, Some(format!("{model:?}")), "a child understands it otherwise");

        let mut router = Router::new(Arc::new(model), &Inventory::new());
        let start = Event::Control(RequestId(0), Control::Start { uptime: Span::ZERO });
        let (actions, _) = router.handle(Instant::from_micros(1), start).split();
        drop(actions);
    }
}
