//! The smallest part of an input for which a check still fails: pieces are left out, large ones first.

/// Enough for the inputs here; an input that is not the smallest is good enough.
const MOST_ATTEMPTS: usize = 5_000;

pub(crate) fn smallest(input: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut smallest = input.to_vec();
    let mut attempts = 0;
    let mut length = smallest.len().div_ceil(2);
    while length > 0 {
        let mut start = 0;
        let before = smallest.len();
        while start < smallest.len() && attempts < MOST_ATTEMPTS {
            let mut smaller = smallest.clone();
            smaller.drain(start..smallest.len().min(start + length));
            attempts += 1;
            if fails(&smaller) {
                smallest = smaller;
            } else {
                start += length;
            }
        }
        // Once more, where one byte was in the way of another.
        let again = length == 1 && smallest.len() < before && attempts < MOST_ATTEMPTS;
        length = if again { 1 } else { length / 2 };
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let has_both = |input: &[u8]| input.contains(&b'x') && input.contains(&b'y');
        assert_eq!(smallest(b"aaaaaaaxaaaaaaaaaaayaaaa", has_both), b"xy");
        assert_eq!(smallest(b"abc", |_| true), b"");
        assert_eq!(smallest(b"abc", |input| input == b"abc"), b"abc");
    }

    #[test]
    fn it_ends() {
        let long = vec![b'a'; 1 << 16];
        let mut asked = 0;
        smallest(&long, |input| {
            asked += 1;
            input.len() > 60_000
        });
        assert!(asked <= MOST_ATTEMPTS, "{asked}");
    }
}
