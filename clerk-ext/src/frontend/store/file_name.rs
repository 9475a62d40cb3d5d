use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

/// What files of credentials begin with: no other file of the store does, and no name that Windows reserves.
const PREFIX: &str = "clerk-";
/// File systems stop at 255 bytes.
const LONGEST: usize = 160;

/// The file for a name: the same name gives the same file, different names different ones, on every file system.
///
/// Capitals are escaped too, since some file systems take them for small letters; so are dots, which would hide files or
/// be dropped at the end. What gets too long ends in a digest instead, after a sign that escaping never leaves.
pub(super) fn file_name(name: &str) -> String {
    let mut file = PREFIX.to_owned();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => file.push(char::from(byte)),
            _ => push_hex(&mut file, "%", byte),
        }
    }
    if file.len() > LONGEST {
        file.truncate(LONGEST);
        file.push('+');
        digest(&SHA256, name.as_bytes()).as_ref().iter().for_each(|byte| push_hex(&mut file, "", *byte));
    }
    file
}

fn push_hex(text: &mut String, before: &str, byte: u8) {
    // Writing to a string does not fail.
    let _ = write!(text, "{before}{byte:02x}");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_can_be_recognised_in_its_file() {
        assert_eq!(file_name("clerk.example.com_token"), "clerk-clerk%2eexample%2ecom_token");
        assert_eq!(file_name(""), "clerk-");
    }

    #[test]
    fn no_two_names_share_a_file_even_where_capitals_do_not_count() {
        let long = "a".repeat(500);
        let (longer, other) = (format!("{long}a"), format!("{long}b"));
        let names = ["", "a", "A", "%41", "a/b", "a%2fb", "a\\b", "..", ".", "con", "ä", &long, &longer, &other];
        let files: HashSet<_> = names.iter().map(|name| file_name(name).to_lowercase()).collect();
        assert_eq!(files.len(), names.len());
    }

    proptest! {
        #[test]
        fn a_file_name_is_one_plain_word_of_bounded_length(name in ".{0,120}") {
            let file = file_name(&name);
            prop_assert!(file.len() <= 255);
            prop_assert!(file.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'%' | b'+')));
        }
    }
}
