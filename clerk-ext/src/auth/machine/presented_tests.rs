use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;

fn jwt(header: &str, payload: &str) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

#[test]
fn a_kind_is_told_by_prefix_subject_and_type() {
    let at = r#"{"alg":"RS256","typ":"at+jwt"}"#;
    let plain = r#"{"alg":"RS256","typ":"JWT"}"#;
    for (token, kind) in [
        ("mt_1".to_owned(), Some(TokenType::M2m)),
        ("oat_1".to_owned(), Some(TokenType::OAuth)),
        ("ak_1".to_owned(), Some(TokenType::ApiKey)),
        (jwt(plain, r#"{"sub":"mch_1"}"#), Some(TokenType::M2m)),
        (jwt(at, r#"{"sub":"mch_1"}"#), Some(TokenType::M2m)),
        (jwt(at, r#"{"sub":"user_1"}"#), Some(TokenType::OAuth)),
        (jwt(r#"{"typ":"application/at+jwt"}"#, "{}"), Some(TokenType::OAuth)),
        ("mt_a.b.c".to_owned(), Some(TokenType::M2m)),
        (jwt(plain, r#"{"sub":"user_1"}"#), None),
        (jwt(plain, r#"{"sub":["mch_1"]}"#), None),
        (jwt(r#"{"typ":"AT+JWT"}"#, "{}"), None),
        (jwt("null", r#"{"sub":"mch_1"}"#), None),
        (format!("{}=", jwt(at, "{}")), None),
        ("AK_1".to_owned(), None),
        (" ak_1".to_owned(), None),
        ("a.b.c".to_owned(), None),
        (String::new(), None),
    ] {
        assert_eq!(machine_token_type(&token), kind, "{token}");
    }
}
