//! Several values to a key, in as little memory as they take: filled once, then only looked up.

/// Keys and their values, sorted by key. The values of one key keep the order in which they came.
#[derive(Clone, Debug)]
pub struct Many<K, V> {
    keys: Box<[K]>,
    values: Box<[V]>,
}

impl<K: Ord, V: PartialEq> Many<K, V> {
    /// From pairs in any order. A value counts once for its key.
    #[must_use]
    pub fn new(mut pairs: Vec<(K, V)>) -> Many<K, V> {
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        let (mut keys, mut values) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
        // Where the values of the current key begin.
        let mut first = 0;
        for (key, value) in pairs {
            if keys.last() != Some(&key) {
                first = values.len();
            }
            if !values.get(first..).is_some_and(|known| known.contains(&value)) {
                keys.push(key);
                values.push(value);
            }
        }
        Many { keys: keys.into(), values: values.into() }
    }

    /// The values of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> &[V] {
        let from = self.keys.partition_point(|known| known < key);
        let behind = self.keys.get(from..).unwrap_or_default();
        let count = behind.iter().take_while(|known| *known == key).count();
        self.values.get(from..from + count).unwrap_or_default()
    }
}

impl<K, V> Default for Many<K, V> {
    fn default() -> Self {
        Many { keys: Box::default(), values: Box::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order_and_count_once() {
        let many = Many::new(vec![(2, 'b'), (1, 'x'), (2, 'a'), (2, 'b'), (1, 'b'), (3, 'b')]);
        assert_eq!(many.get(&2), ['b', 'a']);
        assert_eq!(many.get(&1), ['x', 'b']);
        assert_eq!(many.get(&3), ['b']);
        assert!(many.get(&0).is_empty() && many.get(&4).is_empty());
        assert!(Many::<u8, u8>::default().get(&1).is_empty());
    }
}
