//! The Frontend API for programs that people sign in with: sign-in and sign-up, sessions and tokens, the signed-in user.
//!
//! Everything hangs on [`Frontend`], which stands for this device.

mod api_keys;
mod billing;
mod client;
mod core;
mod device;
pub mod environment;
mod events;
#[rustfmt::skip]
mod generated;
mod load;
#[cfg(feature = "tracing")]
mod log;
mod me;
mod organizations;
mod provider;
mod record;
mod session;
mod session_task;
mod sign_in;
mod sign_out;
mod sign_up;
mod snapshot;
mod state;
mod step;
mod store;
mod strategy;
mod tasks;
mod types;
mod waitlist;
mod wire;

pub use self::{
    api_keys::ApiKeys,
    billing::{Billing, ConfirmCall, ConfirmCheckout, OrganizationBilling, UserBilling},
    client::{Frontend, FrontendBuilder},
    environment::Environment,
    events::{EndReason, Event, Events},
    me::{
        AuthenticatorApp, BackupCodes, CodeSent, ConnectAccount, Contact, ContactState, DeviceKey, EmailAddresses,
        ExternalAccounts, LinkSent, Me, NewPasskey, Passkeys, PendingAccount, PhoneNumbers, QrCode, SavedAccount,
        SavedContact, SavedPasskey, SavedWallet, TotpEnrolment, TrustedDevices, Unverified, UpdateMe, WalletChallenge,
        Web3Wallets,
    },
    organizations::{
        OrganizationDomains, OrganizationEnterpriseConnections, OrganizationInvitations, OrganizationMembers,
        OrganizationMembershipRequests, Organizations,
    },
    provider::Provider,
    session::Session,
    session_task::{AuthenticatorSetup, ChooseOrganization, MfaReady, ResetPassword, SessionTask, SetupMfa},
    sign_in::{
        FirstFactor, IdToken, LinkOpened, NeedsIdentifier, NewPassword, SavedSignIn, SecondFactor, SignIn, SignInCode,
        SignInLink, SignInPasskey, SignInProtectCheck, SignInProtection, SignInWallet, SignIns, TransferToSignUp,
        UnfinishedSignIn,
    },
    sign_out::SignOut,
    sign_up::{
        BotCheck, Field, FieldName, NeedsBrowser, NextStep, Proof, Requirements, SavedSignUp, SignUp, SignUpCode,
        SignUpForm, SignUpLink, SignUpProtectCheck, SignUpWallet, SignUps, TicketLink, TransferToSignIn, UnknownSignUp,
    },
    snapshot::Snapshot,
    step::StepError,
    store::{
        CredentialStore, EncryptedStore, EncryptionKey, FileStore, Keychain, KeychainStore, MemoryStore, SecretBytes,
        StoreError,
    },
    strategy::Strategy,
    types::{Organization, OrganizationInvitation, OrganizationInvitationUserContext, OrganizationMembership, User},
    waitlist::Waitlist,
};
pub use crate::{
    answer::{FromAnswer, Unfit},
    list::{Items, List, ListCall, Pages, Position},
    request::Request,
};
#[doc(hidden)]
pub use crate::{
    list::{Fields, Key},
    sealed::Sealed,
};
