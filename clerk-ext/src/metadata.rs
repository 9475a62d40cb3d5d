//! Metadata with the types of the application.
#![allow(missing_docs)]
use std::fmt::Debug;

use clerk_core::{Json, JsonMap};
use serde::{Serialize, de::DeserializeOwned};

pub trait MetadataPart: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + Unpin + 'static {}
impl<T: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + Unpin + 'static> MetadataPart for T {}

pub trait Metadata: Send + Sync + 'static {
    type UserPublic: MetadataPart;
    type UserPrivate: MetadataPart;
    type UserUnsafe: MetadataPart;
    type OrganizationPublic: MetadataPart;
    type OrganizationPrivate: MetadataPart;
    type MembershipPublic: MetadataPart;
    type MembershipPrivate: MetadataPart;
    type InvitationPublic: MetadataPart;
    type OrganizationInvitationPublic: MetadataPart;
    type OrganizationInvitationPrivate: MetadataPart;
}
impl Metadata for Json {
    type UserPublic = Json;
    type UserPrivate = Json;
    type UserUnsafe = Json;
    type OrganizationPublic = Json;
    type OrganizationPrivate = Json;
    type MembershipPublic = Json;
    type MembershipPrivate = Json;
    type InvitationPublic = Json;
    type OrganizationInvitationPublic = Json;
    type OrganizationInvitationPrivate = Json;
}
#[derive(Clone, Debug)]
pub struct Misfit {
    pub path: String,
    pub message: String,
}
pub(crate) fn read<T: DeserializeOwned>(value: &JsonMap) -> Result<T, Misfit> {
    T::deserialize(Json::Object(value.clone())).map_err(|e| Misfit { path: String::new(), message: e.to_string() })
}
pub struct Patch<T> {
    json: Json,
    of: std::marker::PhantomData<fn() -> T>,
}
impl<T> Patch<T> {
    pub fn as_json(&self) -> &Json {
        &self.json
    }
}
impl From<Json> for Patch<Json> {
    fn from(json: Json) -> Self {
        Self { json, of: std::marker::PhantomData }
    }
}
