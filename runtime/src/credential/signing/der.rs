//! As much of DER (X.690) as an RSA public key needs (RFC 8017, appendix A.1.1): `aws-lc-rs` takes it apart itself only with
//! a feature that brings another crate.

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

/// Modulus and exponent, without leading zeros.
pub(super) fn rsa_public_key(der: &[u8]) -> Option<[&[u8]; 2]> {
    let (numbers, []) = element(SEQUENCE, der)? else {
        return None;
    };
    let (modulus, rest) = element(INTEGER, numbers)?;
    let (exponent, []) = element(INTEGER, rest)? else {
        return None;
    };
    Some([modulus, exponent].map(without_leading_zeros))
}

/// What is inside the first element, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..0x80 => (short.into(), rest),
        long => {
            let (digits, rest) = rest.split_at_checked((long & 0x7f).into())?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add((*digit).into())
            });
            (length?, rest)
        }
    };
    let split = rest.split_at_checked(length)?;
    (*found == tag).then_some(split)
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|digit| **digit == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;

    use super::*;

    #[test]
    fn a_key_is_taken_apart() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let [modulus, exponent] = rsa_public_key(pair.public_key().as_ref()).unwrap();
        assert_eq!((modulus.len(), exponent), (256, &[1, 0, 1][..]));
        assert!(modulus[0] >= 0x80, "no zero in front");
    }

    /// What is longer than 127 bytes says how long in so many more: as of RSA with 1024 bits, which no test generates.
    #[test]
    fn a_length_is_read_in_both_forms() {
        let integer = |length: usize| {
            let mut integer = vec![0x02];
            match u8::try_from(length).unwrap() {
                short if short < 0x80 => integer.push(short),
                long => integer.extend([0x81, long]),
            }
            integer.extend(std::iter::repeat_n(7, length));
            integer
        };
        for length in [1, 126, 127, 128, 129, 200] {
            let numbers = [integer(length), integer(3)].concat();
            let size = u16::try_from(numbers.len()).unwrap().to_be_bytes();
            let key = [&[0x30, 0x82][..], &size, &numbers].concat();
            let [modulus, exponent] = rsa_public_key(&key).unwrap();
            assert_eq!((modulus, exponent), (&[7].repeat(length)[..], &[7, 7, 7][..]));
        }
    }

    #[test]
    fn what_is_no_key_is_none_and_no_panic() {
        let good = [0x30, 6, 2, 1, 5, 2, 1, 3];
        assert_eq!(rsa_public_key(&good), Some([&[5][..], &[3][..]]));
        for length in 0..good.len() {
            assert_eq!(rsa_public_key(&good[..length]), None, "{length}");
        }
        for index in 0..good.len() {
            for value in 0..=255 {
                let mut any = good;
                any[index] = value;
                let _ = rsa_public_key(&any);
            }
        }
        assert_eq!(
            rsa_public_key(&[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255]),
            None
        );
        assert_eq!(rsa_public_key(&[0x30, 0xff]), None);
    }
}
