use std::{any::TypeId, collections::BTreeMap};

use clerk_core::Json;

use super::*;

type Map = BTreeMap<String, Vec<u8>>;

crate::metadata! {
    /// Kept.
    #[derive(Default, PartialEq, Eq, Hash)]
    pub(crate) struct Whole {
        org_invitation_private: [u8; 10],
        org_invitation_public: [u8; 9],
        invitation_public: [u8; 8],
        membership_private: [u8; 7],
        membership_public: [u8; 6],
        org_private: [u8; 5],
        org_public: [u8; 4],
        user_unsafe: [u8; 3],
        user_private: [u8; 2],
        user_public: [u8; 1],
    }
}

crate::metadata! { struct Nothing {} }
crate::metadata! { struct Some { org_private: Map, user_public: Option<BTreeMap<String, (u8, u8)>> } }

fn parts<M: Metadata>() -> [TypeId; 10] {
    [
        TypeId::of::<M::UserPublic>(),
        TypeId::of::<M::UserPrivate>(),
        TypeId::of::<M::UserUnsafe>(),
        TypeId::of::<M::OrganizationPublic>(),
        TypeId::of::<M::OrganizationPrivate>(),
        TypeId::of::<M::MembershipPublic>(),
        TypeId::of::<M::MembershipPrivate>(),
        TypeId::of::<M::InvitationPublic>(),
        TypeId::of::<M::OrganizationInvitationPublic>(),
        TypeId::of::<M::OrganizationInvitationPrivate>(),
    ]
}

#[test]
fn each_key_names_its_part_in_any_order() {
    let sizes = [
        TypeId::of::<[u8; 1]>(),
        TypeId::of::<[u8; 2]>(),
        TypeId::of::<[u8; 3]>(),
        TypeId::of::<[u8; 4]>(),
        TypeId::of::<[u8; 5]>(),
        TypeId::of::<[u8; 6]>(),
        TypeId::of::<[u8; 7]>(),
        TypeId::of::<[u8; 8]>(),
        TypeId::of::<[u8; 9]>(),
        TypeId::of::<[u8; 10]>(),
    ];
    assert_eq!(parts::<Whole>(), sizes);
}

#[test]
fn what_is_not_named_is_json() {
    assert_eq!(parts::<Nothing>(), [TypeId::of::<Json>(); 10]);
    assert_eq!(parts::<Json>(), parts::<Nothing>());
    let mut some = [TypeId::of::<Json>(); 10];
    some[0] = TypeId::of::<Option<BTreeMap<String, (u8, u8)>>>();
    some[4] = TypeId::of::<Map>();
    assert_eq!(parts::<Some>(), some);
}

#[test]
fn attributes_of_the_struct_are_kept() {
    fn made<T: Default>() -> T {
        T::default()
    }
    assert_eq!(made::<Whole>(), Whole);
}
