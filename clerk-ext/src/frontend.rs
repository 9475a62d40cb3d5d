//! The Frontend API for programs that people sign in with: sign-in and sign-up, sessions and tokens, the signed-in user.
//!
//! Everything hangs on [`Frontend`], which stands for this device.

mod api_keys;
mod billing;
mod browser;
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
pub mod reverification;
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
mod token;
mod types;
mod waitlist;
mod wire;

#[cfg(feature = "loopback")]
pub use self::browser::{Loopback, open_in_browser};
#[cfg(all(feature = "keychain", unix, not(target_vendor = "apple")))]
pub use self::store::SecretService;
pub use self::{
    api_keys::ApiKeys,
    billing::{Billing, ConfirmCall, ConfirmCheckout, OrganizationBilling, UserBilling},
    browser::{
        BrowserFailure, BrowserOutcome, Connect, DeepLink, Hosted, OauthApplication, OauthAuthorization, OauthStart,
        OauthTokens, PendingAuthorization, PendingConnection, PendingDeepLink, PendingHosted, PendingOauth,
        SavedAuthorization, SavedConnection, SavedDeepLink, SavedHosted, SavedOauth,
    },
    client::{Frontend, FrontendBuilder},
    environment::Environment,
    events::{EndReason, Event, Events},
    me::{
        AuthenticatorApp, BackupCodes, CodeSent, Contact, ContactState, DeviceKey, EmailAddresses, ExternalAccounts,
        LinkSent, Me, NewPasskey, Passkeys, PhoneNumbers, QrCode, SavedContact, SavedPasskey, SavedWallet,
        TotpEnrolment, TrustedDevices, Unverified, UpdateMe, WalletChallenge, Web3Wallets,
    },
    organizations::{
        OrganizationDomains, OrganizationEnterpriseConnections, OrganizationInvitations, OrganizationMembers,
        OrganizationMembershipRequests, Organizations,
    },
    provider::Provider,
    session::{Devices, FactorAge, Session, Upkeep, Validity},
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
    token::{SessionToken, TokenClaims, TokenLayer, TokenOrganization, TokenRequest, TokenService},
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
