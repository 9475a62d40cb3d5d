/// Names policies, as types without values that guards and extractors take: `Require<Admin>`.
///
/// What stands after the colon is any expression that gives a [`Rule`](crate::auth::policy::Rule). The functions of
/// [`auth::policy`](crate::auth::policy) need no import there, and come before functions of the same name that stand around
/// the macro: name those by their path. It is evaluated once, when the policy is first asked.
/// Attributes and documentation of the struct are kept; it is `Clone`, `Copy`, `Debug` and `Default` already.
///
/// ```
/// # #[derive(serde::Deserialize)]
/// # struct Ours { tenant: String }
/// # const BETA: &str = "beta";
/// clerk_ext::policy! {
///     /// Runs an organization.
///     pub struct Admin: role("org:admin");
///
///     /// Sees what is not finished yet.
///     struct Tester: all([
///         any([feature(BETA), plan("early")]),
///         not(role("org:guest")),
///         claims(|ours: &Ours| ours.tenant == "north"),
///     ]);
/// }
///
/// # use clerk_ext::auth::{Auth, policy::Policy as _};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let mut acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:member");
/// # acme.plan = Some("early".to_owned());
/// # acme.id = Some("org_acme".to_owned());
/// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # local.update_settings(|settings| drop(settings.session_claims.insert("tenant".to_owned(), "north".into())));
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # session.set_organization("org_acme").await?;
/// # let token = session.token().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().jwt_key(local.jwt_key().parse()?).build()?;
/// let ann = Auth::Session(clerk.verify_token(token.expose()).await?); // a member of Acme, which is early
/// assert!(Tester.check(&ann).is_ok() && Admin.check(&ann).is_err());
/// # Ok(()) }
/// ```
///
/// A policy without a rule does not compile:
///
/// ```compile_fail
/// clerk_ext::policy! { pub struct Admin; }
/// ```
#[macro_export]
macro_rules! policy {
    ($($(#[$attribute:meta])* $visibility:vis struct $name:ident : $rule:expr);+ $(;)?) => {$(
        #[derive(Clone, Copy, Debug, Default)]
        $(#[$attribute])*
        $visibility struct $name;

        impl $crate::auth::policy::Policy for $name {
            fn decide(
                &self,
                subject: &$crate::auth::policy::Subject<'_>,
            ) -> ::core::result::Result<(), $crate::auth::policy::Denied> {
                static RULE: ::std::sync::LazyLock<$crate::auth::policy::Rule> = ::std::sync::LazyLock::new(|| {
                    #[allow(unused_imports, reason = "the rule may name its own")]
                    use $crate::auth::policy::*;

                    $rule
                });
                $crate::auth::policy::Policy::decide(&*RULE, subject)
            }
        }
    )+};
    ($($other:tt)*) => {
        ::core::compile_error!(
            "policy! takes structs with a rule each, such as `pub struct Admin: role(\"org:admin\");`"
        );
    };
}
