//! What a person sees in a browser.

use clerk_core::http;
use clerk_local::Api;
use http::Request;

use crate::world::World;

scenarios![
    the_page_shows_the_inbox_and_what_there_is_on_both_ports,
    names_are_shown_as_text_whatever_they_look_like,
    the_page_runs_loads_and_sends_nothing,
];

async fn page(world: &World, api: Api) -> String {
    let response = world.raw(api, Request::get("/"), "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    String::from_utf8(response.body().to_vec()).unwrap()
}

async fn the_page_shows_the_inbox_and_what_there_is_on_both_ports(world: World) {
    let backend = world.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true).send();
    let user = user.await.unwrap();
    let email = backend.create_email_address(user.id.clone(), "ann@example.org").send().await.unwrap().id.unwrap();
    backend.prepare_email_address_verification(email).send().await.unwrap();
    let code = world.local.inbox().latest_code("ann@example.org").unwrap();
    for api in [Api::Frontend, Api::Backend] {
        let html = page(&world, api).await;
        for shown in [code.as_str(), "ann@example.com", user.id.as_str(), "user.created", "email.created"] {
            assert!(html.contains(shown), "{shown} is not in {html}");
        }
        assert!(!html.contains(world.local.secret_key().expose()), "the secret key is on the page");
    }
}

async fn names_are_shown_as_text_whatever_they_look_like(world: World) {
    let hostile = "</td><script>alert('1')</script>\"&<img src=x onerror=alert(2)>";
    world.local.update_settings(|settings| settings.application_name = hostile.to_owned());
    world
        .backend()
        .create_user()
        .first_name(hostile)
        .email_address(["x'y&z@example.com"])
        .skip_password_requirement(true)
        .send()
        .await
        .unwrap();
    world.local.webhooks().tell(hostile, serde_json::json!({}));
    let html = page(&world, Api::Frontend).await;
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    let shown =
        "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;&lt;img src=x onerror=alert(2)&gt;";
    assert_eq!(html.matches(shown).count(), 4, "{html}");
    assert!(html.contains("x&#39;y&amp;z@example.com"), "{html}");
}

async fn the_page_runs_loads_and_sends_nothing(world: World) {
    let response = world.raw(Api::Frontend, Request::get("/"), "").await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    for rule in ["default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("script-src"), "{policy}");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(world.raw(Api::Frontend, Request::post("/"), "").await.status(), 404);
}
