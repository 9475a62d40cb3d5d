use super::{
    authenticator::{Algorithm, Authenticator},
    *,
};

const RP: &str = "app.example.com";
const ORIGIN: &str = "https://app.example.com";

fn here(origin: &str) -> bool {
    origin == ORIGIN
}

fn creation(challenge: &str) -> Value {
    creation_options(RP, "App", "user_1", "ann@example.com", &[], challenge)
}

fn request(challenge: &str) -> Value {
    request_options(RP, &[], challenge)
}

fn registered(authenticator: &mut Authenticator) -> (Registered, Value) {
    let credential = authenticator.create(&creation("Y2hhbGxlbmdl"), ORIGIN);
    (register(&credential.to_string(), "Y2hhbGxlbmdl", RP, here).unwrap(), credential)
}

fn check(credential: &Value, passkey: &Registered) -> Result<u32, PasskeyError> {
    assert(&credential.to_string(), "Z2V0", RP, here, &passkey.public_key, passkey.sign_count)
}

#[test]
fn a_passkey_of_each_algorithm_registers_and_signs_in() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let mut authenticator = Authenticator::new(algorithm);
        let (passkey, credential) = registered(&mut authenticator);
        assert_eq!(passkey.credential_id, credential["id"].as_str().unwrap());
        assert_eq!((passkey.sign_count, passkey.user_verified, passkey.backed_up), (1, true, false));
        let answer = authenticator.get(&request("Z2V0"), ORIGIN);
        assert_eq!(check(&answer, &passkey), Ok(2), "{algorithm:?}");
        assert_eq!(credential_id(&answer.to_string()).as_ref(), Ok(&passkey.credential_id));
        assert_eq!(user_handle(&answer.to_string()), Ok(Some("user_1".to_owned())));
    }
}

#[test]
fn a_registration_for_something_else_is_refused() {
    let mut authenticator = Authenticator::default();
    let credential = authenticator.create(&creation("b25l"), ORIGIN).to_string();
    let attempt = |challenge: &str, rp: &str, origin: &str| {
        register(&credential, challenge, rp, |found| found == origin).map(|_| ())
    };
    assert_eq!(attempt("b25l", RP, ORIGIN), Ok(()));
    assert_eq!(attempt("dHdv", RP, ORIGIN), Err(PasskeyError::Challenge));
    assert_eq!(attempt("", RP, ORIGIN), Err(PasskeyError::Challenge));
    assert_eq!(attempt("b25l", "example.com", ORIGIN), Err(PasskeyError::RelyingParty));
    assert_eq!(attempt("b25l", RP, "https://example.com"), Err(PasskeyError::Origin));
    assert_eq!(assert(&credential, "b25l", RP, here, &[], 0), Err(PasskeyError::Ceremony));
}

#[test]
fn an_assertion_for_something_else_is_refused() {
    let mut authenticator = Authenticator::default();
    let (passkey, _) = registered(&mut authenticator);
    let json = authenticator.get(&request("Z2V0"), ORIGIN).to_string();
    let attempt = |challenge: &str, rp: &str, origin: &str| {
        assert(&json, challenge, rp, |found| found == origin, &passkey.public_key, 0)
    };
    assert_eq!(attempt("Z2V0", RP, ORIGIN), Ok(2));
    assert_eq!(attempt("b3RoZXI", RP, ORIGIN), Err(PasskeyError::Challenge));
    assert_eq!(attempt("Z2V0", "example.com", ORIGIN), Err(PasskeyError::RelyingParty));
    assert_eq!(attempt("Z2V0", RP, "https://example.com"), Err(PasskeyError::Origin));
    assert_eq!(register(&json, "Z2V0", RP, here), Err(PasskeyError::Ceremony));
}

#[test]
fn the_signature_of_another_passkey_is_refused() {
    let mut authenticator = Authenticator::default();
    registered(&mut authenticator);
    let (other, _) = registered(&mut Authenticator::default());
    let answer = authenticator.get(&request("Z2V0"), ORIGIN);
    assert_eq!(check(&answer, &other), Err(PasskeyError::Signature));
}

#[test]
fn the_counter_must_advance_unless_there_is_none() {
    let mut authenticator = Authenticator::default();
    let (mut passkey, _) = registered(&mut authenticator);
    let answer = authenticator.get(&request("Z2V0"), ORIGIN);
    passkey.sign_count = check(&answer, &passkey).unwrap();
    assert_eq!(check(&answer, &passkey), Err(PasskeyError::Counter));

    let mut silent = Authenticator::new(Algorithm::Es256);
    silent.count_by = 0;
    let (passkey, _) = registered(&mut silent);
    let answer = silent.get(&request("Z2V0"), ORIGIN);
    assert_eq!((check(&answer, &passkey), check(&answer, &passkey)), (Ok(0), Ok(0)));
}

#[test]
fn an_absent_user_is_refused_and_an_unverified_one_told() {
    let mut authenticator = Authenticator::new(Algorithm::Es256);
    authenticator.user_verified = false;
    let (passkey, _) = registered(&mut authenticator);
    assert!(!passkey.user_verified);
    authenticator.user_present = false;
    let credential = authenticator.create(&creation("b25l"), ORIGIN);
    assert_eq!(register(&credential.to_string(), "b25l", RP, here), Err(PasskeyError::UserAbsent));
    let answer = authenticator.get(&request("Z2V0"), ORIGIN);
    assert_eq!(check(&answer, &passkey), Err(PasskeyError::UserAbsent));
}

#[test]
fn a_credential_under_another_name_is_refused() {
    let mut authenticator = Authenticator::default();
    let mut credential = authenticator.create(&creation("b25l"), ORIGIN);
    credential["id"] = "b3RoZXI".into();
    assert_eq!(register(&credential.to_string(), "b25l", RP, here), Err(PasskeyError::Malformed("id or type")));
    credential["rawId"] = "b3RoZXI".into();
    assert_eq!(register(&credential.to_string(), "b25l", RP, here), Err(PasskeyError::Malformed("id")));
}

#[test]
fn a_key_that_is_no_key_is_refused() {
    let off_curve =
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &[7; 32], &[0x22, 0x58, 32], &[7; 32]].concat();
    assert!(matches!(passkey_data::public_key(&off_curve), Err(PasskeyError::Malformed(_))));
    let small_rsa = [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x58, 128][..], &[0xff; 128], &[0x21, 0x43, 1, 0, 1]].concat();
    assert!(matches!(passkey_data::public_key(&small_rsa), Err(PasskeyError::Malformed(_))));
    let p384 = [0xa2, 1, 2, 3, 0x38, 34];
    assert!(matches!(passkey_data::public_key(&p384), Err(PasskeyError::Algorithm)));
    for odd in [
        &b""[..],
        &[0xa0],
        &[0xff],
        &[0x9f; 5000],
        &[0x81; 5000],
        &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert!(passkey_data::public_key(odd).is_err());
    }
}

#[test]
fn odd_attestations_and_authenticator_data_are_refused() {
    let mut authenticator = Authenticator::default();
    let (_, credential) = registered(&mut authenticator);
    let with = |object: &[u8]| {
        let mut credential = credential.clone();
        credential["response"]["attestationObject"] = encoding::base64url(object).into();
        register(&credential.to_string(), "Y2hhbGxlbmdl", RP, here).map(|_| ())
    };
    let object = encoding::from_base64url(credential["response"]["attestationObject"].as_str().unwrap()).unwrap();
    assert_eq!(with(&object), Ok(()));
    assert_eq!(with(&[&object[..], &[0]].concat()), Err(PasskeyError::Malformed("attestation object")));
    for odd in [&b""[..], &[0xa0], &[0xbf, 0xff], &[0xbf; 5000], &[0x9f; 5000], &[0xa1; 5000], &[0xd8; 5000]] {
        assert_eq!(with(odd), Err(PasskeyError::Malformed("attestation object")));
    }
    let huge = [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(with(&huge), Err(PasskeyError::Malformed("attestation object")));

    // No credential in it, extensions that are none, a credential backed up although it may not be.
    let (head, flags) = ([0; 32], |flags: u8| [flags, 0, 0, 0, 1]);
    let parsed = |flag: u8, rest: &[u8]| AuthenticatorData::parse(&[&head[..], &flags(flag), rest].concat()).is_ok();
    assert!(parsed(0x01, &[]) && parsed(0x81, &[0xa1, 0x61, b'x', 0x9f, 1, 0xff]) && parsed(0x19, &[]));
    assert!(!parsed(0x01, &[0]) && !parsed(0x81, &[]) && !parsed(0x81, &[1]) && !parsed(0x11, &[]));
    assert!(!parsed(0x41, &[0; 18]) && !parsed(0x41, &[0xff; 40]) && !parsed(0x81, &[0xa1, 0x61]));
}

#[test]
fn a_page_in_a_frame_and_an_overlong_credential_are_refused() {
    let mut credential = Authenticator::default().create(&creation("b25l"), ORIGIN);
    let data = json!({"type": "webauthn.create", "challenge": "b25l", "origin": ORIGIN, "crossOrigin": true});
    credential["response"]["clientDataJSON"] = encoding::base64url(data.to_string().as_bytes()).into();
    assert_eq!(register(&credential.to_string(), "b25l", RP, here), Err(PasskeyError::Origin));
    let long = format!("{}{}", credential, " ".repeat(LONGEST_CREDENTIAL));
    assert_eq!(register(&long, "b25l", RP, here), Err(PasskeyError::Malformed("json")));
}

#[test]
fn the_options_have_the_json_form_of_the_standard() {
    let options = creation_options(RP, "App", "user_1", "ann@example.com", &["aWQ".to_owned()], "Yw");
    assert_eq!(options["rp"], json!({"id": RP, "name": "App"}));
    assert_eq!(options["user"]["id"], "dXNlcl8x");
    assert_eq!(options["excludeCredentials"], json!([{"type": "public-key", "id": "aWQ"}]));
    assert_eq!(options["challenge"], "Yw");
    let options = request_options(RP, &["aWQ".to_owned()], "Yw");
    assert_eq!(options["allowCredentials"], json!([{"type": "public-key", "id": "aWQ"}]));
    assert_eq!((&options["rpId"], &options["challenge"]), (&json!(RP), &json!("Yw")));
}

/// Every truncation and every flipped bit of a text, as far as it stays a text.
fn damaged(text: &str) -> impl Iterator<Item = String> + '_ {
    let cut = (0..text.len()).filter_map(|at| text.get(..at).map(str::to_owned));
    let flip = (0..text.len() * 8).filter_map(|bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    });
    cut.chain(flip)
}

/// Every truncation and every flipped bit of a base64url field of the response, encoded again.
fn damaged_inside<'a>(credential: &'a Value, field: &'a str) -> impl Iterator<Item = String> + 'a {
    let bytes = encoding::from_base64url(credential["response"][field].as_str().unwrap()).unwrap();
    (0..bytes.len() * 9).map(move |change| {
        let mut changed = bytes.clone();
        match change.checked_sub(bytes.len()) {
            None => changed.truncate(change),
            Some(bit) => changed[bit / 8] ^= 1 << (bit % 8),
        }
        let mut credential = credential.clone();
        credential["response"][field] = encoding::base64url(&changed).into();
        credential.to_string()
    })
}

/// An attestation covers nothing, so a damaged registration may be a different valid one; it must never be a panic.
#[test]
fn a_damaged_registration_never_panics_and_keeps_what_is_checked() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let (passkey, credential) = registered(&mut Authenticator::new(algorithm));
        let text = credential.to_string();
        let inside = ["clientDataJSON", "attestationObject"].map(|field| damaged_inside(&credential, field));
        let mut refused = 0;
        for json in damaged(&text).chain(inside.into_iter().flatten()) {
            match register(&json, "Y2hhbGxlbmdl", RP, here) {
                Ok(accepted) => assert_eq!(accepted.credential_id, passkey.credential_id),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > text.len(), "{refused}");
    }
}

#[test]
fn a_damaged_assertion_is_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let mut authenticator = Authenticator::new(algorithm);
        let (passkey, _) = registered(&mut authenticator);
        let answer = authenticator.get(&request("Z2V0"), ORIGIN);
        for field in ["clientDataJSON", "authenticatorData", "signature"] {
            for json in damaged_inside(&answer, field) {
                let checked = assert(&json, "Z2V0", RP, here, &passkey.public_key, passkey.sign_count);
                assert!(checked.is_err(), "{algorithm:?} {field}");
            }
        }
        // What is not signed, such as the attachment, may change; what was signed stays as it was.
        for json in damaged(&answer.to_string()) {
            if let Ok(count) = assert(&json, "Z2V0", RP, here, &passkey.public_key, passkey.sign_count) {
                assert_eq!(count, 2);
            }
        }
        for at in 0..passkey.public_key.len() * 8 {
            let mut key = passkey.public_key.clone();
            key[at / 8] ^= 1 << (at % 8);
            let _ = assert(&answer.to_string(), "Z2V0", RP, here, &key, passkey.sign_count);
        }
    }
}
