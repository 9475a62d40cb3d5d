//! Tokens as Clerk issues them, and as nobody should accept them.

use serde_json::json;

use super::{
    dice::Dice,
    mint::{Mint, Seal, Signer, Token},
};

/// The second that all cases are near to.
pub(super) const NOW: i64 = 1_800_000_000;

pub(super) const SESSION: &str = "cl_B7d4PD111AAA";
pub(super) const TEMPLATE: &str = "cl_B7d4PD222AAA";
pub(super) const M2M: &str = "cl_B7d4PD333AAA";
pub(super) const IGNORE: &str = "cl_I7d4PD111III";

/// Where clocks and skews begin to matter, in seconds from now.
const MOMENTS: [i64; 34] = [
    -200_000, -90_000, -86_401, -86_400, -86_399, -80_000, -3_700, -3_600, -61, -60, -59, -11, -10, -9, -6, -5, -4, -1,
    0, 1, 4, 5, 6, 9, 10, 11, 59, 60, 61, 3_600, 86_399, 86_400, 86_401, 90_000,
];

pub(super) fn moment(dice: &mut Dice) -> i64 {
    // Near ones are worth more: the default skew is five seconds.
    if dice.percent(60) { dice.below(15) as i64 - 7 } else { dice.pick(&MOMENTS) }
}

/// A token of the first format, valid now, without an organization.
pub(super) fn session(issuer: &str) -> Token {
    Token {
        header: json!({ "alg": "RS256", "cat": SESSION, "kid": Signer::Instance.key_id(), "typ": "JWT" }),
        payload: json!({
            "azp": "https://app.example.com", "exp": NOW + 50, "iat": NOW - 10, "iss": issuer, "nbf": NOW - 20,
            "sid": "sess_1", "sub": "user_1", "v": 1,
        }),
        signer: Signer::Instance,
        seal: Seal::Rs256,
    }
}

/// That token with an organization, in either format.
pub(super) fn with_organization(mut token: Token, dice: &mut Dice) -> Token {
    let claims = token.payload.as_object_mut().unwrap();
    if dice.percent(50) {
        claims.insert("org_id".into(), json!("org_1"));
        claims.insert("org_slug".into(), json!("acme"));
        claims.insert("org_role".into(), json!("org:admin"));
        claims.insert("org_permissions".into(), json!(["org:reports:read"]));
    } else {
        claims.insert("v".into(), json!(2));
        claims.insert("fea".into(), json!("o:reports,o:billing"));
        claims.insert("pla".into(), json!("o:pro"));
        claims.insert(
            "o".into(),
            json!({ "id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "3,1" }),
        );
    }
    token
}

/// A token of an ordinary person, at some time.
pub(super) fn ordinary(issuer: &str, dice: &mut Dice) -> Token {
    let mut token = session(issuer);
    if dice.percent(25) {
        token = with_organization(token, dice);
    }
    if dice.percent(30) {
        age(&mut token, dice);
    }
    token
}

/// Other times than those of a fresh token.
pub(super) fn age(token: &mut Token, dice: &mut Dice) {
    let payload = &mut token.payload;
    match dice.below(8) {
        0..=2 => payload["exp"] = json!(NOW + moment(dice)),
        3 => payload["nbf"] = json!(NOW + moment(dice)),
        4 => payload["iat"] = json!(NOW + moment(dice)),
        5 => {
            let issued = moment(dice);
            payload["iat"] = json!(NOW + issued);
            payload["nbf"] = json!(NOW + issued - 10);
            payload["exp"] = json!(NOW + issued + 60);
        }
        6 => {
            payload["exp"] = json!(NOW - 100);
            payload["iat"] = json!(NOW - 160);
            payload["nbf"] = json!(NOW - 170);
        }
        _ => {
            let claim = dice.pick(&["exp", "nbf", "iat", "iat"]);
            payload[claim] = dice.pick(&[
                json!(NOW as f64 + 0.5),
                json!(NOW as f64 - 4.5),
                json!(NOW as f64 - 5.5),
                json!(NOW as f64 + 5.5),
                json!(4_000_000_000_u64),
                json!(-1),
                json!(0),
                json!(NOW.to_string()),
                json!(null),
                json!(true),
                json!([NOW]),
            ]);
        }
    }
}

pub(super) fn m2m(issuer: &str, dice: &mut Dice) -> Token {
    let mut token = session(issuer);
    token.header["cat"] = json!(M2M);
    token.payload = json!({
        "exp": NOW + 3_000, "iat": NOW - 600, "nbf": NOW - 610, "iss": issuer, "jti": "mt_1", "sub": "mch_1",
        "scopes": "mch_2 mch_3", "aud": ["mch_2", "mch_3"],
    });
    match dice.below(10) {
        0 => drop(token.header.as_object_mut().unwrap().remove("cat")),
        1 => token.header["cat"] = json!(dice.pick(&[SESSION, TEMPLATE, IGNORE, "cl_other", ""])),
        2 => drop(token.payload.as_object_mut().unwrap().remove("scopes")),
        3 => token.payload["plan"] = json!({ "name": "gold" }),
        4 => drop(token.payload.as_object_mut().unwrap().remove("jti")),
        5 => age(&mut token, dice),
        _ => {}
    }
    token
}

pub(super) fn oauth(issuer: &str, dice: &mut Dice) -> Token {
    let mut token = session(issuer);
    token.header = json!({ "alg": "RS256", "kid": Signer::Instance.key_id(), "typ": "at+jwt" });
    token.payload = json!({
        "exp": NOW + 3_000, "iat": NOW - 600, "nbf": NOW - 610, "iss": issuer, "jti": "oat_1", "sub": "user_1",
        "client_id": "client_1", "scope": "openid profile",
    });
    match dice.below(10) {
        0 | 1 => token.header["typ"] = json!("application/at+jwt"),
        2 => token.payload["scp"] = json!(["email"]),
        3 => drop(token.payload.as_object_mut().unwrap().remove("scope")),
        4 => {
            token.payload["aud"] =
                dice.pick(&[json!("api"), json!(["api", "other"]), json!("other"), json!(7), json!("")])
        }
        5 => token.header["cat"] = json!(dice.pick(&[SESSION, TEMPLATE, M2M, IGNORE])),
        6 => token.payload["sub"] = dice.pick(&[json!("mch_1"), json!(7), json!(null), json!("")]),
        7 => token.payload["act"] = json!({ "sub": "user_2" }),
        8 => age(&mut token, dice),
        _ => {}
    }
    token
}

/// One thing about a session token that makes it another.
pub(super) fn twist(token: &mut Token, dice: &mut Dice) {
    match dice.below(4) {
        0 => twist_of_header(token, dice),
        1 => twist_of_claims(token, dice),
        2 => twist_of_organization(token, dice),
        _ => age(token, dice),
    }
}

fn twist_of_header(token: &mut Token, dice: &mut Dice) {
    let header = &mut token.header;
    let mut leave_out = |name: &str| drop(header.as_object_mut().unwrap().remove(name));
    match dice.below(20) {
        0 => leave_out("typ"),
        1 => {
            header["typ"] =
                dice.pick(&[json!("jwt"), json!("JWT "), json!(""), json!(null), json!(7), json!("dpop+jwt")])
        }
        2 => header["typ"] = dice.pick(&[json!("at+jwt"), json!("application/at+jwt"), json!("AT+JWT")]),
        3 => (header["alg"], token.seal) = (json!("none"), Seal::Nothing),
        4 => (header["alg"], token.seal) = (json!("HS256"), Seal::Hs256),
        5 => token.seal = Seal::Hs256,
        6 => (header["alg"], token.seal) = (json!("RS512"), Seal::Rs512),
        7 => header["alg"] = json!("RS512"),
        8 => (header["alg"], token.seal) = (json!("RS384"), Seal::Rs384),
        9 => (header["alg"], token.seal) = (json!("PS256"), Seal::Ps256),
        10 => {
            header["alg"] =
                dice.pick(&[json!("ES256"), json!("rs256"), json!(""), json!(null), json!(256), json!(["RS256"])])
        }
        11 => leave_out("alg"),
        12 => leave_out("kid"),
        13 => header["kid"] = dice.pick(&[json!("ins_unknown"), json!(""), json!(7), json!(null)]),
        14 => header["kid"] = json!(Signer::Second.key_id()),
        15 => token.signer = Signer::Stranger,
        16 => (header["kid"], token.signer) = (json!(Signer::Stranger.key_id()), Signer::Stranger),
        17 => (header["kid"], token.signer) = (json!(Signer::Second.key_id()), Signer::Second),
        18 => {
            header["cat"] = dice.pick(&[
                json!(TEMPLATE),
                json!(M2M),
                json!(IGNORE),
                json!("cl_other"),
                json!(""),
                json!(null),
                json!(7),
                json!(0),
                json!(false),
            ]);
        }
        _ => leave_out("cat"),
    }
}

fn twist_of_claims(token: &mut Token, dice: &mut Dice) {
    let claims = &mut token.payload;
    let mut leave_out = |name: &str| drop(claims.as_object_mut().unwrap().remove(name));
    match dice.below(12) {
        0 => leave_out(dice.pick(&["iss", "sub", "sid", "azp", "exp", "nbf", "iat"])),
        1 => {
            let issuer = claims["iss"].as_str().unwrap_or_default().to_owned();
            claims["iss"] = dice.pick(&[
                json!("https://clerk.other.example"),
                json!(format!("{issuer}/")),
                json!(issuer.replace("https", "http")),
                json!(issuer.trim_start_matches("https://")),
                json!(7),
                json!(""),
                json!(null),
                json!([issuer]),
            ]);
        }
        2 => {
            claims["sub"] =
                dice.pick(&[json!(""), json!(7), json!(null), json!("mch_1"), json!(["user_1"]), json!("user_2")])
        }
        3 => {
            claims["azp"] =
                dice.pick(&[json!(""), json!("https://other.example"), json!(null), json!(7), json!("null")])
        }
        4..=6 => *token = with_audience(token.clone(), dice),
        7 => claims["sts"] = dice.pick(&[json!("pending"), json!("active"), json!(7), json!("")]),
        8 => claims["fva"] = dice.pick(&[json!([0, -1]), json!([1]), json!("0,0"), json!(null)]),
        9 => claims["act"] = json!({ "sub": "user_2", "iss": "https://dashboard.clerk.com" }),
        10 => claims["custom"] = json!({ "deep": [1, { "er": "ü" }] }),
        _ => leave_out(dice.pick(&["azp", "sid", "nbf", "iat"])),
    }
}

pub(super) fn with_audience(mut token: Token, dice: &mut Dice) -> Token {
    token.payload["aud"] = dice.pick(&[
        json!("api"),
        json!("other"),
        json!(["api"]),
        json!(["other", "api"]),
        json!(["other"]),
        json!([]),
        json!(""),
        json!([""]),
        json!(null),
        json!(7),
        json!(["api", 7]),
        json!({ "api": true }),
        json!(true),
        json!([["api"]]),
    ]);
    token
}

fn twist_of_organization(token: &mut Token, dice: &mut Dice) {
    *token = with_organization(token.clone(), dice);
    let claims = &mut token.payload;
    let second = claims["v"] == json!(2);
    match dice.below(9) {
        0 => claims["v"] = dice.pick(&[json!(1), json!(2), json!(3), json!("2"), json!(null), json!(2.0)]),
        1 if second => {
            claims["fea"] = dice.pick(&[json!("u:alone,o:billing"), json!("uo:both"), json!("o:a,o:b,o:c"), json!("")])
        }
        2 if second => claims["fea"] = dice.pick(&[json!("reports"), json!("o:reports,broken")]),
        3 if second => {
            claims["o"] = dice.pick(&[json!({ "id": "org_1" }), json!({ "id": "org_1", "rol": "member" }), json!(null)])
        }
        4 if second => {
            claims["o"]["fpm"] = dice.pick(&[
                json!("1"),
                json!("0,3"),
                json!("x,1"),
                json!("340282366920938463463374607431768211457,1"),
                json!(""),
            ])
        }
        5 if second => drop(claims.as_object_mut().unwrap().remove("fea")),
        6 if second => claims["o"]["slg"] = dice.pick(&[json!("other"), json!(null), json!("")]),
        7 if !second => claims["org_slug"] = dice.pick(&[json!("other"), json!(null), json!("")]),
        8 if !second => claims["org_id"] = json!("org_2"),
        _ => {}
    }
}

/// What a token becomes on its way, or what was never one.
pub(super) fn spoil(written: &str, dice: &mut Dice) -> String {
    let mut parts: Vec<String> = written.split('.').map(str::to_owned).collect();
    match dice.below(12) {
        0 => {
            return dice
                .pick(&["tok", "a.b", "a.b.c", "..", "...", "e30.e30.e30", "null", "undefined", "!!!.!!!.!!!"])
                .to_owned();
        }
        1 => parts[2].clear(),
        2 => parts.push("e30".to_owned()),
        3 => drop(parts.pop()),
        4 => parts[0].push('='),
        5 => parts[2].push_str("=="),
        6 => parts[1] = parts[1].replacen('e', "f", 1),
        7 if !parts[2].is_empty() => {
            let changed = if parts[2].starts_with('A') { "B" } else { "A" };
            parts[2].replace_range(0..1, changed);
        }
        8 => parts[2] = parts[2].chars().skip(2).collect(),
        9 => parts[2] = parts[2].replace('-', "+").replace('_', "/"),
        10 => parts[1].push('!'),
        _ => parts.swap(0, 1),
    }
    parts.join(".")
}

/// A token whose parts are JSON and no objects.
pub(super) fn hollow(dice: &mut Dice, mint: &mut Mint) -> String {
    let odd = [json!(null), json!([]), json!("text"), json!(7), json!(true)];
    let mut token = session("https://clerk.example.com");
    if dice.percent(50) {
        token.payload = dice.pick(&odd);
    } else {
        token.header = dice.pick(&odd);
    }
    mint.write(&token)
}

/// Any token at all, mostly a good one.
pub(super) fn any(issuer: &str, dice: &mut Dice, mint: &mut Mint) -> String {
    let mut token = match dice.below(20) {
        0 => m2m(issuer, dice),
        1 => oauth(issuer, dice),
        2 => return opaque(dice),
        3 if dice.percent(25) => return hollow(dice, mint),
        _ => ordinary(issuer, dice),
    };
    if dice.percent(35) {
        twist(&mut token, dice);
    }
    let written = mint.write(&token);
    let spoiled = if token.header["typ"] == "at+jwt" { 25 } else { 6 };
    if dice.percent(spoiled) { spoil(&written, dice) } else { written }
}

pub(super) fn opaque(dice: &mut Dice) -> String {
    dice.pick(&["ak_test_1", "mt_test_1", "oat_test_1", "AK_test_1", "m2m_test_1", "ak_", "oat", "mt_a.b.c"]).to_owned()
}

/// What the Frontend API hands over in a handshake: the cookies that it wants set.
pub(super) fn handshake(directives: &[String], dice: &mut Dice) -> Token {
    let mut token = session("");
    token.payload = json!({ "handshake": directives });
    match dice.below(16) {
        0 => drop(token.header.as_object_mut().unwrap().remove("cat")),
        1 => token.header["cat"] = json!(dice.pick(&[TEMPLATE, M2M, IGNORE, "cl_other"])),
        2 => token.signer = Signer::Stranger,
        3 => twist_of_header(&mut token, dice),
        4 => {
            token.payload = dice.pick(&[
                json!({}),
                json!({ "handshake": null }),
                json!({ "handshake": [] }),
                json!({ "handshake": "x" }),
            ])
        }
        5 => token.payload["exp"] = json!(NOW - 1_000),
        _ => {}
    }
    token
}
