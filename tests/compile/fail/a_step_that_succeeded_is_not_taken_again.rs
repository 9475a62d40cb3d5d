use clerk_ext::{Error, frontend::SecondFactor};

async fn twice(step: SecondFactor) -> Result<(), Error> {
    step.totp("123456").await?;
    step.totp("123456").await?;
    Ok(())
}

fn main() {}
