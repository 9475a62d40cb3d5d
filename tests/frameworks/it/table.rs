//! One table of requests and answers, for all servers.

use clerk_ext::{Timestamp, webhooks::Webhook};
use serde_json::json;

use crate::{
    app::{self, Parts, Server, WEBHOOK_SECRET},
    call::{Answer, Call},
    on_actix, on_axum, on_poem, on_rocket,
    shared::world::{NOW, Token, World},
};

/// Runs the same against all servers; each is named where it answers otherwise.
macro_rules! everywhere {
    ($($(#[$attribute:meta])* async fn $test:ident($server:ident: $parts:expr) $body:block)*) => {$(
        mod $test {
            use super::*;

            async fn asked($server: Server) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_axum() {
                asked(on_axum::start($parts).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_actix() {
                asked(on_actix::start($parts).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_poem() {
                asked(on_poem::start($parts).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_rocket() {
                asked(on_rocket::start($parts).await).await;
            }
        }
    )*};
}

const NOBODY: &str = "session-token-and-uat-missing";

fn whole() -> Parts {
    app::parts(&app::world())
}

fn session() -> Token {
    World::production().session()
}

fn member(role: &str) -> Token {
    session().claim("o", json!({ "id": "org_1", "slg": "acme", "rol": role }))
}

/// An answer with its headers in order.
fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.sort();
    Answer { status, headers, body: body.to_owned() }
}

fn text(body: &str) -> Answer {
    answer(200, &[("content-type", "text/plain; charset=utf-8")], body)
}

fn text_to_nobody(body: &str) -> Answer {
    let headers = [
        ("content-type", "text/plain; charset=utf-8"),
        ("x-clerk-auth-status", "signed-out"),
        ("x-clerk-auth-reason", NOBODY),
    ];
    answer(200, &headers, body)
}

/// 401 to somebody who sent nothing.
fn sign_in_first(code_and_message: &str) -> Answer {
    let headers = [
        ("cache-control", "no-store"),
        ("content-type", "application/json"),
        ("www-authenticate", "Bearer"),
        ("x-clerk-auth-status", "signed-out"),
        ("x-clerk-auth-reason", NOBODY),
    ];
    let body = format!(r#"{{"errors":[{{{code_and_message},"meta":{{"reason":"{NOBODY}"}}}}]}}"#);
    answer(401, &headers, &body)
}

fn people_first() -> Answer {
    sign_in_first(r#""code":"unauthenticated","message":"sign in first""#)
}

fn programs_first() -> Answer {
    let message = "send the token of a machine, an API key or an OAuth access token";
    sign_in_first(&format!(r#""code":"unauthenticated","message":"{message}""#))
}

/// 401 to somebody whose token was good, and not what is needed here.
fn not_so(body: &str) -> Answer {
    let headers = [("cache-control", "no-store"), ("content-type", "application/json"), ("www-authenticate", "Bearer")];
    answer(401, &headers, body)
}

fn forbidden() -> Answer {
    let headers = [("cache-control", "no-store"), ("content-type", "application/json")];
    answer(403, &headers, r#"{"errors":[{"code":"forbidden","message":"you may not do this"}]}"#)
}

fn prove_yourself() -> Answer {
    let headers = [("cache-control", "no-store"), ("content-type", "application/json")];
    let body = "{\"clerk_error\":{\"type\":\"forbidden\",\"reason\":\"reverification-error\",\
                \"metadata\":{\"reverification\":\"strict\"}}}";
    answer(403, &headers, body)
}

fn to_sign_in(page: &str, back: &str) -> Answer {
    let location = format!("https://accounts.example.com/{page}?redirect_url={back}");
    let headers = [
        ("cache-control", "no-store"),
        ("location", location.as_str()),
        ("x-clerk-auth-status", "signed-out"),
        ("x-clerk-auth-reason", NOBODY),
    ];
    answer(307, &headers, "")
}

fn misconfigured() -> Answer {
    let headers = [("cache-control", "no-store"), ("content-type", "application/json")];
    let body =
        r#"{"errors":[{"code":"misconfigured","message":"the server is not set up to check who is signed in"}]}"#;
    answer(500, &headers, body)
}

/// Of rows: a name, a request, the answer.
async fn hold(server: &Server, rows: Vec<(&str, Call, Answer)>) {
    for (name, call, expected) in rows {
        assert_eq!(call.to(server).await, expected, "{name}");
    }
}

everywhere! {
    async fn handlers_get_what_they_ask_for(server: whole()) {
        let ann = session().signed();
        let north = session().claim("tenant", "north").signed();
        let admin = member("admin").signed();
        let mut rows = Vec::new();
        for round in ["first", "known"] {
            rows.extend([
                (round, Call::script("/open").bearer(&ann), text("open")),
                (round, Call::script("/me").bearer(&ann), text("user_1")),
                (round, Call::script("/tenant").bearer(&north), text("north")),
                (round, Call::script("/perhaps").bearer(&ann), text("user_1")),
                (round, Call::script("/program").bearer("ak_test"), text("user_9")),
                (round, Call::script("/admin").bearer(&admin), text("admin")),
                (round, Call::script("/orgs/acme/posts").bearer(&admin), text("posts")),
                (round, Call::script("/orgs/org_1/posts").bearer(&admin), text("posts")),
                (round, Call::script("/orgs/%61cme/posts").bearer(&admin), text("posts")),
            ]);
        }
        rows.push(("open to nobody", Call::script("/open"), text_to_nobody("open")));
        rows.push(("perhaps nobody", Call::script("/perhaps"), text_to_nobody("nobody")));
        hold(&server, rows).await;
    }

    async fn handlers_refuse_whom_they_do_not_ask_for(server: whole()) {
        let ann = session().signed();
        let pending = member("admin").claim("sts", "pending").signed();
        let mismatch = |message: &str| {
            let head = r#"{"errors":[{"code":"unauthenticated","message":"#;
            not_so(&format!(r#"{head}"{message}","meta":{{"reason":"token-type-mismatch"}}}}]}}"#))
        };
        let tasks = not_so(
            r#"{"errors":[{"code":"session_pending","message":"finish the tasks of the session first"}]}"#,
        );
        let programs = "send the token of a machine, an API key or an OAuth access token";
        hold(&server, vec![
            ("nobody", Call::script("/me"), people_first()),
            ("nobody's page", Call::page("/me?a=b"),
                to_sign_in("sign-in", "https%3A%2F%2Fapp.example.com%2Fme%3Fa%3Db")),
            ("nobody and claims", Call::script("/tenant"), people_first()),
            ("without claims", Call::script("/tenant").bearer(&ann), forbidden()),
            ("nobody as admin", Call::script("/admin"), people_first()),
            ("a member as admin", Call::script("/admin").bearer(&member("member").signed()), forbidden()),
            ("a program as admin", Call::script("/admin").bearer("ak_test"), forbidden()),
            ("another organization", Call::script("/orgs/other/posts").bearer(&member("admin").signed()), forbidden()),
            ("a slash", Call::script("/orgs/acme%2f/posts").bearer(&member("admin").signed()), forbidden()),
            ("no organization", Call::script("/orgs/acme/posts").bearer(&ann), forbidden()),
            ("nobody as a program", Call::script("/program"), programs_first()),
            ("a page for programs", Call::page("/program"), programs_first()),
            ("a person as a program", Call::script("/program").bearer(&ann), mismatch(programs)),
            ("a program as a person", Call::script("/me").bearer("ak_test"), mismatch("sign in first")),
            ("tasks", Call::script("/me").bearer(&pending), tasks.clone()),
            ("tasks as admin", Call::script("/admin").bearer(&pending), tasks),
            ("perhaps tasks", Call::script("/perhaps").bearer(&pending), text("nobody")),
        ])
        .await;
    }

    async fn guards_let_in_whom_they_are_for(server: whole()) {
        let fresh = session().claim("fva", json!([1, 1])).signed();
        let admin = member("admin").signed();
        hold(&server, vec![
            ("a person", Call::script("/closed/forgotten").bearer(&admin), text("forgotten")),
            ("deeper", Call::script("/closed/deeper/forgotten").bearer(&admin), text("forgotten")),
            ("a program", Call::script("/programs/forgotten").bearer("ak_test"), text("forgotten")),
            ("an admin", Call::script("/admins/forgotten").bearer(&admin), text("forgotten")),
            ("a fresh proof", Call::script("/verified/forgotten").bearer(&fresh), text("forgotten")),
            ("a colleague", Call::script("/of/acme/forgotten").bearer(&admin), text("forgotten")),
        ])
        .await;
    }

    async fn guards_refuse_everybody_else(server: whole()) {
        let ann = session().signed();
        let old = session().claim("fva", json!([99, 99])).signed();
        let admin = member("admin").signed();
        hold(&server, vec![
            ("nobody", Call::script("/closed/forgotten"), people_first()),
            ("nobody deeper", Call::script("/closed/deeper/forgotten"), people_first()),
            ("nobody's page", Call::page("/closed/deeper/forgotten?x=1"),
                to_sign_in("sign-in", "https%3A%2F%2Fapp.example.com%2Fclosed%2Fdeeper%2Fforgotten%3Fx%3D1")),
            ("nobody as a program", Call::page("/programs/forgotten"), programs_first()),
            ("nobody as admin", Call::script("/admins/forgotten"), people_first()),
            ("no admin", Call::script("/admins/forgotten").bearer(&ann), forbidden()),
            ("no admin's page", Call::page("/admins/forgotten").bearer(&ann), forbidden()),
            ("an old proof", Call::script("/verified/forgotten").bearer(&old), prove_yourself()),
            ("another organization", Call::script("/of/other/forgotten").bearer(&admin), forbidden()),
        ])
        .await;
    }

    async fn no_spelling_of_a_path_gets_past_a_guard(server: whole()) {
        for path in [
            "/closed/%66orgotten", "/%63losed/forgotten", "/closed//forgotten", "//closed/forgotten", "/closed/./forgotten",
            "/./closed/forgotten", "/x/../closed/forgotten", "/closed/x/../forgotten", "/closed/forgotten/",
            "/closed/forgotten%2f", "/closed/forgotten;x", "/closed/forgotten%00", "/CLOSED/forgotten",
            "/closed/deeper/%66orgotten", "/closed%2fforgotten", "/.clerk-answered", "/.clerk-answered/",
        ] {
            for call in [Call::script(path), Call::page(path), Call::new("POST", path), Call::new("HEAD", path)] {
                let answer = call.to(&server).await;
                assert!(answer.status >= 300 && !answer.body.contains("forgotten"), "{path} {answer:?}");
            }
        }
    }

    async fn what_a_client_says_about_itself_is_not_believed(server: whole()) {
        let call = Call::script("/me")
            .header("x-clerk-auth-status", "signed-in")
            .header("x-clerk-auth-reason", "none")
            .header("x-clerk-user-id", "user_1");
        assert_eq!(call.to(&server).await, people_first());
    }

    async fn odd_headers_let_nobody_in(server: whole()) {
        let long = "x".repeat(1 << 20);
        for value in ["Bearer \u{e9}.\u{e9}.\u{e9}", "Bearer", "Basic YTpi", "a.b.c", long.as_str()] {
            for name in ["authorization", "cookie", "x-forwarded-host", "accept"] {
                let answer = Call::script("/closed/forgotten").header(name, value).to(&server).await;
                // Some servers give up on what is too long, and say nothing at all.
                assert!(answer.status == 0 || answer.status >= 400, "{name} {answer:?}");
                assert!(!answer.body.contains("forgotten"), "{name} {answer:?}");
            }
        }
        let twice = Call::script("/me").bearer(&session().signed()).bearer("x");
        assert_eq!(twice.to(&server).await.status, 401);
        assert_eq!(Call::script("/me").bearer(&session().signed()).to(&server).await, text("user_1"));
    }

    async fn a_handshake_comes_back_with_its_cookies(server: whole()) {
        let session = session().signed();
        let cookie = format!("__session={session}; Path=/; Secure; SameSite=Lax");
        let uat = format!("__client_uat={NOW}; Path=/; Domain=example.com");
        let handshake = Token::handshake(&[&cookie, &uat]).signed();
        let call = |path: &str| Call::page(path).header("cookie", &format!("__clerk_handshake={handshake}"));
        let of_cookies = [("access-control-allow-credentials", "true"), ("access-control-allow-origin", "null"),
            ("set-cookie", cookie.as_str()), ("set-cookie", uat.as_str())];
        let plain = [("content-type", "text/plain; charset=utf-8")];
        let json = [("content-type", "application/json"), ("cache-control", "no-store")];
        let refused = r#"{"errors":[{"code":"forbidden","message":"you may not do this"}]}"#;
        hold(&server, vec![
            ("a handler", call("/me"), answer(200, &[of_cookies.as_slice(), &plain].concat(), "user_1")),
            ("a guard", call("/closed/forgotten"), answer(200, &[of_cookies.as_slice(), &plain].concat(), "forgotten")),
            ("refused by a guard", call("/admins/forgotten"), answer(403, &[of_cookies.as_slice(), &json].concat(), refused)),
            ("refused by a handler", call("/admin"), answer(403, &[of_cookies.as_slice(), &json].concat(), refused)),
        ])
        .await;
    }

    async fn a_handshake_is_answered_before_any_handler(server: {
        let world = World::development();
        Parts { layer: Some(clerk_ext::web::ClerkLayer::new(world.clerk())), webhook: None }
    }) {
        for path in ["/open", "/me", "/closed/forgotten", "/nothing"] {
            let answer = Call::page(path).to(&server).await;
            assert_eq!((answer.status, answer.body.as_str()), (307, ""), "{path} {answer:?}");
            let header = |name: &str| answer.headers.iter().find(|(known, _)| known == name).unwrap().1.as_str();
            let back = format!("https%3A%2F%2Fapp.example.com%2F{}", path[1..].replace('/', "%2F"));
            let start = format!("https://happy-hippo-1.clerk.accounts.dev/v1/client/handshake?redirect_url={back}&");
            assert!(header("location").starts_with(&start), "{answer:?}");
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("x-clerk-auth-status"), "handshake");
            assert_eq!(header("x-clerk-auth-reason"), "dev-browser-missing");
            assert_eq!(header("set-cookie"), "__clerk_redirect_count=1; SameSite=Lax; HttpOnly; Max-Age=2");
        }
    }

    async fn without_the_layer_everything_that_asks_is_a_500(server: Parts { layer: None, webhook: None }) {
        let ann = session().signed();
        assert_eq!(Call::script("/open").bearer(&ann).to(&server).await, text("open"));
        for path in [
            "/closed/forgotten", "/closed/deeper/forgotten", "/programs/forgotten", "/admins/forgotten",
            "/verified/forgotten", "/of/acme/forgotten",
        ] {
            assert_eq!(Call::script(path).bearer(&ann).to(&server).await, misconfigured(), "{path}");
        }
        for path in ["/me", "/tenant", "/perhaps", "/program", "/admin", "/orgs/acme/posts"] {
            let answer = Call::script(path).bearer(&ann).to(&server).await;
            assert_eq!(answer.status, 500, "{path}");
        }
    }

    async fn a_mistake_in_the_configuration_is_a_500(server: {
        let world = World::production();
        let builder = clerk_ext::auth::Clerk::builder().secret_key(&world.secret_key());
        let clerk = builder.transport(world.api.transport()).build().unwrap();
        Parts { layer: Some(clerk_ext::web::ClerkLayer::new(clerk)), webhook: None }
    }) {
        for call in [Call::script("/open"), Call::page("/me"), Call::new("POST", "/hooks").body("{}")] {
            assert_eq!(call.to(&server).await, answer(500, &[("cache-control", "no-store")], ""));
        }
    }

    async fn refusals_are_told_as_the_application_likes(server: {
        let world = World::production();
        let layer = clerk_ext::web::ClerkLayer::new(world.clerk())
            .forbidden_page("<h1>Not for you</h1>")
            .refusals(|refusal| match refusal.kind() {
                clerk_ext::web::RefusalKind::SignedOut => clerk_ext::http::Response::builder()
                    .status(418)
                    .header("x-own", "1")
                    .body(clerk_ext::Bytes::from(refusal.request().uri.to_string()))
                    .unwrap(),
                _ => refusal.response(),
            });
        Parts { layer: Some(layer), webhook: None }
    }) {
        let status = [("x-clerk-auth-status", "signed-out"), ("x-clerk-auth-reason", NOBODY)];
        let own = [("cache-control", "no-store"), ("x-own", "1"), status[0], status[1]];
        let page = [("cache-control", "no-store"), ("content-type", "text/html; charset=utf-8")];
        let ann = session().signed();
        hold(&server, vec![
            ("a guard", Call::page("/closed/forgotten?x=1"), answer(418, &own, "/closed/forgotten?x=1")),
            ("a handler", Call::script("/me"), answer(418, &own, "/me")),
            ("a page", Call::page("/admins/forgotten").bearer(&ann), answer(403, &page, "<h1>Not for you</h1>")),
            ("a handler's page", Call::page("/admin").bearer(&ann), answer(403, &page, "<h1>Not for you</h1>")),
            ("a script", Call::script("/admin").bearer(&ann), forbidden()),
        ])
        .await;
    }

    async fn webhooks_are_checked_and_handled_once(server: whole()) {
        let webhook = Webhook::new(WEBHOOK_SECRET).unwrap();
        let call = |id: &str, body: &str, sent: &str| {
            let headers = webhook.sign(id, Timestamp::now(), body).unwrap();
            let mut call = Call::new("POST", "/hooks").body(sent);
            for (name, value) in &headers {
                call = call.header(name.as_str(), value.to_str().unwrap());
            }
            call
        };
        let status = async |call: Call| call.to(&server).await.status;
        assert_eq!(status(call("msg_1", "{}", "{}")).await, 204);
        assert_eq!(status(call("msg_1", "{}", "{}")).await, 204);
        assert_eq!(status(call("msg_3", "[]", "[]")).await, 500);

        // Whoever reads deliveries in the dashboard is told why.
        let long = format!("{{{}", " ".repeat(1 << 20));
        for (refused, code, why) in [
            (call("msg_2", "{}", "{} "), 400, "no signature of the webhook fits: "),
            (Call::new("POST", "/hooks").body("{}"), 400, "the webhook request lacks svix-id, svix-timestamp, svix-signature: "),
            (call("msg_4", &long, &long), 413, "the body of the webhook is over 1048576 bytes: "),
        ] {
            let told = refused.to(&server).await;
            assert!(told.status == code && told.body.starts_with(why), "{told:?}");
            assert!(told.headers.contains(&text("").headers[0]), "{told:?}");
        }
    }

    async fn a_webhook_without_its_secret_is_a_500(server: Parts { webhook: None, ..whole() }) {
        // A router of axum is not even built without it.
        let told = Call::new("POST", "/hooks").body("{}").to(&server).await;
        let is_told_so = told.status == 500 && told.body == misconfigured().body;
        assert!(is_told_so || told.status == 404, "{told:?}");
    }
}
