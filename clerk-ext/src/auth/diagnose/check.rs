use clerk_core::{Error, InstanceKind, Timestamp};
use futures_util::future::join3;

use super::{
    asked::{Keys, is_refusal, within},
    health::{Health, KeyState},
    text::span,
    token::no_authorized_parties,
};
use crate::auth::{Clerk, KeySet, TokenError, verify::millis};
use crate::finding::{Finding, Severity};

impl Clerk {
    /// Proves that the keys are good, belong to one instance, and that Clerk can be reached and has the same time.
    ///
    /// Everything is asked anew, so that one call is two or three requests to Clerk, and over in ten seconds at most. It
    /// changes nothing. Call it when the server starts, or from a [health endpoint](Health::response) that somebody
    /// watches. It is no answer to whether a process should be killed: while Clerk is down, sessions go on being checked
    /// with the keys that are at hand.
    ///
    /// | code | what was found |
    /// |---|---|
    /// | `secret-key-invalid`, `machine-secret-key-invalid` | the Backend API does not take the key |
    /// | `backend-unreachable`, `frontend-unreachable`, `machine-secret-key-unchecked` | Clerk did not answer, or not like Clerk |
    /// | `other-instance` | secret key and publishable key are of different instances |
    /// | `keys-of-other-instance` | `CLERK_JWT_KEY`, or the keys that were given, are not of this instance |
    /// | `keys-unusable` | no token can be checked with the keys of the instance |
    /// | `clock-skew` | the clocks differ by more than is allowed for |
    /// | `no-authorized-parties` | tokens for any origin are accepted |
    /// | `no-secret-key`, `no-publishable-key` | what goes without, goes; what does not, does not |
    ///
    /// ```
    /// use clerk_ext::auth::diagnose::KeyState;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let health = clerk.check().await;
    /// assert!(health.is_healthy(), "{health}");
    /// assert_eq!(health.secret_key, KeyState::Accepted);
    /// # Ok(()) }
    /// ```
    pub async fn check(&self) -> Health {
        let settings = &self.inner().settings;
        let (backend, frontend, machine) =
            join3(self.backend_keys(), self.frontend_keys(), self.machine_key_state()).await;
        let mut health = Health {
            made_at: Timestamp::from_millis(millis(self.now())),
            frontend_host: settings.publishable_key.as_ref().map(|key| key.frontend_host().to_owned()),
            instance_kind: self.instance_kind(),
            secret_key: match &backend {
                None => KeyState::Absent,
                Some(Ok(_)) => KeyState::Accepted,
                Some(Err(error)) if is_refusal(error) => KeyState::Refused,
                Some(Err(_)) => KeyState::Unknown,
            },
            machine_secret_key: machine,
            keys: None,
            is_one_instance: None,
            clock_ahead_millis: None,
            findings: Vec::new(),
        };
        self.say_backend(&mut health, backend.as_ref());
        self.say_frontend(&mut health, backend.as_ref(), frontend.as_ref());
        say_machine_key(&mut health);
        let known = [&backend, &frontend].into_iter().find_map(|keys| keys.as_ref()?.as_ref().ok());
        if let Some(known) = known {
            health.keys = Some(known.keys.len());
            // Where the keys come from the Backend API and it gives none, that was said already.
            if backend.as_ref().is_none_or(Result::is_ok) || !self.takes_keys_from_clerk() {
                self.prove_keys(&mut health, known).await;
            }
        }
        let ahead = |keys: &Option<Result<Keys, Error>>| keys.as_ref()?.as_ref().ok()?.clock_ahead_millis;
        health.clock_ahead_millis = ahead(&backend).or_else(|| ahead(&frontend));
        self.say_clock(&mut health);
        if settings.checks.authorized_parties.is_empty() && settings.publishable_key.is_some() {
            let mut finding = no_authorized_parties();
            if settings.is_production() {
                finding.severity = Severity::Warning;
            }
            health.findings.push(finding);
        }
        health.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        health
    }

    fn instance_kind(&self) -> Option<InstanceKind> {
        let settings = &self.inner().settings;
        let of_publishable = settings.publishable_key.as_ref().map(|key| key.instance_kind());
        of_publishable.or_else(|| settings.secret_key.as_ref().map(|key| key.instance_kind()))
    }

    fn takes_keys_from_clerk(&self) -> bool {
        self.inner().keys.as_ref().is_none_or(KeySet::is_remote)
    }

    fn say_backend(&self, health: &mut Health, backend: Option<&Result<Keys, Error>>) {
        health.findings.extend(match backend {
            None => Some(Finding::new(
                Severity::Info,
                "no-secret-key",
                "there is no secret key: API keys and OAuth tokens cannot be checked, and expired sessions not refreshed",
                "set CLERK_SECRET_KEY, if any of it is wanted",
            )),
            Some(Ok(_)) => None,
            Some(Err(error)) if is_refusal(error) => Some(Finding::new(
                Severity::Error,
                "secret-key-invalid",
                format!("the Backend API does not take the secret key: {error}"),
                "copy the secret key of this instance from the dashboard to CLERK_SECRET_KEY",
            )),
            Some(Err(error)) => {
                // With keys of its own, a server goes on checking sessions.
                let severity = if self.takes_keys_from_clerk() { Severity::Error } else { Severity::Warning };
                Some(Finding::new(
                    severity,
                    "backend-unreachable",
                    format!("the Backend API does not give its keys: {error}"),
                    "see that this machine reaches it, and that CLERK_API_URL is right or not set",
                ))
            }
        });
    }

    fn say_frontend(
        &self,
        health: &mut Health,
        backend: Option<&Result<Keys, Error>>,
        frontend: Option<&Result<Keys, Error>>,
    ) {
        match (frontend, backend) {
            (None, _) => health.findings.push(Finding::new(
                Severity::Info,
                "no-publishable-key",
                "there is no publishable key: cookies cannot be read, and nothing says which instance this is",
                "set CLERK_PUBLISHABLE_KEY, if people come with browsers",
            )),
            (Some(Err(error)), _) => health.findings.push(Finding::new(
                Severity::Warning,
                "frontend-unreachable",
                format!("the Frontend API that the publishable key names does not give its keys: {error}"),
                "see that this machine reaches it, and that the publishable key and the proxy are right",
            )),
            (Some(Ok(frontend)), Some(Ok(backend))) => {
                let is_one = backend.share_one_with(frontend);
                health.is_one_instance = Some(is_one);
                if !is_one {
                    health.findings.push(Finding::new(
                        Severity::Error,
                        "other-instance",
                        "the secret key and the publishable key are of different instances: they have no public key in common",
                        "copy both from one instance in the dashboard",
                    ));
                }
            }
            (Some(Ok(_)), _) => {}
        }
    }

    /// Takes the keys in the way in which tokens do, and compares them with those that the instance has.
    async fn prove_keys(&self, health: &mut Health, known: &Keys) {
        let Some(keys) = &self.inner().keys else { return };
        let mut failure: Option<TokenError> = None;
        for key in &known.keys {
            let found = within(&*self.inner().clock, async { Ok(keys.key(Some(&key.id)).await) }).await;
            match found {
                Ok(Ok(found)) if found.has_modulus(&key.modulus) => {
                    if !keys.is_remote() {
                        health.is_one_instance = health.is_one_instance.or(Some(true));
                    }
                    return;
                }
                Ok(Ok(_)) => {}
                Ok(Err(error)) => failure = Some(error),
                Err(error) => {
                    health.findings.push(unusable(&error.to_string()));
                    return;
                }
            }
        }
        if keys.is_remote() {
            let why = failure
                .map_or_else(|| "they differ from those that came just now".to_owned(), |error| error.to_string());
            health.findings.push(unusable(&why));
            return;
        }
        health.is_one_instance = Some(false);
        health.findings.push(Finding::new(
            Severity::Error,
            "keys-of-other-instance",
            "the keys that tokens are checked with are none of this instance",
            "copy the public key of this instance from the dashboard to CLERK_JWT_KEY, or leave that unset",
        ));
    }

    fn say_clock(&self, health: &mut Health) {
        let Some(ahead) = health.clock_ahead_millis else { return };
        let allowed = self.inner().settings.checks.skew.as_millis();
        if u128::from(ahead.unsigned_abs()) <= allowed {
            return;
        }
        let which = if ahead > 0 { "ahead of" } else { "behind" };
        health.findings.push(Finding::new(
            Severity::Error,
            "clock-skew",
            format!("the clock of this machine is {which} that of Clerk by {} or more", span(ahead.unsigned_abs())),
            "set the clock, best by a time service: fresh tokens are refused otherwise",
        ));
    }
}

fn unusable(why: &str) -> Finding {
    Finding::new(
        Severity::Error,
        "keys-unusable",
        format!("no token can be checked with the keys of the instance: {why}"),
        "see that CLERK_API_URL is that of Clerk, and try again",
    )
}

fn say_machine_key(health: &mut Health) {
    health.findings.extend(match health.machine_secret_key {
        KeyState::Absent | KeyState::Accepted => None,
        KeyState::Refused => Some(Finding::new(
            Severity::Error,
            "machine-secret-key-invalid",
            "the Backend API does not take the secret key of this machine",
            "copy the secret key of the machine from the dashboard to CLERK_MACHINE_SECRET_KEY",
        )),
        KeyState::Unknown => Some(Finding::new(
            Severity::Warning,
            "machine-secret-key-unchecked",
            "whether the Backend API takes the secret key of this machine could not be found out",
            "try again later",
        )),
    });
}
