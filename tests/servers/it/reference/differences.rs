//! Where the two differ on purpose.

use super::{case::Case, outcome::Outcome};

pub(super) struct Difference {
    pub(super) name: &'static str,
    /// Whether it explains all that is not the same in a case.
    pub(super) explains: fn(&Case, &Outcome, &Outcome) -> bool,
}

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference { name: "a fourth handshake in a row is one too many", explains: loop_guard },
    Difference { name: "a public key is enough to check sessions", explains: public_key_alone },
];

fn loop_guard(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let counted = theirs.headers.iter().any(|(name, value)| {
        let count = value.strip_prefix("__clerk_redirect_count=").and_then(|rest| rest.split(';').next());
        name == "set-cookie" && count.and_then(|count| count.parse::<f64>().ok()).is_some_and(|count| count > 4.0)
    });
    let _ = case;
    counted && theirs.status == "handshake" && ours.status == "signed-out" && theirs.reason == ours.reason
}

fn public_key_alone(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let thrown = theirs.threw.as_ref().is_some_and(|message| message.starts_with("Missing Clerk Secret Key"));
    thrown && case.text("secretKey") == Some("") && case.text("jwtKey").is_some() && ours.threw.is_none()
}
