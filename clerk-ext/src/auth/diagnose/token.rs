use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::{Json, JsonMap, Timestamp};

use super::{
    looks::Looks,
    text::printable,
    token_report::{ClaimReport, TokenReport, Verdict},
};
use crate::auth::{
    Clerk, Machine, Reason, Session, TokenError, TokenType, jwt::Jwt, machine::machine_token_type,
    request::is_of_other_kind, verify::millis,
};
use crate::finding::{Finding, Severity};

/// Claims whose values are ids, issuers or origins. Those of organizations are inside of `o` in the newer form.
const SHOWN: [&str; 8] = ["iss", "sub", "sid", "azp", "jti", "org_id", "client_id", "v"];

/// Claims that are times, and have fields of their own in the report.
const TIMES: [&str; 3] = ["iat", "nbf", "exp"];

/// What was found to be good.
enum Known {
    Session(Session),
    Machine(Box<Machine>),
}

impl Clerk {
    /// Says what a token is, what it claims, until when it is good, and why it does not count if it does not.
    ///
    /// It is checked like the bearer token of a request would be, whatever kinds this `Clerk` accepts; that may take a
    /// request to Clerk.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let report = clerk.explain_token(token.expose()).await;
    /// assert!(report.expires_at.is_some() && report.finding("token-expired").is_none());
    ///
    /// let report = clerk.explain_token(local.secret_key().expose()).await;
    /// println!("{report}"); // a secret key, which is no token and should be nowhere but on a server
    /// assert!(!report.findings.is_empty());
    /// # Ok(()) }
    /// ```
    pub async fn explain_token(&self, token: &str) -> TokenReport {
        let jwt = Jwt::read(token).ok();
        let looks = Looks::of(token, jwt.as_ref());
        let verified = self.verify_whatever_it_is(token).await;
        let mut report = TokenReport {
            made_at: Timestamp::from_millis(millis(self.now())),
            looks,
            is_jwt: jwt.is_some(),
            algorithm: jwt.as_ref().and_then(|jwt| algorithm(jwt)),
            key_id: jwt.as_ref().and_then(Jwt::key_id).map(printable),
            issued_at: None,
            not_before: None,
            expires_at: None,
            claims: Vec::new(),
            verdict: match &verified {
                Ok(_) => Verdict::Good,
                Err(error) if error.is_outage() => Verdict::Unknown,
                Err(_) => Verdict::Refused,
            },
            findings: Vec::new(),
        };
        match (&jwt, &verified) {
            (Some(jwt), _) => say_claims(&mut report, jwt.payload.all()),
            (None, Ok(Known::Machine(machine))) => say_machine(&mut report, machine),
            (None, _) => {}
        }
        match &verified {
            Ok(known) => self.remark(&mut report, known),
            Err(error) => {
                let mut finding = self.explain_error(error);
                if let Some(hint) = looks.hint() {
                    hint.clone_into(&mut finding.what_to_do);
                }
                report.findings.push(finding);
            }
        }
        report
    }

    /// As requests are checked: tokens of templates and the like are good as tokens, and sign nobody in.
    async fn verify_whatever_it_is(&self, token: &str) -> Result<Known, TokenError> {
        if machine_token_type(token).is_some() {
            return self.verify_machine_token(token).await.map(|machine| Known::Machine(Box::new(machine)));
        }
        let session = self.verify_token(token).await?;
        if is_of_other_kind(&Jwt::read(token)?) {
            let message =
                "the token is signed by this instance and good, but not as a session's: no request is signed in by it";
            return Err(TokenError::new(Reason::TOKEN_TYPE_MISMATCH, message));
        }
        Ok(Known::Session(session))
    }

    fn remark(&self, report: &mut TokenReport, known: &Known) {
        let kind = match known {
            Known::Session(_) => TokenType::Session,
            Known::Machine(machine) => machine.token_type(),
        };
        let settings = &self.inner().settings;
        if !settings.accepts.accepts(kind) {
            report.findings.push(Finding::new(
                Severity::Warning,
                Reason::TOKEN_TYPE_MISMATCH.as_str().to_owned(),
                format!("the token is good, and requests with a token of the kind {kind} are not accepted here"),
                "accept the kind where the request comes in, if it is meant to",
            ));
        }
        if let Known::Session(session) = known {
            if session.is_pending() {
                report.findings.push(Finding::new(
                    Severity::Warning,
                    "session-pending",
                    "the session has tasks to finish, and counts as signed out until then",
                    "send the person to the sign-in page, which goes on with the tasks",
                ));
            }
            if settings.checks.authorized_parties.is_empty() {
                report.findings.push(no_authorized_parties());
            }
        }
    }
}

/// That tokens for any origin of the instance are taken.
pub(super) fn no_authorized_parties() -> Finding {
    Finding::new(
        Severity::Info,
        "no-authorized-parties",
        "tokens are accepted whatever origin they were issued for",
        "configure the authorized parties of this server in production",
    )
}

/// What a header names, also where that is nothing that Clerk uses.
fn algorithm(jwt: &Jwt<'_>) -> Option<String> {
    let (header, _) = jwt.signed.split_once('.')?;
    let header: JsonMap = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header.trim_end_matches('=')).ok()?).ok()?;
    text(&header, "alg")
}

fn text(object: &JsonMap, name: &str) -> Option<String> {
    object.get(name).and_then(Json::as_str).map(printable)
}

fn claim(name: &str, value: Option<String>) -> ClaimReport {
    ClaimReport { name: printable(name), value }
}

fn say_claims(report: &mut TokenReport, payload: &JsonMap) {
    let time = |name: &str| {
        let value = payload.get(name)?;
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|fraction| fraction.trunc() as i64))?;
        Some(Timestamp::from_millis(seconds.saturating_mul(1000)))
    };
    (report.issued_at, report.not_before, report.expires_at) = (time("iat"), time("nbf"), time("exp"));
    for name in SHOWN {
        if let Some(value) = payload.get(name) {
            let shown = value.as_str().map(printable).or_else(|| value.is_number().then(|| value.to_string()));
            report.claims.push(claim(name, shown));
        }
    }
    if let Some(id) = payload.get("o").and_then(Json::as_object).and_then(|o| text(o, "id")) {
        report.claims.push(claim("o.id", Some(id)));
    }
    let is_other = |name: &&String| !SHOWN.contains(&name.as_str()) && !TIMES.contains(&name.as_str());
    report.claims.extend(payload.keys().filter(is_other).map(|name| claim(name, None)));
}

fn say_machine(report: &mut TokenReport, machine: &Machine) {
    (report.issued_at, report.expires_at) = (
        match machine {
            Machine::ApiKey(key) => key.created_at,
            Machine::M2m(token) => token.created_at,
            Machine::OAuth(token) => token.created_at,
        },
        machine.expires_at(),
    );
    report.claims.push(claim("id", machine.id().map(printable)));
    report.claims.push(claim("subject", Some(printable(machine.subject()))));
    if let Machine::OAuth(token) = machine {
        report.claims.push(claim("client_id", token.client_id.as_ref().map(|id| printable(id.as_str()))));
    }
    if let Some(claims) = machine.claims().and_then(Json::as_object) {
        report.claims.extend(claims.keys().map(|name| claim(name, None)));
    }
}
