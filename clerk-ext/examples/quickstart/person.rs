//! Ann at her device.

use clerk_ext::frontend::{Frontend, Session, SignIn, SignUp};
use clerk_local::Inbox;

use crate::{
    Result,
    authenticator::Authenticator,
    narration::{chapter, expect, line},
};

pub(crate) const ANN: &str = "ann@example.com";
const PASSWORD: &str = "test-hunter2-and-more";

/// Ann gets an account and protects it, leaves, and comes back.
pub(crate) async fn comes_to_stay(device: &Frontend, inbox: &Inbox) -> Result<Session> {
    chapter("Ann signs up");
    signs_up(device, inbox).await?;

    chapter("She sets up an authenticator app");
    let app = sets_up_authenticator(device).await?;

    chapter("She leaves and comes back");
    signs_out(device).await?;
    signs_in(device, &app).await
}

async fn signs_up(device: &Frontend, inbox: &Inbox) -> Result {
    let SignUp::MissingRequirements(step) = device.sign_up().email_address(ANN).password(PASSWORD).await? else {
        return Err("the sign-up does not ask for a proof of the address".into());
    };
    let mailed = step.verify_email_by_code().await?;
    expect("Clerk mails a code", mailed.to().unwrap_or("nobody"), ANN)?;
    let code = inbox.latest_code(ANN).ok_or("no code came by mail")?;
    let session = mailed.attempt(code).await?.session()?;
    line("she types it, and is signed in", session.id());
    Ok(())
}

async fn sets_up_authenticator(device: &Frontend) -> Result<Authenticator> {
    let enrolment = device.me().authenticator_app().enroll().await?;
    let picture = enrolment.qr()?.text();
    line("Clerk shows a QR code", format_args!("a picture of {} lines", picture.expose().lines().count()));
    let app = Authenticator::new(enrolment.secret().ok_or("the enrolment has no secret")?)?;
    let backup_codes = enrolment.verify(app.code()).await?;
    line("she types what the app shows", format_args!("{} backup codes to keep", backup_codes.len()));
    let user = device.me().get().await?;
    expect("her account has an authenticator app", user.totp_enabled, true)?;
    Ok(app)
}

async fn signs_out(device: &Frontend) -> Result {
    device.sign_out().await?;
    expect("sessions on her device, once she signed out", device.sessions().len(), 0)
}

async fn signs_in(device: &Frontend, app: &Authenticator) -> Result<Session> {
    let SignIn::NeedsSecondFactor(step) = device.sign_in().password(ANN, PASSWORD).await? else {
        return Err("the password alone decided about the sign-in".into());
    };
    let factors: Vec<_> = step.factors().iter().filter_map(|factor| Some(factor.strategy.as_ref()?.as_str())).collect();
    line("her password is right, but not enough", factors.join(" or "));
    // Each code counts once, and one was used a moment ago.
    let session = step.totp(app.next_code()).await?.session()?;
    line("she types the next code of the app", session.id());
    Ok(session)
}

/// Two organizations, of which the second is where she works in the end.
pub(crate) async fn founds_organizations(device: &Frontend, session: &Session) -> Result {
    chapter("She founds two organizations");
    for (name, slug) in [("Acme", "acme"), ("Bolt", "bolt")] {
        let founded = device.organizations().create(name).slug(slug).await?;
        line(&format!("{name} is there"), &founded.id);
    }
    for slug in ["acme", "bolt"] {
        session.set_organization(slug).await?;
        let token = session.token().await?;
        let working_in = token.claims().organization.as_ref().and_then(|organization| organization.slug.as_deref());
        expect("she switches, and her token says", working_in.unwrap_or("no organization"), slug)?;
    }
    Ok(())
}
