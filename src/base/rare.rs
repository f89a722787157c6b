//! Something that most of its owners never need: it takes the room of a pointer until it is changed.

/// A value that is its default until it is changed for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare<T>(Option<Box<T>>);

impl<T: Default> Rare<T> {
    /// A value.
    #[must_use]
    pub fn new(value: T) -> Rare<T> {
        Rare(Some(Box::new(value)))
    }

    /// The value, if it has ever been changed.
    #[must_use]
    pub fn changed(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// The value, to be changed.
    pub fn edit(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T: Default + Copy> Rare<T> {
    /// The value.
    #[must_use]
    pub fn get(&self) -> T {
        self.changed().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_its_default_until_it_is_changed() {
        let mut rare: Rare<u64> = Rare::default();
        assert_eq!((rare.get(), rare.changed()), (0, None));
        *rare.edit() += 3;
        assert_eq!((rare.get(), rare.changed()), (3, Some(&3)));
        assert_eq!(size_of::<Rare<[u64; 18]>>(), size_of::<usize>());
    }
}
