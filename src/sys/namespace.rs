//! Network namespaces, and a run directory of our own in each (network_namespaces(7), mount_namespaces(7)).

use std::ffi::{CStr, CString};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::ptr;

use nix::sched::{CloneFlags, setns, unshare};

use super::{Attempt, Error};

/// Where ip-netns(8) keeps names of network namespaces.
const NAMED: &str = "/run/netns";

/// Moves this thread, and every process that it starts, to the network namespace of this name.
///
/// # Errors
/// If there is none, or we may not.
pub fn enter(name: &str) -> Result<(), Error> {
    let path = Path::new(NAMED).join(name);
    let file = File::open(&path).attempt("open", format_args!("the network namespace {}", path.display()))?;
    setns(file, CloneFlags::CLONE_NEWNET)
        .attempt("enter", format_args!("the network namespace {name} (it takes CAP_SYS_ADMIN)"))
}

/// Puts a directory of this name in `directory` in its place, for this thread and every process that it starts.
///
/// # Errors
/// If we may not, or the file system is read-only.
pub fn privately(directory: &Path, name: &str) -> Result<(), Error> {
    let own = directory.join(name);
    make_directory(&own)?;
    unshare(CloneFlags::CLONE_NEWNS).attempt("leave", "the mount namespace (it takes CAP_SYS_ADMIN)")?;
    mount(None, Path::new("/"), libc::MS_SLAVE | libc::MS_REC).attempt("make private", "what we mount")?;
    mount(Some(&own), directory, libc::MS_BIND)
        .attempt("mount", format_args!("{} on {}", own.display(), directory.display()))
}

/// Makes a directory that all can read, and those above it.
///
/// # Errors
/// If the file system is read-only, for one.
pub fn make_directory(path: &Path) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o755).create(path);
    // Whatever the mask says.
    made.and_then(|()| fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)))
        .attempt("make", format_args!("the directory {}", path.display()))
}

fn mount(source: Option<&PathBuf>, target: &Path, flags: libc::c_ulong) -> io::Result<()> {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from);
    let source = source.map(|path| text(path)).transpose()?;
    let target = text(target)?;
    let source = source.as_deref().map_or(ptr::null(), CStr::as_ptr);
    #[expect(unsafe_code, reason = "this build of nix does not have mount")]
    // SAFETY: both texts end with a zero and live until the call is over; it needs neither type nor data.
    let result = unsafe { libc::mount(source, target.as_ptr(), ptr::null(), flags, ptr::null()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_that_is_not_there_is_named() {
        let error = enter("no-such-namespace-of-ours").unwrap_err().to_string();
        assert!(error.starts_with("cannot open the network namespace /run/netns/no-such"), "{error}");
    }
}
