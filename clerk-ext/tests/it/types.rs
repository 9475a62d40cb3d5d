//! What programs rely on without thinking: that everything may cross threads, and that handles are cheap values.
//!
//! What does not hold does not compile.

use std::{collections::BTreeSet, fmt::Debug};

use clerk_ext::{
    Error, Json, Timestamp, Transport, Upload,
    backend::*,
    clock::{Clock, ManualClock, SystemClock},
    config::{Config, ConfigBuilder, JwtKey},
    metadata::{self, Metadata, Patch},
    random::{Random, SeededRandom, SystemRandom},
    schema::{Checker, Violation},
    transport::{
        Attempt, Decision, Limit, Network, Outcome, OverallTimeout, RateLimiter, RequestTimeout, Retry, RetryPolicy,
        SingleFlight, Stepped, Timeouts, Trace,
    },
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {}

clerk_ext::metadata! {
    struct App {
        user_public: Plan,
        user_private: Plan,
        user_unsafe: Plan,
        org_public: Plan,
        org_private: Plan,
        membership_public: Plan,
        membership_private: Plan,
        invitation_public: Plan,
        org_invitation_public: Plan,
        org_invitation_private: Plan,
    }
}

/// What can be kept in a server's state and handed to each request.
fn shared<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}

/// What belongs to one task at a time.
fn sent<T: Debug + Send + Unpin + 'static>() {}

/// What `?` turns into the error of any program.
fn error<T: std::error::Error + Clone + Send + Sync + Unpin + 'static>() {}

fn future<T: IntoFuture<IntoFuture: Send>>(_: T) {}

fn own_future<T: IntoFuture<IntoFuture: Send + 'static>>(_: T) {}

fn stream<T: futures_util::Stream + Debug + Send + Unpin + 'static>(_: &T) {}

macro_rules! handles {
    (typed: $($typed:ident)+; plain: $($plain:ident)+) => {
        fn handles<M: Metadata>() {
            $(shared::<$typed<M>>();)+
            $(shared::<$plain>();)+
        }

        const HANDLES: &[&str] = &[$(stringify!($typed),)+ $(stringify!($plain),)+];
    };
}

handles! {
    typed: Invitations OrganizationInvitations OrganizationMemberships Organizations SignUps Users;
    plain: ActorTokens AdminPortalLinkTokens AgentTasks Allowlist ApiKeys BetaFeatures Billing Blocklist Clients Directories
        Domains EmailAddresses Emails EnterpriseConnections InstanceSettings Jwks JwtTemplates M2mTokens Machines
        Miscellaneous OAuthAccessTokens OAuthApplications OrganizationDomains OrganizationPermissions OrganizationRoles
        PhoneNumbers ProxyChecks RedirectUrls RoleSets SamlConnections ScimDirectories Sessions SignInTokens Templates
        TestingTokens WaitlistEntries Webhooks
}

fn clients<M: Metadata>() {
    shared::<Backend<M>>();
    shared::<BackendBuilder>();
    shared::<Config>();
    shared::<ConfigBuilder>();
    shared::<JwtKey>();
    shared::<Position>();
    shared::<Fields>();
    shared::<Key>();
}

fn what_is_answered<M: Metadata>() {
    shared::<User<M>>();
    shared::<Organization<M>>();
    shared::<OrganizationWithLogo<M>>();
    shared::<OrganizationMembership<M>>();
    shared::<OrganizationInvitation<M>>();
    shared::<OrganizationInvitationWithPublicOrganizationData<M>>();
    shared::<Invitation<M>>();
    shared::<RevokedInvitation<M>>();
    shared::<SignUp<M>>();
    shared::<Unfit<clerk_bapi::types::User>>();
    shared::<Result<User<M>, Unfit<clerk_bapi::types::User>>>();
}

fn parts_of_the_way() {
    shared::<Transport>();
    shared::<Network>();
    shared::<RateLimiter>();
    shared::<RetryPolicy>();
    shared::<Timeouts>();
    shared::<(Attempt, Decision, Outcome)>();
    shared::<Stepped<Retry, Stepped<Limit, Stepped<RequestTimeout, Transport>>>>();
    shared::<Stepped<Trace, Stepped<SingleFlight, Stepped<OverallTimeout, Transport>>>>();
    shared::<SystemClock>();
    shared::<ManualClock>();
    shared::<SystemRandom>();
    sent::<SeededRandom>();
    fn given<T: Send + Sync + ?Sized>() {}
    given::<SeededRandom>();
    given::<dyn Clock>();
    given::<dyn Random>();
}

fn metadata_and_errors() {
    shared::<Patch<Plan>>();
    shared::<Json>();
    shared::<Timestamp>();
    fn given<T: Send + Sync>() {}
    given::<Checker<Plan>>();
    shared::<Violation>();
    error::<Error>();
    error::<metadata::Misfit>();
}

/// Calls of each shape, awaited at once, spawned, and walked.
fn calls(clerk: &Backend<App>, logo: Upload) {
    let users = clerk.users();
    own_future(users.get("user_1"));
    own_future(users.create().public(&Plan {}).private(&Plan {}).unsafe_(&Plan {}));
    own_future(users.update("user_1").first_name("Ann").replace_public(&Plan {}));
    own_future(users.delete("user_1"));
    own_future(users.count());
    own_future(users.ban_all(["user_1"]));
    own_future(users.list().count());
    own_future(users.list().page());
    own_future(users.list().or_raw().page());
    stream(&users.list().stream());
    stream(&users.list().pages());
    stream(&users.list().or_raw().stream());
    future(users.list().stream().next());
    future(users.list().stream().try_next());
    future(users.list().pages().next());
    future(users.list().pages().try_next());

    let organizations = clerk.organizations();
    own_future(organizations.get("acme"));
    own_future(organizations.create("Acme").public(&Plan {}));
    own_future(organizations.update("org_1").replace_private(&Plan {}));
    own_future(organizations.set_logo("org_1", logo));
    own_future(organizations.delete("org_1"));
    stream(&organizations.list().stream());

    let memberships = clerk.organization_memberships();
    own_future(memberships.update_metadata("org_1", "user_1").public(Patch::default()));
    own_future(memberships.set_role("org_1", "user_1", "org:admin"));
    stream(&memberships.list("org_1").pages());
    stream(&memberships.list_all().stream());

    stream(&clerk.invitations().list().stream());
    own_future(clerk.raw().get_user("user_1"));
    own_future(clerk.raw().get_user("user_1").send_full());
}

#[test]
fn everything_may_cross_threads_and_handles_are_values() {
    clients::<App>();
    clients::<Json>();
    handles::<App>();
    handles::<Json>();
    what_is_answered::<App>();
    what_is_answered::<Json>();
    parts_of_the_way();
    metadata_and_errors();
    let _: fn(&Backend<App>, Upload) = calls;
}

#[test]
fn no_handle_is_left_out_here() {
    let mut declared = BTreeSet::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/backend/handles")).unwrap() {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for declaration in text.split("\nhandle! {").skip(1) {
            let lines = declaration.lines().take_while(|line| *line != "}").map(str::trim);
            let line = lines.filter(|line| !line.starts_with("///")).find_map(|line| line.split_once(" = "));
            let (name, _) = line.expect("a handle has a method");
            declared.insert(name.trim_end_matches("<M>").to_owned());
        }
    }
    assert_eq!(declared, HANDLES.iter().map(|name| (*name).to_owned()).collect());
}
