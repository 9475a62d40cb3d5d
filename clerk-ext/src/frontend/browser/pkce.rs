use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::{Error, Secret};

use crate::random::Random;

/// How a challenge is made of its verifier; the only way that Clerk takes.
pub(super) const METHOD: &str = "S256";

/// A text that cannot be guessed, fit for a URL.
pub(super) fn random_text<const BYTES: usize>(random: &dyn Random) -> Result<Secret, Error> {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// The secret of a flow, which proves in the end that whoever finishes it is who began it.
pub(super) fn verifier(random: &dyn Random) -> Result<Secret, Error> {
    random_text::<32>(random)
}

/// What the other side is told of the verifier beforehand.
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn the_challenge_is_that_of_the_example_in_the_rfc() {
        let verifier = Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_has_the_length_that_is_asked_for_and_is_another_each_time() {
        let random = SeededRandom::new(1);
        let (one, other) = (verifier(&random).unwrap(), verifier(&random).unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, other);
    }
}
