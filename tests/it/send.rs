//! What may cross threads, be shared and be copied: checked by the compiler, and once by running it.

use clerk_core::{
    ApiError, Endpoint, EndpointBuilder, Error, ErrorKind, OperationInfo, Page, PublishableKey, Redirect, Response,
    Secret, SecretKey, Timestamp, Transport, Update, Upload, UserId,
};

use crate::double::Double;

fn shared<T: Send + Sync + 'static>() {}
fn copied<T: Clone + Send + Sync + 'static>() {}
fn crosses<T: Send>(future: T) -> T {
    future
}
fn lives_on<T: Send + 'static>(_: &T) {}

#[test]
fn clients_and_what_they_are_made_of_are_shared_and_cloned() {
    copied::<clerk_bapi::Client>();
    copied::<clerk_bapi::ClientBuilder>();
    copied::<clerk_fapi::Client>();
    copied::<clerk_fapi::ClientBuilder>();
    copied::<Endpoint>();
    copied::<EndpointBuilder>();
    copied::<Transport>();
    copied::<OperationInfo>();
    copied::<Secret>();
    copied::<SecretKey>();
    copied::<PublishableKey>();
    copied::<UserId>();
    copied::<Timestamp>();
    copied::<Upload>();
    copied::<Redirect>();
    copied::<ErrorKind>();
    copied::<ApiError>();
}

#[test]
fn answers_and_errors_cross_threads() {
    copied::<Response<clerk_bapi::types::User>>();
    copied::<Page<clerk_bapi::types::Organization>>();
    copied::<clerk_fapi::types::Enveloped<clerk_fapi::types::SignIn>>();
    copied::<clerk_bapi::types::Verification>();
    copied::<Update<String>>();
    shared::<Error>();
    fn is_error<T: std::error::Error>() {}
    is_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>(), "an error costs no more than a pointer in every result");
}

#[test]
fn the_call_of_an_operation_is_cloned_and_crosses_threads() {
    fn call<T: Clone + Send + Sync>(_: &T) {}
    let bapi = clerk_bapi::Client::builder().build().expect("the client is made");
    let fapi = clerk_fapi::Client::builder_for("https://example.com").build().expect("the client is made");
    call(&bapi.get_user("user_1"));
    call(&bapi.update_user("user_1").first_name("Ann"));
    call(&bapi.set_user_profile_image("user_1", Upload::new("a", "b")));
    call(&fapi.create_sign_in().password("p"));
    call(&fapi.sync_client());
}

#[test]
fn the_future_of_every_kind_of_operation_crosses_threads() {
    let bapi = clerk_bapi::Client::builder().build().expect("the client is made");
    let fapi = clerk_fapi::Client::builder_for("https://example.com").build().expect("the client is made");
    // JSON, a page, a file, nothing, something or nothing, text, a redirect: decoded and with what came along.
    drop(crosses(bapi.get_user("user_1").send()));
    drop(crosses(bapi.get_user("user_1").send_full()));
    drop(crosses(bapi.list_user_organization_memberships("user_1").send()));
    drop(crosses(bapi.set_user_profile_image("user_1", Upload::new("a", "b")).send()));
    drop(crosses(bapi.delete_svix_app().send()));
    drop(crosses(fapi.delete_user_payment_method("pm_1").send()));
    drop(crosses(fapi.get_enterprise_connection_test_run_result("ent_1", "run_1", "token").send_full()));
    drop(crosses(fapi.create_sign_in().send()));
    drop(crosses(fapi.sync_client().send_full()));
}

#[test]
fn a_future_that_owns_its_client_owes_nothing_to_anybody() {
    let client = clerk_bapi::Client::builder().build().expect("the client is made");
    let future = async move { client.get_user("user_1").send().await };
    lives_on(&future);
}

#[test]
fn the_future_of_an_operation_is_small() {
    let client = clerk_bapi::Client::builder().build().expect("the client is made");
    let call = size_of_val(&client.get_user("user_1"));
    let future = size_of_val(&client.get_user("user_1").send());
    assert!(future <= 4 * call + 512, "a future of {future} bytes for a call of {call}");
}

#[tokio::test]
async fn clones_of_one_client_work_in_many_tasks() -> Result<(), Box<dyn std::error::Error>> {
    let double = Double::answering(200, r#"{"id":"user_1"}"#);
    let client = double.bapi()?;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.get_user(format!("user_{number}")).send().await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await??.id.as_str(), "user_1");
    }
    assert_eq!(double.requests(), 20);
    Ok(())
}
