//! A few of what belongs at the same place.

/// How many are remembered at each place. With one, some of what is usual in most captures would belong at the same
/// place and drive each other out; and which, the addresses of this run would decide.
pub const ABREAST: usize = 4;

/// A few things, of which the one that was used last stays whatever comes.
#[derive(Debug)]
pub struct Abreast<T> {
    all: [Option<T>; ABREAST],
    /// Which was used last: a new one takes the place of the one behind it.
    used: usize,
}

impl<T> Default for Abreast<T> {
    /// None yet.
    fn default() -> Self {
        Self {
            all: [const { None }; ABREAST],
            used: 0,
        }
    }
}

impl<T> Abreast<T> {
    /// The one that is wanted, where it is remembered here.
    #[inline]
    pub fn find(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<&T> {
        let is_it = |one: &Option<T>| one.as_ref().is_some_and(&is_wanted);
        let index = self.all.iter().position(is_it)?;
        self.used = index;
        self.all.get(index)?.as_ref()
    }

    /// The place for a new one, which is used from now on; in it there may be one that was not used last.
    pub fn place_for_new(&mut self) -> &mut Option<T> {
        self.used = (self.used + 1) % ABREAST;
        &mut self.all[self.used]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_stand_abreast_stay_remembered_in_whatever_order_they_are_used() {
        let mut abreast = Abreast::default();
        (0..ABREAST).for_each(|number| *abreast.place_for_new() = Some(number));
        for round in 0..3 {
            for number in 0..ABREAST {
                let wanted = (number * 3 + round) % ABREAST;
                assert_eq!(abreast.find(|found| *found == wanted), Some(&wanted));
            }
        }
    }

    #[test]
    fn one_more_drives_out_another_than_the_one_that_was_used_last() {
        let mut abreast = Abreast::default();
        (0..ABREAST).for_each(|number| *abreast.place_for_new() = Some(number));
        for new in ABREAST..5 * ABREAST {
            let used = abreast.find(|found| found % 2 == new % 2).copied();
            *abreast.place_for_new() = Some(new);
            assert_eq!(abreast.find(|found| Some(*found) == used), used.as_ref());
            assert_eq!(abreast.find(|found| *found == new), Some(&new));
        }
    }
}
