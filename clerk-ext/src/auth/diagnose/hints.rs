use crate::auth::Reason;

impl Reason {
    /// What to do about it, where it is a known one; for developers, not for users.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        if self.as_str().starts_with("session-token-expired-refresh-") {
            return Some(
                "nothing if a page was asked for, which goes to Clerk for a new token; a script has to fetch a fresh token before each request",
            );
        }
        HINTS.iter().find(|(reason, _)| reason == self).map(|(_, hint)| *hint)
    }
}

const HINTS: &[(Reason, &str)] = &[
    (
        Reason::TOKEN_EXPIRED,
        "fetch a fresh token for each request; if it should not be over yet, set the clock of this machine",
    ),
    (Reason::TOKEN_INVALID, "see that the whole token is sent, that it is one of Clerk, and that it was not revoked"),
    (Reason::TOKEN_INVALID_ALGORITHM, "send a token that Clerk signed: it uses RS256, RS384 and RS512 only"),
    (
        Reason::TOKEN_INVALID_AUTHORIZED_PARTIES,
        "add the origin of your front end to the authorized parties, scheme and port included, if it is yours",
    ),
    (Reason::TOKEN_INVALID_ISSUER, "see that the front end uses the publishable key of this instance"),
    (
        Reason::TOKEN_INVALID_SIGNATURE,
        "see that front end and server use keys of one instance; after a change of keys, sign in anew",
    ),
    (Reason::TOKEN_NOT_ACTIVE_YET, "set the clock of this machine: it is behind that of Clerk"),
    (Reason::TOKEN_IAT_IN_THE_FUTURE, "set the clock of this machine: it is behind that of Clerk"),
    (
        Reason::TOKEN_VERIFICATION_FAILED,
        "look at the message: a claim is not as it has to be, a machine's token is over, or its key could not be had",
    ),
    (
        Reason::SECRET_KEY_INVALID,
        "copy the secret key of this instance from the dashboard: the one in use is not taken",
    ),
    (Reason::JWK_LOCAL_MISSING, "give CLERK_JWT_KEY the public key from the dashboard, or leave it unset"),
    (
        Reason::JWK_REMOTE_FAILED_TO_LOAD,
        "see that this machine reaches the Backend API; with CLERK_JWT_KEY set, tokens are checked without",
    ),
    (Reason::JWK_REMOTE_INVALID, "see that CLERK_API_URL is that of Clerk: its key set has a key that is none"),
    (Reason::JWK_REMOTE_MISSING, "see that CLERK_API_URL is that of Clerk: its key set is empty"),
    (Reason::JWK_FAILED_TO_RESOLVE, "set CLERK_SECRET_KEY, or CLERK_JWT_KEY"),
    (
        Reason::JWK_KID_MISMATCH,
        "see that front end and server use keys of one instance: the token is of another one, or of a key that was taken out",
    ),
    (
        Reason::CLIENT_UAT_BUT_NO_SESSION_TOKEN,
        "nothing for a page; if it is a script that asks, see that it sends cookies to this origin or a bearer token",
    ),
    (
        Reason::DEV_BROWSER_MISSING,
        "nothing for a page, which goes to Clerk first; a development instance needs cookies for what scripts ask",
    ),
    (Reason::DEV_BROWSER_SYNC, "nothing: the page goes to Clerk and comes back"),
    (Reason::PRIMARY_RESPONDS_TO_SYNCING, "nothing: the page goes back to the satellite that asked"),
    (Reason::PRIMARY_DOMAIN_CROSS_ORIGIN_SYNC, "nothing: the page goes to Clerk and comes back"),
    (
        Reason::SATELLITE_NEEDS_SYNCING,
        "nothing for a page; if it never ends, see that domain and sign-in address of the satellite are right",
    ),
    (Reason::SESSION_TOKEN_AND_UAT_MISSING, "sign in; if somebody is signed in, see that cookies reach this server"),
    (Reason::SESSION_TOKEN_MISSING, "sign in: Clerk knows of no session in this browser"),
    (Reason::SESSION_TOKEN_EXPIRED, "fetch a fresh token for each request"),
    (
        Reason::SESSION_TOKEN_IAT_BEFORE_CLIENT_UAT,
        "nothing for a page; a script has to fetch a fresh token after somebody signed in or out",
    ),
    (Reason::SESSION_TOKEN_NBF, "set the clock of this machine: it is behind that of Clerk"),
    (Reason::SESSION_TOKEN_IAT_IN_THE_FUTURE, "set the clock of this machine: it is behind that of Clerk"),
    (
        Reason::SESSION_TOKEN_BUT_NO_CLIENT_UAT,
        "nothing for a page; if it stays, see that no proxy drops the cookie __client_uat",
    ),
    (
        Reason::ACTIVE_ORGANIZATION_MISMATCH,
        "nothing for a page; see that the patterns of the organization sync fit your addresses if it never ends",
    ),
    (
        Reason::TOKEN_TYPE_MISMATCH,
        "send a token of a kind that is accepted here, or accept this one too; tokens of JWT templates sign in nowhere",
    ),
    (Reason::NO_TOKEN_IN_HEADER, "send the token as `Authorization: Bearer`, with this capital letter"),
    (Reason::UNEXPECTED_ERROR, "look at the message and its cause: it says nothing about the token"),
];
