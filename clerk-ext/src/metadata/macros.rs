/// Names the types of an application's metadata, by implementing [`Metadata`](crate::metadata::Metadata) for a type
/// that stands for them.
///
/// The keys are `user_public`, `user_private`, `user_unsafe`, `org_public`, `org_private`, `membership_public`,
/// `membership_private`, `invitation_public`, `org_invitation_public` and `org_invitation_private`, in any order. What
/// is not named is [`Json`](crate::Json). Attributes and documentation of the struct are kept; it has no fields, and is
/// `Clone`, `Copy` and `Debug` already.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, Debug, Serialize, Deserialize)]
/// # pub struct Plan {}
/// # #[derive(Clone, Debug, Serialize, Deserialize)]
/// # pub struct OrgInfo {}
/// clerk_ext::metadata! {
///     /// The metadata of our application.
///     pub struct App {
///         user_public: Plan,
///         org_public: OrgInfo,
///     }
/// }
/// ```
///
/// A key that is unknown or stands there twice does not compile:
///
/// ```compile_fail
/// clerk_ext::metadata! { struct App { user_pubic: clerk_ext::Json } }
/// ```
///
/// ```compile_fail
/// clerk_ext::metadata! { struct App { user_public: clerk_ext::Json, user_public: clerk_ext::Json } }
/// ```
#[macro_export]
macro_rules! metadata {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident { $($key:ident : $part:ty),* $(,)? }) => {
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code, reason = "it stands for types, and nobody needs a value of it")]
        $(#[$attribute])*
        $visibility struct $name;

        $crate::__metadata! { $name [$($key: $part,)*] [] [] [] [] [] [] [] [] [] [] }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "metadata! takes one struct whose fields are kinds of metadata, such as `pub struct App { user_public: Plan }`"
        );
    };
}

/// Sorts the keys into their places; a place holds nothing or one type.
#[doc(hidden)]
#[macro_export]
macro_rules! __metadata {
    ($name:ident [] $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt $i:tt $j:tt) => {
        impl $crate::metadata::Metadata for $name {
            type UserPublic = $crate::__metadata_part!($a);
            type UserPrivate = $crate::__metadata_part!($b);
            type UserUnsafe = $crate::__metadata_part!($c);
            type OrganizationPublic = $crate::__metadata_part!($d);
            type OrganizationPrivate = $crate::__metadata_part!($e);
            type MembershipPublic = $crate::__metadata_part!($f);
            type MembershipPrivate = $crate::__metadata_part!($g);
            type InvitationPublic = $crate::__metadata_part!($h);
            type OrganizationInvitationPublic = $crate::__metadata_part!($i);
            type OrganizationInvitationPrivate = $crate::__metadata_part!($j);
        }
    };
    ($name:ident [user_public: $part:ty, $($rest:tt)*] [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] [$part] $($after)* }
    };
    ($name:ident [user_private: $part:ty, $($rest:tt)*] $a:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a [$part] $($after)* }
    };
    ($name:ident [user_unsafe: $part:ty, $($rest:tt)*] $a:tt $b:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a $b [$part] $($after)* }
    };
    ($name:ident [org_public: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c [$part] $($after)* }
    };
    ($name:ident [org_private: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt $d:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c $d [$part] $($after)* }
    };
    ($name:ident [membership_public: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt $d:tt $e:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c $d $e [$part] $($after)* }
    };
    ($name:ident [membership_private: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c $d $e $f [$part] $($after)* }
    };
    ($name:ident [invitation_public: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt [] $($after:tt)*) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c $d $e $f $g [$part] $($after)* }
    };
    ($name:ident [org_invitation_public: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt [] $j:tt) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c $d $e $f $g $h [$part] $j }
    };
    ($name:ident [org_invitation_private: $part:ty, $($rest:tt)*] $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt $i:tt []) => {
        $crate::__metadata! { $name [$($rest)*] $a $b $c $d $e $f $g $h $i [$part] }
    };
    ($name:ident [$key:ident: $($rest:tt)*] $($places:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($key),
            "` is no kind of metadata, or stands here twice; the kinds are user_public, user_private, user_unsafe, ",
            "org_public, org_private, membership_public, membership_private, invitation_public, ",
            "org_invitation_public, org_invitation_private"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __metadata_part {
    ([]) => {
        $crate::Json
    };
    ([$part:ty]) => {
        $part
    };
}
