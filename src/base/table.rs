//! A vector that only its own kind of index can look into.

use std::marker::PhantomData;

/// An index: a position and nothing else.
pub trait Key: Copy {
    /// How many entries this kind of index can tell apart.
    const LIMIT: usize;
    /// The index of `position`, if it is below the limit.
    fn from_position(position: usize) -> Option<Self>;
    /// The position.
    fn position(self) -> usize;
}

/// Entries that are made once, in order, and never removed: an index handed out stays good.
#[derive(Clone, Debug)]
pub struct Table<K, T> {
    entries: Vec<T>,
    key: PhantomData<fn(K)>,
}

impl<K: Key, T> Table<K, T> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Table<K, T> {
        Table { entries: Vec::new(), key: PhantomData }
    }

    /// Appends an entry and tells its index.
    ///
    /// # Errors
    /// Gives the entry back if the index cannot count that far.
    pub fn push(&mut self, entry: T) -> Result<K, T> {
        let Some(key) = K::from_position(self.entries.len()) else { return Err(entry) };
        self.entries.push(entry);
        Ok(key)
    }

    /// The entries, in order.
    pub fn into_values(self) -> impl ExactSizeIterator<Item = T> {
        self.entries.into_iter()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of an index that may come from elsewhere.
    #[must_use]
    pub fn get(&self, key: K) -> Option<&T> {
        self.entries.get(key.position())
    }

    /// As [`get`](Self::get), to change it.
    #[must_use]
    pub fn get_mut(&mut self, key: K) -> Option<&mut T> {
        self.entries.get_mut(key.position())
    }

    /// The entry of an index that this table, or one made from it entry by entry, handed out.
    ///
    /// # Panics
    /// If the index is of a longer table.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "entries are never removed, so an index stays good")]
    pub fn at(&self, key: K) -> &T {
        &self.entries[key.position()]
    }

    /// As [`at`](Self::at), to change it.
    ///
    /// # Panics
    /// If the index is of a longer table.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "entries are never removed, so an index stays good")]
    pub fn at_mut(&mut self, key: K) -> &mut T {
        &mut self.entries[key.position()]
    }

    /// Every entry in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.entries.iter()
    }

    /// Every entry in order, to change it.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> {
        self.entries.iter_mut()
    }

    /// Every index in order.
    pub fn keys(&self) -> impl Iterator<Item = K> + use<K, T> {
        (0..self.entries.len()).map_while(K::from_position)
    }

    /// Every index with its entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &T)> {
        self.keys().zip(&self.entries)
    }
}

impl<K: Key, T> Default for Table<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Collects entries up to the limit of the index; the rest is dropped, so check the length of long sources first.
impl<K: Key, T> FromIterator<T> for Table<K, T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Table { entries: entries.into_iter().take(K::LIMIT).collect(), key: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::InstanceId;

    #[test]
    fn indices_are_handed_out_in_order_and_stay_good() {
        let mut table: Table<InstanceId, &str> = Table::new();
        let first = table.push("a").unwrap();
        let second = table.push("b").unwrap();
        *table.at_mut(first) = "c";
        assert_eq!((*table.at(first), *table.at(second)), ("c", "b"));
        assert_eq!(table.keys().collect::<Vec<_>>(), [first, second]);
        assert_eq!(table.get(InstanceId::new(2)), None);
    }

    #[test]
    fn a_full_table_gives_the_entry_back() {
        let mut table: Table<InstanceId, u32> = (0..70_000).collect();
        assert_eq!(table.len(), 65_536);
        assert_eq!(table.push(7), Err(7));
    }
}
