//! The memory of the process: what it no longer needs goes back to the kernel (mallopt(3), malloc_trim(3)).
//!
//! Reading a configuration takes several times the memory of what comes of it, and the C library would keep that.
#![expect(unsafe_code, reason = "the C library has no other way to be told")]

/// Large blocks are the kernel's to take back, and there is one heap for all threads. To be called before much is
/// allocated.
pub fn be_modest() {
    #[cfg(target_env = "gnu")]
    {
        /// From this many octets on a block is mapped by itself; without it the limit rises with every one that is freed.
        const MAPPED_FROM: libc::c_int = 128 << 10;
        let wishes = [
            (libc::M_MMAP_THRESHOLD, MAPPED_FROM),
            (libc::M_TRIM_THRESHOLD, MAPPED_FROM),
            (libc::M_ARENA_MAX, 1),
        ];
        for (which, value) in wishes {
            // SAFETY: it only changes how later calls of malloc work. That a wish is refused is no reason to stop.
            let _ = unsafe { libc::mallopt(which, value) };
        }
    }
}

/// Gives back what is free. Takes milliseconds where very much is.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it does not touch what is in use.
    let _ = unsafe { libc::malloc_trim(0) };
}
