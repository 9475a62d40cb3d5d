use std::{borrow::Cow, fmt, sync::Arc};

use super::{Denied, DeniedKind, Policy, Subject};
use crate::auth::{
    Claims,
    has::{Answer, Question},
};

/// A policy that is put together from others; the functions of [this module](super) make them.
///
/// Cloning is cheap.
#[derive(Clone)]
pub struct Rule(Arc<Kind>);

pub(super) enum Kind {
    Question(Question),
    ActiveOrganization,
    OrganizationInPath(Cow<'static, str>),
    Claims(Box<dyn Fn(&Claims) -> Answer + Send + Sync>),
    Scope(Cow<'static, str>),
    Own(Box<dyn Policy>),
    Any(Vec<Rule>),
    All(Vec<Rule>),
    Not(Rule),
}

impl From<Kind> for Rule {
    fn from(kind: Kind) -> Self {
        Self(Arc::new(kind))
    }
}

impl Policy for Rule {
    fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied> {
        subject.refuse_pending()?;
        self.weigh(subject)
    }
}

impl Rule {
    fn weigh(&self, subject: &Subject<'_>) -> Result<(), Denied> {
        match &*self.0 {
            Kind::Question(question @ Question::Reverified(asked)) => {
                let answer = self.answer(subject, |claims| question.ask(claims));
                let is_session = subject.session().is_some();
                answer.map_err(|denied| match denied.kind() {
                    DeniedKind::Forbidden if is_session => Denied::reverification(*asked),
                    _ => denied,
                })
            }
            Kind::Question(question) => self.answer(subject, |claims| question.ask(claims)),
            Kind::Claims(test) => self.answer(subject, |claims| test(claims)),
            Kind::ActiveOrganization => self.active_organization(subject),
            Kind::OrganizationInPath(parameter) => self.organization_in_path(subject, parameter),
            Kind::Scope(scope) => self.scope(subject, scope),
            Kind::Own(policy) => policy.decide(subject),
            Kind::All(rules) => {
                let denied = denied(rules, subject);
                if rules.is_empty() { Err(self.empty()) } else { Denied::all(&denied).map_or(Ok(()), Err) }
            }
            Kind::Any(rules) => {
                let denied = denied(rules, subject);
                if denied.len() < rules.len() {
                    Ok(())
                } else {
                    Err(Denied::any(&denied).unwrap_or_else(|| self.empty()))
                }
            }
            Kind::Not(rule) => match rule.weigh(subject) {
                Ok(()) => Err(Denied::forbidden(format!("{rule} must not hold, and does"))),
                Err(denied) if denied.is_certain() => Ok(()),
                Err(denied) if denied.kind() == DeniedKind::NotSignedIn => Err(denied),
                Err(_) => Err(Denied::cannot_tell(format!("{rule} must not hold, and may"))),
            },
        }
    }

    fn scope(&self, subject: &Subject<'_>, scope: &str) -> Result<(), Denied> {
        match subject.machine() {
            Some(_) if scope.is_empty() => Err(Denied::cannot_tell("a scope without a name is nobody's")),
            Some(machine) if machine.has_scope(scope) => Ok(()),
            Some(_) => Err(Denied::forbidden(format!("{self} does not hold"))),
            None => Err(Denied::cannot_tell(format!("{self} is for machines, and a session came"))),
        }
    }

    fn empty(&self) -> Denied {
        Denied::cannot_tell(format!("{self} is empty, and lets nobody pass"))
    }

    fn answer(&self, subject: &Subject<'_>, ask: impl FnOnce(&Claims) -> Answer) -> Result<(), Denied> {
        let Some(session) = subject.session() else {
            let what = subject.auth().token_type();
            return Err(Denied::cannot_tell(format!("{self} is for sessions, and a token of the kind {what} came")));
        };
        let claims = session.claims();
        if claims.user_id().as_str().is_empty() {
            return Err(Denied::not_signed_in("the token is of nobody"));
        }
        match ask(claims) {
            Answer::Yes => Ok(()),
            Answer::No => Err(Denied::forbidden(format!("{self} does not hold"))),
            Answer::Unknown => Err(Denied::cannot_tell(format!("the token does not tell whether {self} holds"))),
        }
    }
}

fn denied(rules: &[Rule], subject: &Subject<'_>) -> Vec<Denied> {
    rules.iter().filter_map(|rule| rule.weigh(subject).err()).collect()
}

/// As it is written: `all([role("org:admin"), not(plan("free"))])`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Question(question) => question.fmt(f),
            Kind::ActiveOrganization => f.write_str("active_organization()"),
            Kind::OrganizationInPath(parameter) => write!(f, "organization_in_path({parameter:?})"),
            Kind::Claims(_) => f.write_str("claims(…)"),
            Kind::Scope(scope) => write!(f, "scope({scope:?})"),
            Kind::Own(_) => f.write_str("own(…)"),
            Kind::Any(rules) => list(f, "any", rules),
            Kind::All(rules) => list(f, "all", rules),
            Kind::Not(rule) => write!(f, "not({rule})"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, rules: &[Rule]) -> fmt::Result {
    write!(f, "{name}([")?;
    for (at, rule) in rules.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(f, "{comma}{rule}")?;
    }
    f.write_str("])")
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
