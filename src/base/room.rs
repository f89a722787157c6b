//! How much room an empty queue keeps.

use std::collections::VecDeque;

/// As much as is used again and again, in entries; more at once is a burst.
pub const USUAL: usize = 256;

/// Lets an empty queue give back what only a burst needs.
pub fn give_back<T>(queue: &mut VecDeque<T>) {
    if queue.is_empty() && queue.capacity() > USUAL {
        queue.shrink_to(USUAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_queue_shrinks() {
        let mut queue: VecDeque<u64> = (0..10_000).collect();
        give_back(&mut queue);
        assert_eq!(queue.len(), 10_000);
        queue.clear();
        give_back(&mut queue);
        assert!(queue.capacity() < 2 * USUAL, "{}", queue.capacity());
    }
}
