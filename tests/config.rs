//! Whole configurations and what is said of them.
//!
//! Each `tests/config/*/NAME.conf` has what is said of it beside it in `NAME.expected`; `UPDATE=1` writes that anew. Files
//! in `ok` have to be fine, files in `err` must not be. All are judged as if on one made-up host.

use std::fs;
use std::path::{Path, PathBuf};

use keepalived::conf::diag::Style;
use keepalived::conf::env::{
    Env, FileSystem, Inspection, Names, Obstacle, Presence, Pretend, Secret, StepKind, root_file,
};
use keepalived::conf::model::RunAs;
use keepalived::conf::source::Memory;
use keepalived::conf::{self, Loaded};

/// A host with a few interfaces and users. Programs are in /usr/bin and /etc/keepalived; /bin is a link to /usr/bin, and
/// everybody can write to /opt/shared.
struct Host(Pretend);

impl Host {
    fn new() -> Host {
        let mut host = Pretend { interfaces: Some(Default::default()), ..Pretend::default() };
        host.interfaces = Some(["lo", "eth0", "eth1", "bond0"].map(String::from).into());
        host.users.insert("nobody".into(), RunAs { uid: 65_534, gid: 65_534 });
        host.users.insert("haproxy".into(), RunAs { uid: 99, gid: 99 });
        host.groups.insert("haproxy".into(), 99);
        host.namespaces = Some(Default::default());
        let open =
            Secret { text: "s3cret s3cret s3cret s3cret s3cret".to_owned().into(), readable_by_others: true };
        host.secrets.insert("/etc/keepalived/open.key".into(), open);
        host.hosts = Some(["mail.example.net"].map(String::from).into());
        Host(host)
    }
}

impl Env for Host {
    fn config_id(&self) -> &str {
        self.0.config_id()
    }
    fn all_config(&self) -> bool {
        self.0.all_config()
    }
    fn host_name(&self) -> &str {
        self.0.host_name()
    }
    fn variable(&self, name: &str) -> Option<String> {
        self.0.variable(name)
    }
    fn seed(&self) -> u64 {
        self.0.seed()
    }
    fn interfaces(&self) -> Vec<String> {
        self.0.interfaces()
    }
    fn interface(&self, name: &str) -> Presence {
        self.0.interface(name)
    }
    fn mtu(&self, name: &str) -> Option<u32> {
        self.0.mtu(name)
    }
    fn namespace(&self, name: &str) -> Presence {
        self.0.namespace(name)
    }
    fn cpus(&self) -> Option<u16> {
        self.0.cpus()
    }
    fn user(&self, name: &str) -> Option<RunAs> {
        self.0.user(name)
    }
    fn group(&self, name: &str) -> Option<u32> {
        self.0.group(name)
    }
    fn identity(&self) -> RunAs {
        self.0.identity()
    }
    fn inspect(&self, path: &Path) -> Result<Inspection, Obstacle> {
        if let Ok(program) = path.strip_prefix("/bin") {
            let mut found = root_file(path);
            found
                .steps
                .iter_mut()
                .filter(|step| step.path == Path::new("/bin"))
                .for_each(|step| step.kind = StepKind::Link);
            let real = root_file(&Path::new("/usr/bin").join(program));
            found.resolved = real.resolved;
            found.steps.extend(real.steps);
            return Ok(found);
        }
        let mut found = root_file(path);
        found
            .steps
            .iter_mut()
            .filter(|step| step.path == Path::new("/opt/shared"))
            .for_each(|step| step.mode = 0o777);
        let known = ["/usr/bin", "/etc/keepalived", "/opt/shared", "/proc"]
            .iter()
            .any(|known| path.starts_with(known));
        let missing = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("missing"));
        if known && !missing {
            Ok(found)
        } else {
            Err(Obstacle { at: path.to_owned(), reason: "No such file or directory".into() })
        }
    }
    fn file_system(&self, directory: &Path) -> Option<FileSystem> {
        if directory == Path::new("/proc") {
            return Some(FileSystem { untold: Some("proc"), read_only: false });
        }
        self.0.file_system(directory)
    }
    fn secret(&self, path: &Path) -> Result<Secret, Obstacle> {
        self.0.secret(path)
    }
    fn resolves(&self, host: &str) -> Presence {
        self.0.resolves(host)
    }
    fn number_of(&self, names: Names, name: &str) -> Option<u32> {
        self.0.number_of(names, name)
    }
}

fn load(path: &Path) -> std::io::Result<Loaded> {
    let name = Path::new("/etc/keepalived").join(path.file_name().unwrap_or_default());
    let files = Memory::of(&name, fs::read(path)?);
    Ok(conf::load(&files, &name, &Host::new()))
}

/// What is said of a file, in all forms.
fn said(loaded: &Loaded) -> String {
    let plain: Vec<String> = loaded.plain_lines().collect();
    let usable = if loaded.model.is_some() { "usable" } else { "not usable" };
    let status = loaded.exit_class().status();
    format!(
        "{}== in a log ==\n{}\n== exit {status}, {usable} ==\n",
        loaded.render(Style::Plain),
        plain.join("\n")
    )
}

fn files(folder: &str) -> std::io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
        .collect();
    found.sort();
    Ok(found)
}

/// Compares what is said of the files of a folder; gives how many there are.
fn compare(folder: &str) -> std::io::Result<usize> {
    let mut wrong = Vec::new();
    let files = files(folder)?;
    for path in &files {
        let said = said(&load(path)?);
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &said)?;
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(said.as_str()) {
            wrong.push(format!("--- {} says now:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 if that is right\n{}", wrong.join("\n"));
    Ok(files.len())
}

#[test]
fn wrong_configurations_are_explained() -> std::io::Result<()> {
    assert!(compare("err")? >= 60);
    for path in files("err")? {
        let loaded = load(&path)?;
        assert!(!loaded.diagnostics.is_empty(), "{} is fine", path.display());
    }
    Ok(())
}

#[test]
fn right_configurations_are_fine() -> std::io::Result<()> {
    assert!(compare("ok")? > 2);
    for path in files("ok")? {
        let loaded = load(&path)?;
        assert!(loaded.model.is_some() && loaded.exit_class().status() == 0, "{} is wrong", path.display());
    }
    Ok(())
}

/// A child that gets the expanded text understands the same, and points at the same lines.
#[test]
fn the_expanded_text_means_the_same() -> std::io::Result<()> {
    for path in files("err")?.iter().chain(&files("ok")?) {
        let loaded = load(path)?;
        if loaded.model.is_none() {
            continue;
        }
        let again = conf::load_expanded(&loaded.expanded.to_text(), &Host::new()).expect("to_text wrote it");
        assert_eq!(format!("{:?}", again.model), format!("{:?}", loaded.model), "{}", path.display());
        let before: Vec<String> = loaded.plain_lines().collect();
        for line in again.plain_lines() {
            assert!(before.contains(&line), "{}: {line}", path.display());
        }
    }
    Ok(())
}

/// Passwords are in no message, however wrong the lines around them are.
#[test]
fn secrets_stay_secret() -> std::io::Result<()> {
    for path in files("err")?.iter().chain(&files("ok")?) {
        assert!(!said(&load(path)?).contains("s3cret"), "{}", path.display());
    }
    Ok(())
}

/// Codes that no text alone can show, and where they are tested instead.
const SHOWN_ELSEWHERE: [(u16, &str); 2] = [
    (101, "the file itself is missing: `conf::preprocess::tests`"),
    (103, "a directory or an executable file among those that are included: `conf::preprocess::tests`"),
];

/// Every code is shown by a file here, so that nobody has to imagine what it looks like.
#[test]
fn every_code_is_shown() -> std::io::Result<()> {
    let mut shown = String::new();
    for path in files("err")? {
        shown.push_str(&fs::read_to_string(path.with_extension("expected"))?);
    }
    // Advice is only given where it is wanted; `tests/advice.rs` shows it.
    for code in conf::diag::code::all().filter(|code| code.number <= 1000) {
        let is_shown = shown.contains(&format!("[{code}]"));
        let elsewhere = SHOWN_ELSEWHERE.iter().any(|(number, _)| *number == code.number);
        assert!(is_shown != elsewhere, "{code} {}: shown {is_shown}, listed {elsewhere}", code.title);
    }
    Ok(())
}
