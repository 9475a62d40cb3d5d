//! Backup codes.

use super::ids;

/// Thirty-two characters, so that five bits choose one; without those that are misread for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ten different codes of eight characters.
pub(crate) fn backup_codes() -> Vec<String> {
    let mut codes: Vec<String> = Vec::with_capacity(10);
    while codes.len() < 10 {
        let code = ids::random_bytes::<8>().iter().map(|byte| letter(*byte)).collect();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

fn letter(byte: u8) -> char {
    ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_ten_different_codes_of_eight_characters() {
        let codes = backup_codes();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
        assert!(codes.iter().all(|code| code.len() == 8 && code.bytes().all(|byte| ALPHABET.contains(&byte))));
        assert_ne!(codes, backup_codes());
    }
}
