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
///         any([feature(BETA), plan("user:early")]),
///         not(role("org:guest")),
///         claims(|ours: &Ours| ours.tenant == "north"),
///     ]);
/// }
///
/// # use clerk_ext::auth::policy::Policy;
/// # fn example(auth: &clerk_ext::auth::Auth) {
/// if Tester.check(auth).is_ok() { /* … */ }
/// # }
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
