//! Unified social credit codes of enterprises that do not exist, with check characters that hold.

use primitives::credit_code::{ALPHABET, check_character};

/// Distinct organisation numbers of eight characters.
const ORGANISATIONS: u128 = 31_u128.pow(8);

/// The code of the enterprise with a number of its own; `region` is where it was first registered.
///
/// Enterprises of the city take even numbers, counterparties outside odd ones: no two share a code.
pub(crate) fn credit_code(region: u32, number: u64, seed: u64) -> [u8; 18] {
    // An affine map with a multiplier that 31 does not divide never meets itself.
    let offset = u128::from(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 20);
    let mut rest = (u128::from(number) * 360_287_970_189 + offset) % ORGANISATIONS;
    let mut code = *b"910000000000000000";
    for (place, digit) in (2..8).zip((0..6).rev()) {
        code[place] = b'0' + (region / 10_u32.pow(digit) % 10) as u8;
    }
    for place in (8..16).rev() {
        code[place] = ALPHABET[(rest % 31) as usize];
        rest /= 31;
    }
    code[16] = organisation_check(&code[8..16]);
    let first_17 = std::str::from_utf8(&code[..17]).expect("letters and digits");
    code[17] = check_character(first_17).expect("digits for the region, the alphabet for the rest") as u8;
    code
}

/// The code as text.
pub(crate) fn text(code: &[u8; 18]) -> &str {
    std::str::from_utf8(code).expect("letters and digits")
}

/// The check character of the organisation code (GB 11714): weights 3 7 9 10 5 8 4 2, modulo 11.
fn organisation_check(characters: &[u8]) -> u8 {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let value = |c: u8| if c.is_ascii_digit() { u32::from(c - b'0') } else { u32::from(c - b'A') + 10 };
    let sum: u32 = characters.iter().zip(WEIGHTS).map(|(&c, w)| value(c) * w).sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_real_bodies_pass_and_made_ones_differ() {
        for real in ["11500000009276281J", "11500222009311999A", "91130600738737199K"] {
            assert_eq!(check_character(&real[..17]).map(|c| c as u8), Ok(real.as_bytes()[17]), "{real}");
        }
        let mut seen = std::collections::BTreeSet::new();
        for i in 0..20_000 {
            let code = credit_code(500_103, i, 7);
            assert_eq!(Ok(char::from(code[17])), check_character(&text(&code)[..17]));
            assert!(text(&code).starts_with("91500103"));
            seen.insert(code);
        }
        assert_eq!(seen.len(), 20_000);
        // Of a real organisation code: 73873719-9 in 91130600 73873719 9 K.
        assert_eq!(organisation_check(b"73873719"), b'9');
    }
}
