//! One thing about a case that is otherwise than in its scene.

use serde_json::{Value, json};

use super::{
    answers,
    dice::Dice,
    draft::Draft,
    mint::{Mint, Signer},
    scenes,
    tokens::{self, NOW},
};

type Change = fn(&mut Draft, &mut Dice, &mut Mint);

pub(super) const CHANGES: [(usize, Change); 31] = [
    (6, session_cookie),
    (2, another_session_cookie),
    (6, client_uat),
    (5, fetch_metadata),
    (3, method),
    (2, development_browser),
    (2, refresh_cookie),
    (3, redirect_count),
    (4, handshake_value),
    (3, query),
    (3, address),
    (4, forwarded),
    (3, referer),
    (2, origin_header),
    (3, authorization),
    (3, accepts),
    (3, authorized_parties),
    (3, audience),
    (3, issuer),
    (3, skew),
    (3, organization_sync),
    (3, proxy),
    (3, satellite),
    (2, satellite_settings),
    (4, jwt_key),
    (4, key_set),
    (3, answer_of_refresh),
    (2, answer_of_handshake),
    (2, answers_about_machines),
    (1, keys),
    (3, cookies_as_attackers_write_them),
];

pub(super) fn change(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let all: usize = CHANGES.iter().map(|(weight, _)| weight).sum();
    let mut at = dice.below(all);
    for (weight, change) in CHANGES {
        if at < weight {
            return change(draft, dice, mint);
        }
        at -= weight;
    }
}

/// As the instance writes it, also where the Frontend API has moved with the domain.
fn issuer_of(draft: &Draft, dice: &mut Dice) -> String {
    match draft.options.get("domain").and_then(Value::as_str) {
        Some(domain) if draft.live && dice.percent(70) => format!("https://clerk.{domain}"),
        _ => draft.issuer(),
    }
}

fn session_cookie(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let suffixed = dice.percent(50);
    if dice.percent(25) {
        draft.without_cookie("__session", suffixed);
    } else {
        let issuer = issuer_of(draft, dice);
        let token = tokens::any(&issuer, dice, mint);
        draft.cookie("__session", suffixed, token);
    }
}

fn another_session_cookie(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let token = tokens::any(&draft.issuer(), dice, mint);
    draft.another_cookie("__session", dice.percent(50), token);
}

fn client_uat(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let suffixed = dice.percent(50);
    match dice.below(6) {
        0 => draft.without_cookie("__client_uat", suffixed),
        1 => draft.cookie("__client_uat", suffixed, "0"),
        2 => draft.cookie(
            "__client_uat",
            suffixed,
            dice.pick(&["", "abc", "12abc", "-1", "1.5", " 7", "+7", "00", "1e9", "99999999999999999999"]),
        ),
        _ => draft.cookie(
            "__client_uat",
            suffixed,
            (NOW + dice.pick(&[-3_600, -100, -11, -10, -9, 0, 5, 100])).to_string(),
        ),
    }
}

fn fetch_metadata(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    if dice.percent(60) {
        match dice.pick(&["document", "iframe", "empty", "image", "Document", "", "none"]) {
            "none" => draft.without_header("sec-fetch-dest"),
            value => draft.header("sec-fetch-dest", value),
        }
    }
    if dice.percent(60) {
        match dice.pick(&[
            "text/html",
            "text/html,*/*",
            "application/json",
            "*/*",
            "Text/HTML",
            "application/json, text/html",
            " text/html",
            "none",
        ]) {
            "none" => draft.without_header("accept"),
            value => draft.header("accept", value),
        }
    }
}

fn method(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    draft.method = dice.pick(&["POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH"]);
}

fn development_browser(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    match dice.below(4) {
        0 => draft.without_cookie("__clerk_db_jwt", false),
        1 => draft.without_cookie("__clerk_db_jwt", true),
        2 => draft.cookie("__clerk_db_jwt", dice.percent(50), dice.pick(&["dvb_2", "", "a%20b%26c"])),
        _ => draft.parameter("__clerk_db_jwt", dice.pick(&["dvb_3", "", "a%20b"])),
    }
}

fn refresh_cookie(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    if dice.percent(30) {
        draft.without_cookie("__refresh", true);
    } else {
        draft.cookie("__refresh", dice.percent(80), "refresh-test");
    }
}

fn redirect_count(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let count = dice.pick(&["0", "1", "2", "3", "3", "4", "7", "abc", "", "3.0"]);
    draft.cookie("__clerk_redirect_count", false, count);
}

fn handshake_value(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let directives = answers::directives(draft, dice, mint);
    let mut token = tokens::handshake(&directives, dice);
    if dice.percent(20) {
        tokens::twist(&mut token, dice);
    }
    let token = mint.write(&token);
    match dice.below(5) {
        0 => draft.parameter("__clerk_handshake", token),
        1 => draft.cookie("__clerk_handshake", false, token),
        2 => draft.parameter("__clerk_handshake_nonce", dice.pick(&["nonce_1", "a%20b%26c%2Fd", ""])),
        3 => draft.cookie("__clerk_handshake_nonce", false, dice.pick(&["nonce_1", "a%20b", "a/../b"])),
        _ => {
            draft.cookie("__clerk_handshake", false, tokens::any(&draft.issuer(), dice, mint));
        }
    }
    answers::handshake(draft, dice, mint);
}

fn query(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let (name, value) = dice.pick(&[
        ("flag", ""),
        ("a", "b%20c"),
        ("a", "b+c"),
        ("%C3%BC", "%F0%9F%98%80"),
        ("bad", "%zz%"),
        ("redirect_url", "https%3A%2F%2Fevil.example"),
        ("__dev_session", "dvb_9"),
        ("__clerk_help", "1"),
        ("__clerk_synced", "true"),
        ("__clerk_synced", "false"),
        ("__clerk_redirect_url", "https%3A%2F%2Fsatellite.example%2F"),
        ("__session", "x"),
        ("plus", "1%2B1"),
        ("quote", "'%22%3C%3E"),
        ("a;b", "c;d"),
        ("", "x"),
    ]);
    draft.parameter(name, value);
}

fn address(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    draft.origin = dice.pick(&[
        "https://app.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "http://localhost:3000",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "https://clerk.example.com",
        "https://satellite.example",
    ]);
    draft.path = dice.pick(&[
        "/",
        "/x",
        "//evil.example/x",
        "/orgs/acme",
        "/%2e%2e/x",
        "/a'b(c)",
        "/%zz",
        "/x/",
        "/%70rofile",
        "/me",
    ]);
    if dice.percent(40) {
        draft.header(
            "host",
            dice.pick(&["app.example.com", "evil.example", "localhost:3000", "app.example.com:443", "EXAMPLE.com"]),
        );
    }
}

fn forwarded(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    if dice.percent(70) {
        draft.header(
            "x-forwarded-host",
            dice.pick(&[
                "public.example.com",
                "public.example.com, inner.example.com",
                " public.example.com ,x",
                "app.example.com",
                "public.example.com:8443",
                "public.example.com:443",
                "",
                ",",
                "evil.example/path?",
                "user@evil.example",
                "bad host",
                "evil.example#",
                "[::1",
                "bücher.example",
                "PUBLIC.example.com",
            ]),
        );
    }
    if dice.percent(70) {
        draft.header(
            "x-forwarded-proto",
            dice.pick(&["https", "http", "https,http", "http, https", "", "HTTPS", "ftp", "javascript", "https:"]),
        );
    }
    if dice.percent(20) {
        draft.header("x-forwarded-port", "9999");
    }
    if dice.percent(20) {
        draft.header("cloudfront-forwarded-proto", "http");
    }
    if dice.percent(40) {
        draft.header("host", dice.pick(&["app.example.com", "inner.example.com", "localhost:3000"]));
    }
}

fn referer(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    draft.header("referer", scenes::referer(dice));
}

fn origin_header(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let origin =
        dice.pick(&["https://primary.example", "https://app.example.com", "https://satellite.example", "null", ""]);
    draft.header("origin", origin);
}

fn authorization(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let token = if dice.percent(15) { tokens::opaque(dice) } else { tokens::any(&draft.issuer(), dice, mint) };
    let value = match dice.below(12) {
        0 => format!("bearer {token}"),
        1 => token,
        2 => format!("Basic {token}"),
        3 => "Bearer".to_owned(),
        4 => format!("Bearer {token} extra"),
        5 => format!("Bearer  {token}"),
        6 => String::new(),
        7 => {
            draft.without_header("authorization");
            return;
        }
        _ => format!("Bearer {token}"),
    };
    draft.header("authorization", value);
}

fn accepts(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let accepted = scenes::accepted(dice);
    draft.option("acceptsToken", accepted);
}

fn authorized_parties(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let parties = dice.pick(&[
        json!(["https://app.example.com"]),
        json!(["https://other.example", "https://app.example.com"]),
        json!(["https://other.example"]),
        json!(["https://app.example.com/"]),
        json!([]),
    ]);
    draft.option("authorizedParties", parties);
}

fn audience(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let audience = dice.pick(&[json!("api"), json!(["api"]), json!(["none", "api"]), json!(["none"])]);
    draft.option("audience", audience);
    if dice.percent(50) {
        let token = mint.write(&tokens::with_audience(tokens::session(&draft.issuer()), dice));
        draft.cookie("__session", dice.percent(50), token);
    }
}

fn issuer(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let right = draft.issuer();
    let issuer = match dice.below(4) {
        0 => json!("https://clerk.other.example"),
        1 => json!(["https://clerk.other.example", right]),
        2 => json!([right]),
        _ => json!(right),
    };
    draft.option("issuer", issuer);
}

fn skew(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let skew = dice.pick(&[0, 1, 4_999, 5_000, 5_001, 10_000, 60_000]);
    draft.option("clockSkewInMs", json!(skew));
}

fn organization_sync(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let (organizations, personal) = scenes::organization_patterns(dice);
    draft.option(
        "organizationSyncOptions",
        json!({ "organizationPatterns": organizations, "personalAccountPatterns": personal }),
    );
    if dice.percent(50) {
        draft.path = dice.pick(&["/orgs/acme", "/orgs/org_1/x", "/me", "/orgs/other"]);
    }
}

fn proxy(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    let proxy = dice.pick(&[
        "https://app.example.com/__clerk",
        "https://app.example.com/__clerk/",
        "/__clerk",
        "/api/__clerk//",
        "http://localhost:3000/clerk",
        "https://proxy.example",
    ]);
    draft.option("proxyUrl", json!(proxy));
}

fn satellite(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    draft.option("isSatellite", json!(true));
    draft.option("signInUrl", json!("https://primary.example/sign-in"));
    if dice.percent(70) {
        draft.option("domain", json!("satellite.example"));
    } else {
        draft.option("proxyUrl", json!("https://satellite.example/__clerk"));
    }
    if dice.percent(50) {
        draft.option("satelliteAutoSync", json!(true));
    }
}

fn satellite_settings(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    match dice.below(6) {
        0 => draft.option("domain", json!("satellite.example")),
        1 => draft.option("signInUrl", json!("/sign-in")),
        2 => draft.option("signInUrl", Value::Null),
        3 => draft.option("domain", Value::Null),
        4 => draft.option("isSatellite", json!(dice.percent(50))),
        _ => draft.option("satelliteAutoSync", json!(dice.percent(50))),
    }
}

fn jwt_key(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let right = mint.pem(Signer::Instance);
    let key = match dice.below(8) {
        0 => mint.pem(Signer::Second),
        1 => mint.pem(Signer::Stranger),
        2 => right.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "").replace('\n', ""),
        3 => right.replace('\n', ""),
        _ => right,
    };
    draft.option("jwtKey", json!(key));
}

fn key_set(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    answers::other_key_set(draft, dice, mint);
}

fn answer_of_refresh(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    answers::refresh(draft, dice, mint);
}

fn answer_of_handshake(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    answers::handshake(draft, dice, mint);
}

fn answers_about_machines(draft: &mut Draft, dice: &mut Dice, _: &mut Mint) {
    answers::machines(draft, dice);
}

fn keys(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    if dice.percent(50) {
        // Without a secret key there is no other way to check a token.
        draft.option("secretKey", Value::String(String::new()));
        draft.option("jwtKey", json!(mint.pem(Signer::Instance)));
    } else {
        draft.option("machineSecretKey", json!("ak_machine_test"));
    }
}

fn cookies_as_attackers_write_them(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    let token = mint.write(&tokens::session(&draft.issuer()));
    match dice.below(7) {
        0 => draft.another_cookie("theme", false, format!("dark%3B__session%3D{token}%3B__client_uat%3D1")),
        1 => draft.another_cookie("__Session", false, token),
        2 => draft.another_cookie("__session", false, format!("\"{token}\"")),
        3 => draft.another_cookie("__session", false, token.replacen('.', "%2E", 1)),
        4 => draft.another_cookie("__session", false, "%E0%A4%A"),
        5 => draft.another_cookie("__session", true, ""),
        _ => draft.another_cookie(" __session ", false, format!(" {token} ")),
    }
}
