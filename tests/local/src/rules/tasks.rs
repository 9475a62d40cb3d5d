//! What a user has to do before a session counts: as long as something is left, it is pending.

use crate::{model::session::Session, rules::organizations, state::State};

/// The keys of the tasks that are left, in the order in which they are to be done.
pub(crate) fn of(state: &State, session: &Session) -> Vec<&'static str> {
    let settings = state.settings();
    let Some(user) = state.tables.users.get(&session.user_id) else { return Vec::new() };
    let mut tasks = Vec::new();
    if user.password.as_ref().is_some_and(|password| password.compromised) {
        tasks.push("reset-password");
    }
    if settings.organizations.enabled && settings.organizations.force_selection {
        let chosen = session.last_active_organization_id.as_ref();
        if chosen.is_none_or(|id| organizations::membership(state, id.as_str(), &user.id).is_none()) {
            tasks.push("choose-organization");
        }
    }
    if settings.second_factor_required && !user.two_factor_enabled() {
        tasks.push("setup-mfa");
    }
    tasks
}
