use clerk_bapi::{
    Client,
    users::{
        BanUser, BanUsers, CreateUser, DeleteBackupCode, DeleteExternalAccount, DeleteTotp, DeleteUser,
        DeleteUserPasskey, DeleteUserProfileImage, DeleteUserWeb3Wallet, DisableMfa, GetOAuthAccessToken, GetUser,
        GetUserList, GetUsersCount, ListUserOrganizationInvitations, ListUserOrganizationMemberships,
        ListUserTrustedDevices, LockUser, RemoveUserPassword, ReplaceUserMetadata, RevokeUserTrustedDevice,
        SetUserPasswordCompromised, SetUserProfileImage, UnbanUser, UnbanUsers, UnlockUser,
        UnsetUserPasswordCompromised, UpdateUser, UpdateUserMetadata, VerifyPassword, VerifyTotp,
    },
};
use clerk_core::{
    Error, ExternalAccountId, PasskeyId, Prepared as _, Secret, TrustedDeviceId, Upload, UserId, Web3WalletId,
};

use crate::backend::{
    List, OrganizationInvitationWithPublicOrganizationData, OrganizationMembership, Request, Sealed, Update,
    UpdateCall, User, handle::handle,
};
use crate::metadata::{Metadata, Patch};

handle! {
    /// The people who can sign in: accounts, profile, metadata, credentials, bans and locks.
    ///
    /// ```
    /// use clerk_ext::{backend::Backend, metadata};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Debug, Deserialize, Serialize)]
    /// struct Plan {
    ///     plan: String,
    /// }
    ///
    /// metadata! { struct App { user_public: Plan } }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let clerk = clerk.typed::<App>();
    /// let ann = clerk
    ///     .users()
    ///     .create()
    ///     .email_address(["ann@example.com"])
    ///     .skip_password_requirement(true)
    ///     .public(&Plan { plan: "free".into() })
    ///     .await?;
    /// assert_eq!(ann.public.plan, "free");
    /// assert_eq!(clerk.users().count().await?.total_count, 1);
    /// # Ok(()) }
    /// ```
    Users<M> = users
}

impl<M: Metadata> Users<M> {
    /// Reads one user.
    pub fn get(&self, user: impl Into<UserId>) -> Request<GetUser, User<M>> {
        Request::new(self.client.get_user(user))
    }

    /// All users, newest first unless ordered otherwise, with filters.
    pub fn list(&self) -> List<GetUserList, User<M>> {
        List::new(self.client.get_user_list())
    }

    /// How many users there are, with the same filters as a list has; [`List::count`] takes them from one.
    pub fn count(&self) -> GetUsersCount {
        self.client.get_users_count()
    }

    /// Creates a user, whose identifiers count as verified.
    pub fn create(&self) -> Request<CreateUser, User<M>> {
        Request::new(self.client.create_user())
    }

    /// Changes the profile, the metadata, or both.
    pub fn update(&self, user: impl Into<UserId>) -> Update<UpdateUser, User<M>> {
        let (client, user) = (&self.client, user.into());
        let (merge, replace) = (client.update_user_metadata(&user), client.replace_user_metadata(&user));
        Update::new(client.update_user(user), merge, replace)
    }

    /// Deletes a user for good.
    pub fn delete(&self, user: impl Into<UserId>) -> DeleteUser {
        self.client.delete_user(user)
    }

    /// Ends a user's sessions and keeps them from signing in.
    pub fn ban(&self, user: impl Into<UserId>) -> Request<BanUser, User<M>> {
        Request::new(self.client.ban_user(user))
    }

    /// Lets a banned user sign in again.
    pub fn unban(&self, user: impl Into<UserId>) -> Request<UnbanUser, User<M>> {
        Request::new(self.client.unban_user(user))
    }

    /// Bans several users at once.
    pub fn ban_all(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Request<BanUsers, Vec<User<M>>> {
        Request::new(self.client.ban_users(users))
    }

    /// Lets several banned users sign in again.
    pub fn unban_all(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Request<UnbanUsers, Vec<User<M>>> {
        Request::new(self.client.unban_users(users))
    }

    /// Keeps a user from signing in for the time that the instance's settings say.
    pub fn lock(&self, user: impl Into<UserId>) -> Request<LockUser, User<M>> {
        Request::new(self.client.lock_user(user))
    }

    /// Lets a locked user sign in before that time is over.
    pub fn unlock(&self, user: impl Into<UserId>) -> Request<UnlockUser, User<M>> {
        Request::new(self.client.unlock_user(user))
    }

    /// Checks a password; a wrong one is an error.
    pub fn verify_password(&self, user: impl Into<UserId>, password: impl Into<Secret>) -> VerifyPassword {
        self.client.verify_password(user, password)
    }

    /// Removes the password, so that the user signs in by other means.
    pub fn remove_password(&self, user: impl Into<UserId>) -> Request<RemoveUserPassword, User<M>> {
        Request::new(self.client.remove_user_password(user))
    }

    /// Marks the password as known to others: the user has to set a new one.
    pub fn set_password_compromised(&self, user: impl Into<UserId>) -> Request<SetUserPasswordCompromised, User<M>> {
        Request::new(self.client.set_user_password_compromised(user))
    }

    /// Takes the mark off the password.
    pub fn unset_password_compromised(
        &self,
        user: impl Into<UserId>,
    ) -> Request<UnsetUserPasswordCompromised, User<M>> {
        Request::new(self.client.unset_user_password_compromised(user))
    }

    /// Checks a code of the user's authenticator app, or one of the backup codes, which is used up.
    pub fn verify_totp(&self, user: impl Into<UserId>, code: impl Into<Secret>) -> VerifyTotp {
        self.client.verify_totp(user, code)
    }

    /// Takes all second factors away.
    pub fn disable_mfa(&self, user: impl Into<UserId>) -> DisableMfa {
        self.client.disable_mfa(user)
    }

    /// Takes the authenticator app away.
    pub fn delete_totp(&self, user: impl Into<UserId>) -> DeleteTotp {
        self.client.delete_totp(user)
    }

    /// Takes the backup codes away.
    pub fn delete_backup_codes(&self, user: impl Into<UserId>) -> DeleteBackupCode {
        self.client.delete_backup_code(user)
    }

    /// Puts an image in place of the one that is there.
    pub fn set_profile_image(&self, user: impl Into<UserId>, image: Upload) -> Request<SetUserProfileImage, User<M>> {
        Request::new(self.client.set_user_profile_image(user, image))
    }

    /// Goes back to the generated image.
    pub fn delete_profile_image(&self, user: impl Into<UserId>) -> Request<DeleteUserProfileImage, User<M>> {
        Request::new(self.client.delete_user_profile_image(user))
    }

    /// The access tokens that a social provider gave for this user; `provider` is such as `oauth_google`.
    pub fn oauth_access_tokens(
        &self,
        user: impl Into<UserId>,
        provider: impl Into<String>,
    ) -> List<GetOAuthAccessToken, clerk_bapi::types::OAuthAccessToken> {
        List::new(self.client.get_oauth_access_token(user, provider))
    }

    /// The organizations that the user belongs to.
    pub fn organization_memberships(
        &self,
        user: impl Into<UserId>,
    ) -> List<ListUserOrganizationMemberships, OrganizationMembership<M>> {
        List::new(self.client.list_user_organization_memberships(user))
    }

    /// The invitations to organizations that the user has got.
    pub fn organization_invitations(
        &self,
        user: impl Into<UserId>,
    ) -> List<ListUserOrganizationInvitations, OrganizationInvitationWithPublicOrganizationData<M>> {
        List::new(self.client.list_user_organization_invitations(user))
    }

    /// Takes an account at a social provider away.
    pub fn delete_external_account(
        &self,
        user: impl Into<UserId>,
        account: impl Into<ExternalAccountId>,
    ) -> DeleteExternalAccount {
        self.client.delete_external_account(user, account)
    }

    /// Takes a passkey away.
    pub fn delete_passkey(&self, user: impl Into<UserId>, passkey: impl Into<PasskeyId>) -> DeleteUserPasskey {
        self.client.delete_user_passkey(user, passkey)
    }

    /// Takes a web3 wallet away.
    pub fn delete_web3_wallet(&self, user: impl Into<UserId>, wallet: impl Into<Web3WalletId>) -> DeleteUserWeb3Wallet {
        self.client.delete_user_web3_wallet(user, wallet)
    }

    /// The devices that the user may sign in from without a second factor; the API gives them whole, as one page.
    pub fn trusted_devices(
        &self,
        user: impl Into<UserId>,
    ) -> List<ListUserTrustedDevices, clerk_bapi::types::TrustedDevice> {
        List::new(self.client.list_user_trusted_devices(user))
    }

    /// Stops trusting a device.
    pub fn revoke_trusted_device(
        &self,
        user: impl Into<UserId>,
        device: impl Into<TrustedDeviceId>,
    ) -> RevokeUserTrustedDevice {
        self.client.revoke_user_trusted_device(user, device)
    }
}

impl<T> List<GetUserList, T> {
    /// How many users fit the filters.
    ///
    /// # Errors
    ///
    /// The request fails.
    pub async fn count(self) -> Result<i64, Error> {
        let mut list = self.raw();
        let mut count = Client::from_endpoint(list.call().endpoint().clone()).get_users_count();
        count.call().copy_query(list.call(), &["order_by"]);
        Ok(count.await?.total_count)
    }
}

impl<M: Metadata> Request<CreateUser, User<M>> {
    /// Metadata that front ends see and servers alone change.
    pub fn public(self, metadata: &M::UserPublic) -> Self {
        self.part("public_metadata", metadata)
    }

    /// Metadata that servers alone see and change.
    pub fn private(self, metadata: &M::UserPrivate) -> Self {
        self.part("private_metadata", metadata)
    }

    /// The metadata that the user may change.
    pub fn unsafe_(self, metadata: &M::UserUnsafe) -> Self {
        self.part("unsafe_metadata", metadata)
    }
}

impl Sealed for UpdateUser {}

impl UpdateCall for UpdateUser {
    type Merge = UpdateUserMetadata;
    type Replace = ReplaceUserMetadata;
}

impl<M: Metadata> Update<UpdateUser, User<M>> {
    /// Merges into the public metadata.
    pub fn public(self, patch: impl Into<Patch<M::UserPublic>>) -> Self {
        self.merge_part("public_metadata", patch.into())
    }

    /// Merges into the private metadata.
    pub fn private(self, patch: impl Into<Patch<M::UserPrivate>>) -> Self {
        self.merge_part("private_metadata", patch.into())
    }

    /// Merges into the metadata that the user may change.
    pub fn unsafe_(self, patch: impl Into<Patch<M::UserUnsafe>>) -> Self {
        self.merge_part("unsafe_metadata", patch.into())
    }

    /// Puts this in place of all public metadata: keys that the type does not know are lost.
    pub fn replace_public(self, metadata: &M::UserPublic) -> Self {
        self.replace_part("public_metadata", metadata)
    }

    /// Puts this in place of all private metadata: keys that the type does not know are lost.
    pub fn replace_private(self, metadata: &M::UserPrivate) -> Self {
        self.replace_part("private_metadata", metadata)
    }

    /// Puts this in place of all metadata that the user may change: keys that the type does not know are lost.
    pub fn replace_unsafe(self, metadata: &M::UserUnsafe) -> Self {
        self.replace_part("unsafe_metadata", metadata)
    }
}
