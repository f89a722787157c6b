//! Real configurations from public repositories, judged by us and by keepalived 2.4.3.
//!
//! The files belong to others and are not part of this package. A folder `corpus` beside the package (or in a neighbour of it),
//! or the one that `KEEPALIVED_CORPUS` names, holds `labels.tsv` (the exit status of `keepalived -t` for each file),
//! `real/NNN.conf` and `messages/NNN.txt` (what it printed). Without it the tests say so and pass.
//!
//! What the C program saw is told to our checker through its environment: the interfaces that existed stand in the
//! message file, every program was an executable file of root, and there was no user `keepalived_script`.

#![expect(clippy::print_stdout, reason = "the numbers are what one wants to see of this test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use keepalived::base::time::Span;
use keepalived::conf::diag::{Class, Diagnostic, Severity};
use keepalived::conf::env::{
    Env, FileSystem, Inspection, Names, Obstacle, Presence, Pretend, Secret, StepKind, root_file,
};
use keepalived::conf::model::RunAs;
use keepalived::conf::source::Memory;
use keepalived::conf::{self, Loaded};
use keepalived::sys::clock::now;

/// The host on which the C program judged the files: every script that a file names was there, and what every system has.
struct Host {
    machine: Pretend,
    /// The paths that the file names.
    named: Vec<PathBuf>,
}

/// Directories that are links on a system with merged /usr.
const LINKS: [&str; 4] = ["/bin", "/sbin", "/lib", "/lib64"];
/// Directories that every system has; what is in the first ones is there as well.
const PROGRAMS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];
const DIRECTORIES: [&str; 13] = [
    "/", "/etc", "/home", "/opt", "/proc", "/root", "/run", "/sys", "/tmp", "/usr", "/var", "/var/lib",
    "/var/run",
];

/// Where the files lie: nothing else is there.
const FOLDER: &str = "/where/nothing/else/is";

/// The paths in a text, but for those of tracked files.
fn named_paths(text: &str) -> Vec<PathBuf> {
    let line_of_file = |line: &&str| line.split_whitespace().next() != Some("file");
    let separators = |character: char| character.is_whitespace() || "\"'".contains(character);
    let words = text.lines().filter(line_of_file).flat_map(|line| line.split(separators));
    let deep = |path: &PathBuf| path.components().count() > 2;
    words
        .filter(|word| word.starts_with('/') && !word.contains('$'))
        .map(PathBuf::from)
        .filter(deep)
        .collect()
}

impl Host {
    fn new(case: &Case, had: Had) -> Host {
        let interfaces = if had == Had::Nothing { &[][..] } else { &case.interfaces };
        let mut host = Pretend {
            config_id: "judge".into(),
            host_name: "judge".into(),
            interfaces: Some(interfaces.iter().cloned().chain(["lo".to_owned()]).collect()),
            namespaces: Some([].into()),
            hosts: Some(["localhost".to_owned()].into()),
            ..Pretend::default()
        };
        for (name, id) in
            [("daemon", 1), ("bin", 2), ("sys", 3), ("mail", 8), ("www-data", 33), ("nobody", 65_534)]
        {
            host.users.insert(name.into(), RunAs { uid: id, gid: id });
            host.groups.insert(name.into(), id);
        }
        host.groups.insert("nogroup".into(), 65_534);
        host.groups.insert("adm".into(), 4);
        let named = match had {
            Had::Scripts => named_paths(&String::from_utf8_lossy(&case.text)),
            Had::Nothing | Had::Interfaces => Vec::new(),
        };
        Host { machine: host, named }
    }
}

impl Env for Host {
    fn config_id(&self) -> &str {
        self.machine.config_id()
    }
    fn all_config(&self) -> bool {
        self.machine.all_config()
    }
    fn host_name(&self) -> &str {
        self.machine.host_name()
    }
    fn variable(&self, name: &str) -> Option<String> {
        self.machine.variable(name)
    }
    fn seed(&self) -> u64 {
        self.machine.seed()
    }
    fn interfaces(&self) -> Vec<String> {
        self.machine.interfaces()
    }
    fn interface(&self, name: &str) -> Presence {
        self.machine.interface(name)
    }
    fn mtu(&self, name: &str) -> Option<u32> {
        self.machine.mtu(name)
    }
    fn namespace(&self, name: &str) -> Presence {
        self.machine.namespace(name)
    }
    fn cpus(&self) -> Option<u16> {
        self.machine.cpus()
    }
    fn user(&self, name: &str) -> Option<RunAs> {
        self.machine.user(name)
    }
    fn group(&self, name: &str) -> Option<u32> {
        self.machine.group(name)
    }
    fn identity(&self) -> RunAs {
        self.machine.identity()
    }
    fn inspect(&self, path: &Path) -> Result<Inspection, Obstacle> {
        let is_there = DIRECTORIES.iter().any(|directory| path == Path::new(directory))
            || PROGRAMS.iter().any(|directory| path.starts_with(directory))
            || self.named.iter().any(|named| named.starts_with(path));
        if !is_there {
            return Err(Obstacle { at: path.to_owned(), reason: "No such file or directory".into() });
        }
        let mut found = root_file(path);
        for link in LINKS {
            if let Ok(rest) = path.strip_prefix(link) {
                let step = found.steps.iter_mut().find(|step| step.path == Path::new(link));
                step.into_iter().for_each(|step| step.kind = StepKind::Link);
                let real = root_file(&Path::new("/usr").join(&link[1..]).join(rest));
                found.resolved = real.resolved;
                found.steps.extend(real.steps);
            }
        }
        Ok(found)
    }
    fn file_system(&self, directory: &Path) -> Option<FileSystem> {
        let kernel = [("/proc", "proc"), ("/sys", "sysfs")];
        let found = kernel.iter().find(|(root, _)| directory.starts_with(root));
        found.map(|(_, name)| FileSystem { untold: Some(name), read_only: false })
    }
    fn secret(&self, path: &Path) -> Result<Secret, Obstacle> {
        self.machine.secret(path)
    }
    fn resolves(&self, host: &str) -> Presence {
        self.machine.resolves(host)
    }
    fn number_of(&self, names: Names, name: &str) -> Option<u32> {
        self.machine.number_of(names, name)
    }
}

/// What the host had when the C program judged a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Had {
    /// Neither the interfaces nor the scripts that the file names.
    Nothing,
    /// The interfaces.
    Interfaces,
    /// The interfaces and the scripts.
    Scripts,
}

impl Had {
    const ALL: [Had; 3] = [Had::Nothing, Had::Interfaces, Had::Scripts];

    /// The column of `labels.tsv`, and what the part of the message file begins with.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Had::Nothing => ("exit_2.4.3_bare", "=== without interfaces"),
            Had::Interfaces => ("exit_2.4.3_ifs", "=== with interfaces ("),
            Had::Scripts => ("exit_2.4.3_ifs_scripts", "=== with interfaces, stub scripts"),
        }
    }
}

/// What the C program says of a file.
struct Verdict {
    had: Had,
    exit: u8,
    lines: BTreeSet<u32>,
}

/// A file of the corpus.
struct Case {
    id: String,
    group: String,
    text: Vec<u8>,
    interfaces: Vec<String>,
    verdicts: [Verdict; 3],
}

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("KEEPALIVED_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let neighbours = fs::read_dir(beside).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("corpus")));
    named
        .into_iter()
        .chain([beside.join("corpus")])
        .chain(neighbours)
        .find(|folder| folder.join("labels.tsv").is_file())
}

fn cases(folder: &Path) -> std::io::Result<Vec<Case>> {
    let labels = fs::read_to_string(folder.join("labels.tsv"))?;
    let mut lines = labels.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let heading = lines.next().unwrap_or_default();
    let column = |name: &str| heading.iter().position(|column| *column == name).unwrap_or(usize::MAX);
    let (id, group) = (column("id"), column("group"));
    lines
        .map(|fields| {
            let field = |index: usize| fields.get(index).copied().unwrap_or_default().to_owned();
            let messages = fs::read(folder.join(format!("messages/{}.txt", field(id))))?;
            let messages = String::from_utf8_lossy(&messages).into_owned();
            Ok(Case {
                text: fs::read(folder.join(format!("real/{}.conf", field(id))))?,
                id: field(id),
                group: field(group),
                interfaces: interfaces(&messages),
                verdicts: Had::ALL.map(|had| {
                    let (name, heading) = had.names();
                    let exit = field(column(name)).parse().unwrap_or(u8::MAX);
                    Verdict { had, exit, lines: complained_lines(&messages, heading) }
                }),
            })
        })
        .collect()
}

/// The interfaces that existed: those in brackets in the heading of the second part.
fn interfaces(messages: &str) -> Vec<String> {
    let heading = messages.lines().find_map(|line| line.strip_prefix("=== with interfaces ("));
    let names = heading.and_then(|rest| rest.split(')').next()).unwrap_or_default();
    names.split_whitespace().map(str::to_owned).collect()
}

/// The lines that a part of the messages names.
fn complained_lines(messages: &str, heading: &str) -> BTreeSet<u32> {
    let part = messages.split(heading).nth(1).unwrap_or_default();
    let part = part.split("\n=== ").next().unwrap_or_default();
    let number = |line: &str| line.split_once("Line ")?.1.split(')').next()?.parse().ok();
    part.lines().filter(|line| line.starts_with('(')).filter_map(number).collect()
}

/// The lines that we name, primary or not.
fn named_lines(loaded: &Loaded) -> BTreeSet<u32> {
    loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.severity >= Severity::Warning)
        .flat_map(|problem| {
            std::iter::once(&problem.place).chain(problem.related.iter().map(|(place, _)| place))
        })
        .filter_map(|place| place.locate(&loaded.expanded))
        .map(|place| place.line)
        .collect()
}

/// Files on which we differ on purpose, with the reason; `tests/DEVIATIONS.md` sums them up.
fn deviations() -> BTreeMap<&'static str, &'static str> {
    include_str!("corpus/deviations.tsv").lines().filter_map(|line| line.split_once('\t')).collect()
}

/// What is counted.
#[derive(Default)]
struct Score {
    files: usize,
    same_exit: usize,
    lines_named: usize,
    clean: usize,
    clean_with_errors: usize,
}

impl Score {
    fn count(&mut self, compared: &Comparison, verdict: &Verdict) {
        self.files += 1;
        self.same_exit += usize::from(compared.same_exit);
        self.lines_named += usize::from(compared.unnamed.is_empty());
        self.clean += usize::from(verdict.exit == 0);
        self.clean_with_errors += usize::from(verdict.exit == 0 && compared.errors > 0);
    }

    /// Without the scripts the file system was read-only, and a tracked file that cannot be watched is complained about.
    fn assert_good(&self, had: Had) {
        let named = if had == Had::Scripts { 97.0 } else { 96.0 };
        assert!(percent(self.same_exit, self.files) >= 98.0);
        assert!(percent(self.lines_named, self.files) >= named);
        assert!(percent(self.clean_with_errors, self.clean) <= 1.0);
    }

    fn print(&self, name: &str) {
        let share = |part: usize, whole: usize| format!("{part}/{whole} ({:.1} %)", percent(part, whole));
        println!(
            "{name}: exit {}, all lines named {}, errors on clean files {}",
            share(self.same_exit, self.files),
            share(self.lines_named, self.files),
            share(self.clean_with_errors, self.clean)
        );
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 { 100.0 } else { 100.0 * number(part) / number(whole) }
}

/// How we judge a file, compared with the C program.
struct Comparison {
    same_exit: bool,
    unnamed: Vec<u32>,
    errors: usize,
    took: Span,
    loaded: Loaded,
}

impl Comparison {
    fn of(case: &Case, verdict: &Verdict) -> Comparison {
        let name = format!("{FOLDER}/{}.conf", case.id);
        let (files, host) = (Memory::of(&name, case.text.clone()), Host::new(case, verdict.had));
        let start = now();
        let loaded = conf::load(&files, Path::new(&name), &host);
        Comparison {
            same_exit: loaded.exit_class().status() == verdict.exit,
            unnamed: verdict.lines.difference(&named_lines(&loaded)).copied().collect(),
            errors: loaded.diagnostics.count(Severity::Error),
            took: now().since(start),
            loaded,
        }
    }

    /// Whether we agree.
    fn is_fine(&self, verdict: &Verdict) -> bool {
        self.same_exit && self.unnamed.is_empty() && !(verdict.exit == 0 && self.errors > 0)
    }

    fn print(&self, case: &Case, verdict: &Verdict) {
        let ours = self.loaded.exit_class().status();
        println!(
            "{} {} {:?}: {ours} here, {} there; lines not named {:?}",
            case.id, case.group, verdict.had, verdict.exit, self.unnamed
        );
        let counted = |problem: &&Diagnostic| !self.same_exit && problem.class != Class::Silent;
        for problem in self.loaded.diagnostics.iter().filter(counted) {
            println!("    {:?} {} {}", problem.class, problem.code, problem.message);
        }
    }
}

/// The longest that reading a file may take.
const LONGEST: Span = Span::from_secs(1);

#[test]
fn real_files_are_judged_as_the_c_program_judges_them() -> std::io::Result<()> {
    let Some(folder) = corpus() else {
        println!("there is no corpus here; nothing was compared");
        return Ok(());
    };
    let cases = cases(&folder)?;
    println!("{} files in {}", cases.len(), folder.display());
    let verbose = std::env::var_os("VERBOSE").is_some();
    let deviations = deviations();
    let (mut differing, mut slow) = (BTreeSet::new(), Vec::new());
    let mut scores = Had::ALL.map(|had| (had, Score::default(), Score::default()));
    for case in &cases {
        for (verdict, (_, all, users)) in case.verdicts.iter().zip(&mut scores) {
            let compared = Comparison::of(case, verdict);
            all.count(&compared, verdict);
            if case.group == "user" {
                users.count(&compared, verdict);
            }
            if compared.took > LONGEST {
                slow.push((case.id.as_str(), compared.took));
            }
            if !compared.is_fine(verdict) {
                if verdict.had == Had::Scripts {
                    differing.insert(case.id.as_str());
                }
                if verbose {
                    compared.print(case, verdict);
                }
            }
        }
    }
    for (had, all, users) in &scores {
        println!("the host had {had:?}");
        all.print("  all");
        users.print("  user");
    }
    for (had, all, users) in &scores {
        all.assert_good(*had);
        users.assert_good(*had);
    }
    assert!(slow.is_empty(), "{slow:?} took too long");
    let explained: BTreeSet<&str> = deviations.keys().copied().collect();
    let here = |id: &&&str| cases.iter().any(|case| case.id == **id);
    let unexplained: Vec<_> = differing.difference(&explained).collect();
    let outdated: Vec<_> = explained.difference(&differing).filter(here).collect();
    assert!(
        unexplained.is_empty() && outdated.is_empty(),
        "{unexplained:?} differ without a reason, {outdated:?} do not differ"
    );
    Ok(())
}
