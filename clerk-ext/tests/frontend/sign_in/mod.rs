//! Signing in.

mod already_signed_in;
pub(crate) mod authenticator;
mod client_trust;
mod double;
mod email_code;
mod email_link;
mod id_token;
mod new_password;
mod passkey;
mod password;
pub(crate) mod people;
mod phone_code;
mod protect_check;
mod reset_password;
mod second_factors;
mod sends;
mod ticket;
mod transfer;
mod trusted_device;
mod unknown;
mod web3;
