use clerk_ext::frontend::FirstFactor;

async fn hurry(step: FirstFactor) {
    step.totp("123456").await;
}

fn main() {}
