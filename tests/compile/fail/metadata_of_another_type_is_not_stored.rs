use clerk_ext::{backend::Backend, metadata};

metadata! { pub struct App { user_public: Vec<String>, user_private: Vec<u32> } }

async fn create(clerk: &Backend<App>, numbers: Vec<u32>) {
    let _ = clerk.users().create().public(&numbers).await;
}

fn main() {}
