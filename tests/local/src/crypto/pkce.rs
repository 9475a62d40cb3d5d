//! Proof key for code exchange.

use super::encoding;

/// The S256 challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    encoding::base64url(&encoding::sha256(&[verifier.as_bytes()]))
}

/// Whether the verifier is well formed and belongs to the challenge.
///
/// The only method is `S256`: with `plain`, whoever saw the challenge would have the verifier.
pub(crate) fn verify(verifier: &str, expected: &str, method: &str) -> bool {
    method == "S256" && well_formed(verifier) && encoding::same(challenge(verifier).as_bytes(), expected.as_bytes())
}

fn well_formed(verifier: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_holds() {
        assert_eq!(challenge(VERIFIER), CHALLENGE);
        assert!(verify(VERIFIER, CHALLENGE, "S256"));
    }

    #[test]
    fn another_verifier_challenge_or_method_is_refused() {
        assert!(!verify(&VERIFIER.replace('d', "e"), CHALLENGE, "S256"));
        assert!(!verify(VERIFIER, &CHALLENGE.replace('E', "F"), "S256"));
        assert!(!verify(VERIFIER, "", "S256"));
        for method in ["plain", "s256", ""] {
            assert!(!verify(VERIFIER, CHALLENGE, method));
            assert!(!verify(VERIFIER, VERIFIER, method));
        }
    }

    #[test]
    fn the_verifier_has_43_to_128_unreserved_characters() {
        let accepted = |verifier: &str| verify(verifier, &challenge(verifier), "S256");
        assert!(accepted(&"a".repeat(43)));
        assert!(accepted(&"~".repeat(128)));
        assert!(!accepted(&"a".repeat(42)));
        assert!(!accepted(&"a".repeat(129)));
        assert!(!accepted(&"+".repeat(43)));
        assert!(!accepted(&"é".repeat(43)));
    }
}
