/// What an instance may ask of a user, by the name that the API gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldName {
    /// `email_address`.
    EmailAddress,
    /// `email_address_or_phone_number`: one of the two.
    EmailAddressOrPhoneNumber,
    /// `phone_number`.
    PhoneNumber,
    /// `username`.
    Username,
    /// `password`.
    Password,
    /// `first_name`.
    FirstName,
    /// `last_name`.
    LastName,
    /// `legal_accepted`: agreeing to the terms.
    LegalAccepted,
    /// `web3_wallet`: the address of a wallet.
    Web3Wallet,
    /// `ticket`: an invitation.
    Ticket,
    /// `passkey`: a key that stays on the device.
    Passkey,
    /// `authenticator_app`: an app that shows codes.
    AuthenticatorApp,
    /// `backup_code`: codes on paper.
    BackupCode,
    /// `saml`: the older name of `enterprise_sso`.
    Saml,
    /// `enterprise_sso`: an account at the identity provider of a company.
    EnterpriseSso,
    /// `custom_action`: a step of the application's own back end.
    CustomAction,
    /// `protect_check`: a check against abuse, in a browser.
    ProtectCheck,
    /// A name that this version does not know, exactly as it came; providers come so, such as `oauth_google`.
    Unknown(String),
}

clerk_core::open_enum! {
    FieldName {
        EmailAddress "email_address",
        EmailAddressOrPhoneNumber "email_address_or_phone_number",
        PhoneNumber "phone_number",
        Username "username",
        Password "password",
        FirstName "first_name",
        LastName "last_name",
        LegalAccepted "legal_accepted",
        Web3Wallet "web3_wallet",
        Ticket "ticket",
        Passkey "passkey",
        AuthenticatorApp "authenticator_app",
        BackupCode "backup_code",
        Saml "saml",
        EnterpriseSso "enterprise_sso",
        CustomAction "custom_action",
        ProtectCheck "protect_check",
    }
}
