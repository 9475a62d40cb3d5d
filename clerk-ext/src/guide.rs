//! Guides: what to know before you build, subject by subject.
//!
//! | guide | what it is about |
//! |---|---|
//! | [`keys_and_environments`] | which keys there are, where they come from, what belongs where |
//! | [`protecting_an_api`] | closing routers, asking who it is, what refused requests get |
//! | [`organizations_and_permissions`] | the active organization, roles, permissions, features, plans |
//! | [`webhooks`] | receiving them safely, each once, in whatever order they come |
//! | [`going_to_production`] | what to change and to check before real people come |
//! | [`sign_in_states`] | the states of a sign-in and a sign-up, and how to show them |
//! | [`sessions_and_tokens`] | what a session is, what its token says, how long both live |
//! | [`metadata`] | your own types, and what must never be public |
//! | [`lists`] | pages, streams, walking while others write |
//! | [`errors_and_retries`] | what an error says, what is repeated by itself |
//! | [`offline`] | what works without a network |
//! | [`testing`] | testing your own program without an account |
//! | [`new_api_version`] | what a new version of the API changes for you |
//! | [`glossary`] | the words of Clerk, and ours |

#[doc = include_str!("guide/keys_and_environments.md")]
pub mod keys_and_environments {}

#[doc = include_str!("guide/protecting_an_api.md")]
pub mod protecting_an_api {}

#[doc = include_str!("guide/organizations_and_permissions.md")]
pub mod organizations_and_permissions {}

#[doc = include_str!("guide/webhooks.md")]
pub mod webhooks {}

#[doc = include_str!("guide/going_to_production.md")]
pub mod going_to_production {}

#[doc = include_str!("guide/sign_in_states.md")]
pub mod sign_in_states {}

#[doc = include_str!("guide/sessions_and_tokens.md")]
pub mod sessions_and_tokens {}

#[doc = include_str!("guide/metadata.md")]
pub mod metadata {}

#[doc = include_str!("guide/lists.md")]
pub mod lists {}

#[doc = include_str!("guide/errors_and_retries.md")]
pub mod errors_and_retries {}

#[doc = include_str!("guide/offline.md")]
pub mod offline {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/new_api_version.md")]
pub mod new_api_version {}

#[doc = include_str!("guide/glossary.md")]
pub mod glossary {}
