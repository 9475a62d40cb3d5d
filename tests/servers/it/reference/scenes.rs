//! Where cases start from: requests that get far.

use serde_json::{Value, json};

use super::{answers, dice::Dice, draft::Draft, mint::Mint, tokens, tokens::NOW};

pub(super) type Scene = fn(&mut Draft, &mut Dice, &mut Mint);

/// With how often they are taken.
pub(super) const SCENES: [(usize, Scene); 11] = [
    (20, signed_in_by_cookie),
    (12, signed_in_by_header),
    (8, a_first_visit),
    (12, a_satellite),
    (10, back_from_a_handshake_with_a_token),
    (8, back_from_a_handshake_with_a_nonce),
    (10, an_old_session_with_a_refresh_token),
    (8, an_address_of_an_organization),
    (14, a_machine),
    (5, from_another_origin),
    (5, the_primary_answers_a_satellite),
];

pub(super) fn begin(dice: &mut Dice, mint: &Mint) -> Draft {
    let (live, instance) = dice.pick(&[
        (true, "clerk.example.com"),
        (true, "clerk.example.com"),
        (false, "happy-cat-12.clerk.accounts.dev"),
        (false, "happy-cat-12.clerk.accounts.dev"),
        (false, "clerk.happy.cat-12.lcl.dev"),
    ]);
    let mut draft = Draft::new(live, instance, answers::good(mint));
    draft.milliseconds = dice.pick(&[0, 0, 1, 500, 999]);
    draft.origin = dice.pick(&["https://app.example.com", "https://app.example.com", "http://localhost:3000"]);
    draft.path = dice.pick(&["/", "/", "/some/page", "/a%20b/%C3%BC", "//twice", "/with.dot/./x/../y", "/UPPER/"]);
    if dice.percent(60) {
        draft.header("sec-fetch-dest", "document");
        draft.header("accept", "text/html,application/xhtml+xml");
    }
    draft.header("user-agent", "test");
    if !live && dice.percent(95) {
        // Clerk's scripts set both; old ones only the plain one.
        draft.cookie("__clerk_db_jwt", false, "dvb_1");
        if dice.percent(70) {
            draft.cookie("__clerk_db_jwt", true, "dvb_1");
        }
    }
    draft
}

/// The cookies of a session, as old and new versions of Clerk's scripts set them.
fn session_cookies(draft: &mut Draft, token: &str, uat: &str, dice: &mut Dice) {
    let style = dice.below(4);
    if style != 0 {
        draft.cookie("__session", true, token);
        draft.cookie("__client_uat", true, uat);
    }
    if style != 1 {
        draft.cookie("__session", false, token);
        draft.cookie("__client_uat", false, uat);
    }
}

fn signed_in_by_cookie(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let token = mint.write(&tokens::ordinary(&draft.issuer(), dice));
    session_cookies(draft, &token, &(NOW - 3_600).to_string(), dice);
}

fn signed_in_by_header(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let token = tokens::any(&draft.issuer(), dice, mint);
    draft.header("authorization", format!("Bearer {token}"));
    if dice.percent(60) {
        draft.without_header("sec-fetch-dest");
        draft.header("accept", "application/json");
    }
}

fn a_first_visit(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    match dice.below(5) {
        0 => draft.cookie("__client_uat", dice.percent(50), "0"),
        1 => draft.cookie("__client_uat", dice.percent(50), (NOW - 10).to_string()),
        2 => draft.without_cookie("__clerk_db_jwt", false),
        3 => draft.parameter("__clerk_db_jwt", "dvb_2"),
        _ => {}
    }
}

fn a_satellite(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    draft.option("isSatellite", json!(true));
    draft.option("domain", json!(dice.pick(&["satellite.example", "satellite.example", "app.example.com"])));
    draft.option(
        "signInUrl",
        json!(dice.pick(&["https://primary.example/sign-in", "https://primary.example/in?a=b#c"])),
    );
    if dice.percent(60) {
        draft.option("satelliteAutoSync", json!(dice.percent(75)));
    }
    draft.header("sec-fetch-dest", "document");
    match dice.below(5) {
        0 => draft.parameter("__clerk_synced", "false"),
        1 => draft.parameter("__clerk_synced", "true"),
        2 => draft.parameter("__clerk_synced", dice.pick(&["TRUE", "", "1"])),
        _ => {}
    }
    if dice.percent(50) {
        let of_domain = if draft.live && dice.percent(80) {
            format!("https://clerk.{}", draft.options["domain"].as_str().unwrap())
        } else {
            draft.issuer()
        };
        let token = mint.write(&tokens::ordinary(&of_domain, dice));
        session_cookies(draft, &token, &(NOW - 3_600).to_string(), dice);
    }
}

fn back_from_a_handshake_with_a_token(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let directives = answers::directives(draft, dice, mint);
    let token = mint.write(&tokens::handshake(&directives, dice));
    let token = if dice.percent(5) { tokens::spoil(&token, dice) } else { token };
    if dice.percent(50) {
        draft.parameter("__clerk_handshake", token);
    } else {
        draft.cookie("__clerk_handshake", false, token);
    }
    draft.cookie("__clerk_redirect_count", false, "1");
    with_something_else(draft, dice, mint);
}

fn back_from_a_handshake_with_a_nonce(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    answers::handshake(draft, dice, mint);
    if dice.percent(50) {
        draft.parameter("__clerk_handshake_nonce", "nonce_1");
    } else {
        draft.cookie("__clerk_handshake_nonce", false, "nonce_1");
    }
    with_something_else(draft, dice, mint);
}

/// What the browser had before it was sent away.
fn with_something_else(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    if dice.percent(30) {
        signed_in_by_cookie(draft, dice, mint);
    }
    match dice.below(5) {
        0 => draft.parameter("__clerk_help", "1"),
        1 => draft.parameter("a", "b%20c"),
        2 => draft.parameter("__clerk_db_jwt", "dvb_1"),
        _ => {}
    }
}

fn an_old_session_with_a_refresh_token(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let mut token = tokens::session(&draft.issuer());
    let issued = NOW - dice.pick(&[66, 70, 3_600, 100_000]);
    (token.payload["iat"], token.payload["nbf"], token.payload["exp"]) =
        (json!(issued), json!(issued - 10), json!(issued + 60));
    if dice.percent(10) {
        tokens::twist(&mut token, dice);
        token.payload["exp"] = json!(issued + 60);
    }
    let token = mint.write(&token);
    if dice.percent(80) {
        session_cookies(draft, &token, &(issued - 100).to_string(), dice);
    } else {
        draft.header("authorization", format!("Bearer {token}"));
    }
    draft.cookie("__refresh", dice.percent(90), "refresh-test");
    if dice.percent(10) {
        draft.method = "POST";
    }
    answers::refresh(draft, dice, mint);
}

pub(super) fn organization_patterns(dice: &mut Dice) -> (Value, Value) {
    let organizations = dice.pick(&[
        json!(["/orgs/:slug", "/orgs/:slug/(.*)"]),
        json!(["/orgs/:id", "/orgs/:id/(.*)"]),
        json!(["/orgs/:slug(.*)"]),
        json!(["/:id/orgs", "/orgs/:other"]),
        Value::Null,
    ]);
    let personal = dice.pick(&[json!(["/me", "/me/(.*)"]), json!(["/(.*)"]), Value::Null]);
    (organizations, personal)
}

fn an_address_of_an_organization(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let (organizations, personal) = organization_patterns(dice);
    draft.option(
        "organizationSyncOptions",
        json!({ "organizationPatterns": organizations, "personalAccountPatterns": personal }),
    );
    draft.path = dice.pick(&[
        "/orgs/acme",
        "/orgs/acme/",
        "/orgs/other",
        "/orgs/org_1",
        "/ORGS/acme/settings",
        "/orgs/org_2/a/b",
        "/me",
        "/me/x",
        "/orgs/a%20b",
        "/orgs",
        "/org_2/orgs",
    ]);
    draft.header("sec-fetch-dest", "document");
    let mut token = tokens::session(&draft.issuer());
    if dice.percent(75) {
        token = tokens::with_organization(token, dice);
    }
    if dice.percent(20) {
        tokens::twist(&mut token, dice);
    }
    let token = mint.write(&token);
    session_cookies(draft, &token, &(NOW - 3_600).to_string(), dice);
    if dice.percent(25) {
        draft.cookie("__clerk_redirect_count", false, dice.pick(&["1", "2", "3", "4"]));
    }
}

pub(super) fn accepted(dice: &mut Dice) -> Value {
    dice.pick(&[
        json!("session_token"),
        json!("api_key"),
        json!("m2m_token"),
        json!("oauth_token"),
        json!("any"),
        json!("any"),
        json!(["session_token", "api_key"]),
        json!(["m2m_token", "oauth_token"]),
        json!(["oauth_token"]),
        json!(["session_token", "api_key", "m2m_token", "oauth_token"]),
    ])
}

fn a_machine(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    draft.without_header("sec-fetch-dest");
    draft.header("accept", "application/json");
    let kind = dice.pick(&["api_key", "m2m_token", "oauth_token"]);
    let issuer = draft.issuer();
    let token = match kind {
        "api_key" => "ak_test_1".to_owned(),
        "m2m_token" if dice.percent(50) => "mt_test_1".to_owned(),
        "m2m_token" => mint.write(&tokens::m2m(&issuer, dice)),
        _ if dice.percent(50) => "oat_test_1".to_owned(),
        _ => mint.write(&tokens::oauth(&issuer, dice)),
    };
    let token = if dice.percent(10) { tokens::any(&issuer, dice, mint) } else { token };
    if dice.percent(95) {
        draft.header("authorization", format!("Bearer {token}"));
    }
    let accepts = match dice.below(10) {
        0..=3 => json!(kind),
        4 => json!([kind]),
        5 => json!("any"),
        6 => json!(["session_token", kind]),
        _ => accepted(dice),
    };
    draft.option("acceptsToken", accepts);
    if dice.percent(5) {
        draft.option("isSatellite", json!(true));
    }
    if dice.percent(50) {
        draft.option("machineSecretKey", json!("ak_machine_test"));
    }
    if dice.percent(50) {
        answers::machines(draft, dice);
    }
}

fn from_another_origin(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let token = mint.write(&tokens::session(&draft.issuer()));
    session_cookies(draft, &token, &(NOW - 3_600).to_string(), dice);
    draft.header("sec-fetch-dest", "document");
    draft.header("referer", referer(dice));
}

pub(super) fn referer(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "https://satellite.example/page",
        "https://app.example.com/other",
        "http://app.example.com/",
        "https://accounts.example.com/sign-in",
        "https://accounts.evil.com/",
        "https://happy-cat-12.accounts.dev/sign-in",
        "https://other.accounts.dev/",
        "https://x.clerk.accounts.dev/",
        "https://accounts.happy.cat-12.lcl.dev/",
        "https://accounts.foo.lclclerk.com/",
        "https://x.accounts.lclclerk.com/",
        "https://clerk.example.com/v1",
        "https://happy-cat-12.clerk.accounts.dev/v1/client",
        "https://clerk.example.com:8443/",
        "http://localhost:3000/",
        "no address",
        "about:blank",
        "",
    ])
}

fn the_primary_answers_a_satellite(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let back = dice.pick(&[
        "https%3A%2F%2Fsatellite.example%2Fpage%3Fa%3Db%23c",
        "https%3A%2F%2Fsatellite.example",
        "https%3A%2F%2Fsatellite.example%2F%3F__clerk_synced%3Dfalse",
        "https%3A%2F%2Fsatellite.example%2F%3Fflag%26a%3Db%2520c",
        "%2Frelative",
        "nonsense",
    ]);
    draft.parameter("__clerk_redirect_url", back);
    draft.header("sec-fetch-dest", "document");
    if dice.percent(70) {
        signed_in_by_cookie(draft, dice, mint);
    }
}
