//! What people do, in a real browser that runs no script of ours, because there is none.

use std::time::Duration;

use clerk_local::{ProviderAccount, ProviderMode};

use crate::{
    browser::Browser,
    site::{ANN, BOB, PASSWORD, Site, ann},
};

const ANOTHER: &str = "test-another-one-and-more";

/// The site with Ann, and a browser; the test is over where there is none.
macro_rules! at {
    ($site:expr, $browser:ident) => {
        let Some($browser) = Browser::of(&$site).await else { return };
    };
}

async fn is_known(browser: &Browser) {
    browser.open("/sign-in").await;
    browser.fills("Your email address", ANN).await;
    browser.presses("Continue").await;
    browser.sees("Is it you?").await;
}

async fn signs_in(browser: &Browser, password: &str) {
    is_known(browser).await;
    browser.fills("Your password", password).await;
    browser.presses("Sign in").await;
    browser.sees("Good to see you").await;
}

fn code(site: &Site, to: &str) -> String {
    site.local.inbox().latest_code(to).expect("a code was sent")
}

#[tokio::test]
async fn somebody_signs_up_and_out_and_in_by_password() {
    let site = Site::new().await;
    at!(site, bob);
    bob.open("/").await;
    bob.picture("home").await;
    bob.presses("Sign up").await;
    bob.sees("You have an account?").await;
    bob.fills("Email address", BOB).await;
    bob.fills("Password", "test-s").await;
    bob.presses("Sign up").await;
    bob.sees("8 or more characters").await;
    bob.picture("sign-up-refused").await;
    bob.fills("Password", PASSWORD).await;
    bob.presses("Sign up").await;
    bob.sees("We have sent a code to bob@example.com").await;
    bob.fills("The code", "000000").await;
    bob.presses("Continue").await;
    bob.sees("is not the right one").await;
    bob.picture("sign-up-code").await;
    bob.fills("The code", &code(&site, BOB)).await;
    bob.presses("Continue").await;
    bob.sees("Good to see you").await;
    bob.presses("Sign out").await;
    bob.sees("You are signed out.").await;

    bob.open("/sign-in").await;
    bob.fills("Your email address", BOB).await;
    bob.presses("Continue").await;
    bob.sees("Is it you?").await;
    bob.picture("is-it-you").await;
    bob.fills("Your password", "test-wrong").await;
    bob.presses("Sign in").await;
    bob.sees("is not the right one").await;
    bob.fills("Your password", PASSWORD).await;
    bob.presses("Sign in").await;
    bob.sees("Good to see you").await;
}

#[tokio::test]
async fn a_code_by_email_signs_in() {
    let site = Site::new().await;
    at!(site, ann);
    is_known(&ann).await;
    ann.presses("Send a code to ann@example.com").await;
    ann.sees("We have sent you a code").await;
    ann.picture("sign-in-code").await;
    ann.fills("The code", &code(&site, ANN)).await;
    ann.presses("Continue").await;
    ann.sees("Good to see you, Ann").await;
}

#[tokio::test]
async fn a_link_in_a_mail_signs_in_where_it_was_asked_for() {
    let site = Site::new().await;
    at!(site, here);
    // The mail is read on another device.
    is_known(&here).await;
    here.presses("Send a link to ann@example.com").await;
    here.sees("We have sent you a link").await;
    here.picture("sign-in-link").await;
    let link = site.local.inbox().latest_link(ANN).expect("a link was sent");
    let there = reqwest::get(link).await.unwrap().text().await.unwrap();
    assert!(there.contains("Go back to where you signed in"), "{there}");
    here.sees("Good to see you, Ann").await;
    here.presses("Sign out").await;
    here.sees("You are signed out.").await;

    // The mail is read in this browser.
    site.local.clock().advance(Duration::from_secs(31));
    is_known(&here).await;
    here.presses("Send a link to ann@example.com").await;
    here.sees("We have sent you a link").await;
    here.open(&site.local.inbox().latest_link(ANN).unwrap()).await;
    here.sees("Good to see you, Ann").await;
}

#[tokio::test]
async fn an_account_elsewhere_signs_in_and_up() {
    let site = Site::new().await;
    at!(site, ann);
    site.local.provider().add(&ProviderAccount::new("google", ANN));
    ann.open("/sign-in").await;
    ann.picture("sign-in").await;
    ann.presses("Continue with Google").await;
    ann.sees(ANN).await;
    ann.picture("provider").await;
    ann.presses_in("body", "Continue as ann@example.com").await;
    ann.sees("Good to see you, Ann").await;
    ann.presses("Sign out").await;
    ann.sees("You are signed out.").await;

    // Whoever has no account here gets one.
    site.local.update_settings(|it| {
        it.provider = ProviderMode::Approve;
        it.attributes.password.required = false;
    });
    site.local.provider().add(&ProviderAccount::new("github", BOB));
    ann.open("/sign-up").await;
    ann.presses("Continue with Github").await;
    ann.sees("Good to see you").await;

    site.local.update_settings(|it| it.provider = ProviderMode::Deny);
    ann.presses("Sign out").await;
    ann.sees("You are signed out.").await;
    ann.open("/sign-in").await;
    ann.presses("Continue with Github").await;
    ann.sees("You did not agree there").await;
    ann.picture("provider-denied").await;
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_and_asked_for_and_backed_up_by_codes_on_paper() {
    let site = Site::new().await;
    at!(site, ann);
    signs_in(&ann, PASSWORD).await;
    ann.open("/profile/second-factor").await;
    ann.presses("Set up an authenticator app").await;
    ann.sees("Have your app read this picture").await;
    ann.picture("authenticator").await;
    assert_eq!(ann.reads("main code").await.len(), 1, "the secret, to be typed");
    ann.fills("The code that the app shows", "000000").await;
    ann.presses("Continue").await;
    ann.sees("is not the right one").await;
    ann.fills("The code that the app shows", &site.local.totp_code(ANN).unwrap()).await;
    ann.presses("Continue").await;
    ann.sees("Write these down").await;
    ann.picture("backup-codes").await;
    let codes = ann.reads(".codes code").await;
    ann.presses("Sign out").await;
    ann.sees("You are signed out.").await;

    is_known(&ann).await;
    ann.fills("Your password", PASSWORD).await;
    ann.presses("Sign in").await;
    ann.sees("authenticator app shows").await;
    ann.picture("second-factor").await;
    site.local.clock().advance(Duration::from_secs(30));
    ann.fills("The code that your authenticator app shows", &site.local.totp_code(ANN).unwrap()).await;
    ann.presses("Continue").await;
    ann.sees("Good to see you, Ann").await;
    ann.presses("Sign out").await;
    ann.sees("You are signed out.").await;

    is_known(&ann).await;
    ann.fills("Your password", PASSWORD).await;
    ann.presses("Sign in").await;
    ann.sees("Use a backup code").await;
    ann.presses("Use a backup code").await;
    ann.fills("One of your backup codes", &codes[0]).await;
    ann.presses_in("details", "Continue").await;
    ann.sees("Good to see you, Ann").await;
}

#[tokio::test]
async fn a_code_to_the_phone_is_a_second_factor() {
    let mut user = ann();
    user.phone_numbers = vec!["+15555550123".to_owned()];
    user.second_factor_phone_numbers = user.phone_numbers.clone();
    let site = Site::with(|it| it.attributes.phone_number.enabled = true, user).await;
    at!(site, ann);
    is_known(&ann).await;
    ann.fills("Your password", PASSWORD).await;
    ann.presses("Sign in").await;
    ann.sees("One thing more").await;
    ann.presses_first("main form button.plain").await;
    ann.sees("We have sent you a code").await;
    ann.fills("The code", &code(&site, "+15555550123")).await;
    ann.presses("Continue").await;
    ann.sees("Good to see you, Ann").await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew() {
    let site = Site::new().await;
    at!(site, ann);
    is_known(&ann).await;
    ann.presses("Forgot the password? Send a code to ann@example.com").await;
    ann.sees("We have sent you a code").await;
    ann.fills("The code", &code(&site, ANN)).await;
    ann.presses("Continue").await;
    ann.sees("Choose another password").await;
    ann.fills("Your new password", ANOTHER).await;
    ann.presses("Set it").await;
    ann.sees("Good to see you, Ann").await;
    ann.presses("Sign out").await;
    ann.sees("You are signed out.").await;
    signs_in(&ann, ANOTHER).await;
}

#[tokio::test]
async fn a_profile_is_changed() {
    let site = Site::new().await;
    at!(site, ann);
    signs_in(&ann, PASSWORD).await;
    ann.presses("Profile").await;
    ann.sees("Your profile").await;
    ann.fills("First name", "Anna <b>").await;
    ann.presses("Save").await;
    ann.sees("Your name is changed.").await;
    ann.picture("profile").await;
    assert_eq!(ann.attribute("#first_name", "value").await.as_deref(), Some("Anna <b>"));

    ann.presses("Email addresses").await;
    ann.sees("comes first").await;
    ann.fills("Another address", "ann@example.org").await;
    ann.presses("Add").await;
    ann.sees("Is this address yours?").await;
    ann.fills("The code", &code(&site, "ann@example.org")).await;
    ann.presses("Continue").await;
    ann.sees("The address is yours.").await;
    ann.picture("addresses").await;
    ann.presses("Put first").await;
    ann.sees("This address comes first now.").await;
    ann.sees("ann@example.org comes first").await;
    ann.presses_first("li:first-child form:last-child button").await;
    ann.sees("The address is removed.").await;
    assert!(!ann.text().await.contains(ANN));

    ann.presses("Password").await;
    ann.sees("Your password now").await;
    ann.fills("Your password now", "test-wrong").await;
    ann.fills("Your new password", ANOTHER).await;
    ann.presses("Change it").await;
    ann.sees("not the current password").await;
    ann.fills("Your password now", PASSWORD).await;
    ann.fills("Your new password", ANOTHER).await;
    ann.presses("Change it").await;
    ann.sees("Your password is changed.").await;

    ann.presses("Connected accounts").await;
    site.local.update_settings(|it| it.provider = ProviderMode::Approve);
    site.local.provider().add(&ProviderAccount::new("github", "ann@example.org"));
    ann.sees("Connect Github").await;
    ann.presses("Connect Github").await;
    ann.sees("The account is connected.").await;
    ann.picture("accounts").await;
    ann.presses("Remove").await;
    ann.sees("The account is no longer connected.").await;

    ann.presses("Devices").await;
    ann.sees("this one").await;
    ann.sees("Chrome").await;
    ann.sees("Sign out everywhere").await;
    ann.presses("Sign out everywhere").await;
    ann.sees("You are signed out everywhere.").await;
}

#[tokio::test]
async fn organizations_are_founded_worked_in_shared_and_left() {
    let site = Site::new().await;
    at!(site, ann);
    signs_in(&ann, PASSWORD).await;
    ann.presses("Organizations").await;
    ann.sees("where you work").await;
    ann.fills("A new organization", "Acme").await;
    ann.presses("Create it").await;
    ann.sees("It is founded, and you work in it.").await;
    ann.fills("Invite somebody", BOB).await;
    ann.presses("Invite").await;
    ann.sees("The invitation is sent.").await;
    ann.sees("bob@example.com is invited").await;
    ann.picture("organization").await;
    ann.presses("Take back").await;
    ann.sees("The invitation is taken back.").await;
    ann.open("/organizations").await;
    ann.sees("where you work").await;
    ann.presses("Work here").await;
    ann.sees("Yourself").await;
    ann.open("/").await;
    ann.sees("working for yourself").await;
    ann.open("/organizations").await;
    ann.picture("organizations").await;
    ann.presses("Work here").await;
    ann.sees("Acme").await;
    ann.open("/").await;
    ann.sees("working in Acme").await;
}

#[tokio::test]
async fn whoever_has_to_choose_an_organization_does_so_before_anything_else() {
    let site = Site::with(|it| it.organizations.force_selection = true, ann()).await;
    at!(site, ann);
    is_known(&ann).await;
    ann.fills("Your password", PASSWORD).await;
    ann.presses("Sign in").await;
    ann.sees("Where do you work?").await;
    ann.open("/profile").await;
    ann.sees("Where do you work?").await;
    ann.picture("task").await;
    ann.fills("A new organization", "Acme").await;
    ann.presses("Create it").await;
    ann.sees("working in Acme").await;
}

#[tokio::test]
async fn whoever_has_to_have_a_second_factor_sets_one_up_before_anything_else() {
    let site = Site::with(|it| it.second_factor_required = true, ann()).await;
    at!(site, ann);
    is_known(&ann).await;
    ann.fills("Your password", PASSWORD).await;
    ann.presses("Sign in").await;
    ann.sees("Set up a second factor").await;
    ann.presses("Set up an authenticator app").await;
    ann.sees("Have your app read this picture").await;
    assert_eq!(ann.reads("main code").await.len(), 1, "the secret, to be typed");
    ann.fills("The code that the app shows", &site.local.totp_code(ANN).unwrap()).await;
    ann.presses("Continue").await;
    ann.sees("Your second factor is set up").await;
    ann.presses("Done").await;
    ann.sees("Good to see you, Ann").await;
}

#[tokio::test]
async fn an_account_is_deleted_once_it_is_sure_who_asks() {
    let site = Site::new().await;
    at!(site, ann);
    signs_in(&ann, PASSWORD).await;
    site.local.clock().advance(Duration::from_secs(11 * 60));
    ann.open("/profile/deletion").await;
    ann.fills("Type", "delete it").await;
    ann.presses("Delete my account").await;
    ann.sees("and nothing else").await;
    ann.fills("Type", "delete my account").await;
    ann.presses("Delete my account").await;
    ann.sees("Is it still you?").await;
    ann.picture("prove").await;
    ann.fills("Your password", "test-wrong").await;
    ann.presses("Continue").await;
    ann.sees("is not the right one").await;
    ann.fills("Your password", PASSWORD).await;
    ann.presses("Continue").await;
    ann.sees("Now go on with what you were about to do.").await;
    assert_eq!(ann.path().await, "/profile/deletion");
    ann.fills("Type", "delete my account").await;
    ann.presses("Delete my account").await;
    ann.sees("Your account is deleted.").await;
    ann.open("/sign-in").await;
    ann.fills("Your email address", ANN).await;
    ann.presses("Continue").await;
    ann.sees("Nobody goes by that here.").await;
}

#[tokio::test]
async fn a_code_by_email_proves_who_it_is_as_well() {
    let site = Site::new().await;
    at!(site, ann);
    signs_in(&ann, PASSWORD).await;
    ann.open("/prove?back=/organizations").await;
    ann.sees("Is it still you?").await;
    ann.presses("Send a code by email").await;
    ann.sees("The code that we have sent").await;
    ann.fills("The code", &code(&site, ANN)).await;
    ann.presses("Continue").await;
    ann.sees("Now go on").await;
    assert_eq!(ann.path().await, "/organizations");
}
