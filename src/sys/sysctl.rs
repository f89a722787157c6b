//! Settings of the kernel below `/proc/sys` (sysctl(8)) that are changed for a time, and put back afterwards.
//!
//! What a setting was before is written down before it is changed, where it survives a process that is killed: whoever
//! comes next puts it back. A setting that somebody else has changed since is left alone.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Attempt, Error, record};

/// Where settings are.
const ROOT: &str = "/proc/sys";

/// Nothing arrives there from anybody else.
const LOOPBACK: &str = "lo";

/// A setting, by its path below `/proc/sys`: `net/ipv4/conf/eth0/arp_ignore`. An interface is a part of its own, so its
/// name may have dots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting(Box<str>);

impl Setting {
    /// The setting at this path below `/proc/sys`.
    #[must_use]
    pub fn new(path: &str) -> Setting {
        Setting(path.into())
    }

    fn file(&self) -> PathBuf {
        Path::new(ROOT).join(&*self.0)
    }

    /// Its value, without the line end.
    ///
    /// # Errors
    /// If there is no such setting, as when its interface is gone.
    pub fn read(&self) -> Result<Box<str>, Error> {
        let text = fs::read_to_string(self.file()).attempt("read the setting", self)?;
        Ok(text.trim_end().into())
    }

    /// Changes it for good.
    ///
    /// # Errors
    /// If there is no such setting, or the kernel refuses the value, or everybody (a read-only `/proc/sys`).
    pub fn write(&self, value: &str) -> Result<(), Error> {
        fs::write(self.file(), value).attempt("change the setting", self)
    }
}

/// As sysctl(8) shows it.
impl fmt::Display for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What a setting was, and what we made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    before: Box<str>,
    now: Box<str>,
}

/// Settings that have been changed and are to be put back.
#[derive(Debug)]
pub struct Sysctls {
    /// Where that is written down.
    record: PathBuf,
    changes: BTreeMap<Setting, Change>,
}

impl Sysctls {
    /// Those of a process that was killed, as they are written down in `record`; none if there is no such file. Hands over why
    /// one that is there cannot be read.
    pub fn open(record: &Path, complain: impl FnOnce(&Error)) -> Sysctls {
        let text = record::read(record).inspect_err(complain).unwrap_or_default();
        let changes = text.lines().filter_map(|line| {
            let mut words = line.split('\t');
            let (setting, before, now) = (words.next()?, words.next()?, words.next()?);
            Some((Setting::new(setting), Change { before: before.into(), now: now.into() }))
        });
        Sysctls { record: record.to_owned(), changes: changes.collect() }
    }

    /// Changes a setting until [`restore`](Self::restore). What it was counts only the first time; one that has the
    /// value already is not touched, then or later.
    ///
    /// # Errors
    /// As [`Setting::write`]; nothing is changed if it cannot be written down what was there.
    pub fn set(&mut self, setting: &Setting, value: &str) -> Result<(), Error> {
        let there = setting.read()?;
        if *there == *value {
            return Ok(());
        }
        let before = self.changes.get(setting).map_or(there, |known| known.before.clone());
        self.changes.insert(setting.clone(), Change { before, now: value.into() });
        self.write_down()?;
        setting.write(value)
    }

    /// Puts a setting back, if it was changed and nobody else has changed it since. One that is gone with its interface
    /// is no error.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn restore(&mut self, setting: &Setting) -> Result<(), Error> {
        let Some(change) = self.changes.remove(setting) else { return Ok(()) };
        let result = match setting.read() {
            Ok(there) if there == change.now => setting.write(&change.before),
            Ok(_) => Ok(()),
            Err(error) if error.source().kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        self.write_down()?;
        result
    }

    /// Gives what is set for all interfaces of `folder` to each of them, and to those to come, and sets it to 0 for all: it
    /// stays in force where it was, and single interfaces can be excepted. Nothing is done if it is 0.
    ///
    /// # Errors
    /// As [`set`](Self::set), for the first that cannot be changed.
    pub fn spread(&mut self, folder: &str, name: &str) -> Result<(), Error> {
        let of = |interface: &str| Setting::new(&format!("{folder}/{interface}/{name}"));
        let number = |setting: &Setting| setting.read().map(|text| text.parse().unwrap_or(0u32));
        let common = number(&of("all"))?;
        if common == 0 {
            return Ok(());
        }
        let interfaces = fs::read_dir(Path::new(ROOT).join(folder)).attempt("list", folder)?;
        for interface in interfaces.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
            let setting = of(&interface);
            // One that goes meanwhile does not matter.
            let apart = matches!(interface.as_str(), "all" | LOOPBACK);
            if !apart && number(&setting).is_ok_and(|own| own < common) {
                self.set(&setting, &common.to_string())?;
            }
        }
        self.set(&of("all"), "0")
    }

    /// Takes that back.
    ///
    /// # Errors
    /// As [`restore`](Self::restore), for the first that cannot be put back.
    pub fn gather(&mut self, folder: &str, name: &str) -> Result<(), Error> {
        let (start, end) = (format!("{folder}/"), format!("/{name}"));
        let spread = |setting: &&Setting| setting.0.starts_with(&start) && setting.0.ends_with(&end);
        let changed: Vec<Setting> = self.changes.keys().filter(spread).cloned().collect();
        // That of all comes first: an interface is never checked less than before.
        changed.iter().map(|setting| self.restore(setting)).fold(Ok(()), Result::and)
    }

    /// What was changed, and what it was before.
    #[must_use]
    pub fn before(&self) -> BTreeMap<Setting, Box<str>> {
        self.changes.iter().map(|(setting, change)| (setting.clone(), change.before.clone())).collect()
    }

    /// Puts everything back; tells what could not be.
    pub fn restore_all(&mut self) -> Vec<Error> {
        let settings: Vec<Setting> = self.changes.keys().cloned().collect();
        settings.iter().filter_map(|setting| self.restore(setting).err()).collect()
    }

    fn write_down(&self) -> Result<(), Error> {
        let line = |(setting, change): (&Setting, &Change)| {
            format!("{setting}\t{}\t{}\n", change.before, change.now)
        };
        let text: String = self.changes.iter().map(line).collect();
        record::write(&self.record, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    /// A setting of the network namespace that only this process has.
    fn alone(test: impl FnOnce(&Path) + Send + 'static) {
        let thread = std::thread::spawn(|| {
            if nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).is_err() {
                // Without the permission there is nothing to be tried; the namespace tests have it.
                return;
            }
            let Scratch(record) = &Scratch::new(&format!("sysctl-{:?}", std::thread::current().id()));
            test(record);
        });
        thread.join().unwrap();
    }

    fn setting() -> Setting {
        Setting::new("net/ipv4/conf/lo/promote_secondaries")
    }

    #[test]
    fn what_was_changed_is_put_back_also_by_a_successor() {
        alone(|record| {
            setting().write("0").unwrap();
            let mut sysctls = Sysctls::open(record, |error| panic!("{error}"));
            sysctls.set(&setting(), "1").unwrap();
            sysctls.set(&setting(), "1").unwrap();
            assert_eq!(&*setting().read().unwrap(), "1");
            drop(sysctls);
            let mut successor = Sysctls::open(record, |error| panic!("{error}"));
            successor.set(&setting(), "1").unwrap();
            assert!(successor.restore_all().is_empty());
            assert_eq!(&*setting().read().unwrap(), "0");
            assert!(!record.exists(), "nothing is left");
        });
    }

    #[test]
    fn what_is_set_for_all_goes_to_each_and_comes_back() {
        alone(|record| {
            let of = |interface: &str| Setting::new(&format!("net/ipv4/conf/{interface}/rp_filter"));
            let values =
                || ["all", "default", "lo"].map(|interface| of(interface).read().unwrap().to_string());
            for (interface, value) in [("all", "2"), ("default", "0"), ("lo", "1")] {
                of(interface).write(value).unwrap();
            }
            let mut sysctls = Sysctls::open(record, |error| panic!("{error}"));
            sysctls.spread("net/ipv4/conf", "rp_filter").unwrap();
            assert_eq!(values(), ["0", "2", "1"]);
            // A successor that finds it so does it no second time, and can still take it back.
            let mut successor = Sysctls::open(record, |error| panic!("{error}"));
            successor.spread("net/ipv4/conf", "rp_filter").unwrap();
            successor.gather("net/ipv4/conf", "rp_filter").unwrap();
            assert_eq!(values(), ["2", "0", "1"]);
        });
    }

    #[test]
    fn what_somebody_else_has_changed_since_is_left_alone() {
        alone(|record| {
            let setting = Setting::new("net/ipv4/conf/lo/arp_ignore");
            let mut sysctls = Sysctls::open(record, |error| panic!("{error}"));
            sysctls.set(&setting, "1").unwrap();
            setting.write("2").unwrap();
            sysctls.restore(&setting).unwrap();
            assert_eq!(&*setting.read().unwrap(), "2");
        });
    }

    #[test]
    fn a_setting_that_has_the_value_is_nobodys() {
        alone(|record| {
            setting().write("1").unwrap();
            let mut sysctls = Sysctls::open(record, |error| panic!("{error}"));
            sysctls.set(&setting(), "1").unwrap();
            assert!(!record.exists());
            sysctls.restore(&setting()).unwrap();
            assert_eq!(&*setting().read().unwrap(), "1");
        });
    }

    #[test]
    fn a_setting_of_an_interface_that_is_gone_is_no_trouble() {
        alone(|record| {
            let gone = Setting::new("net/ipv4/conf/nowhere/arp_ignore");
            let mut sysctls = Sysctls::open(record, |error| panic!("{error}"));
            assert!(sysctls.set(&gone, "1").unwrap_err().to_string().contains("nowhere/arp_ignore"));
            sysctls.changes.insert(gone.clone(), Change { before: "0".into(), now: "1".into() });
            sysctls.restore(&gone).unwrap();
        });
    }
}
