use clerk_core::ErrorKind;

use super::*;

const PUBLISHABLE: &str = "pk_test_bW9jay5jbGVyay5hY2NvdW50cy5kZXYk";
const LIVE_PUBLISHABLE: &str = "pk_live_Y2xlcmsuY2xlcmsuZGV2JA";
const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMIIBtest\n-----END PUBLIC KEY-----\n";
/// Stands in every secret below, so that an error that shows one is found.
const HIDDEN: &str = "hunter2test";

fn read(variables: &[(&str, &str)]) -> Result<Config, Error> {
    Config::from_vars(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()))
}

/// What each variable becomes, as text; the same for the name that front ends use.
fn shown(config: &Config) -> Vec<(&'static str, Option<String>)> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    vec![
        ("CLERK_PUBLISHABLE_KEY", config.publishable_key().map(ToString::to_string)),
        ("CLERK_SECRET_KEY", text(config.secret_key().map(SecretKey::expose))),
        ("CLERK_JWT_KEY", text(config.jwt_key().map(JwtKey::as_str))),
        ("CLERK_MACHINE_SECRET_KEY", text(config.machine_secret_key().map(Secret::expose))),
        ("CLERK_WEBHOOK_SIGNING_SECRET", text(config.webhook_signing_secret().map(Secret::expose))),
        ("CLERK_API_URL", text(config.api_url())),
        ("CLERK_PROXY_URL", text(config.proxy_url())),
        ("CLERK_DOMAIN", text(config.domain())),
        ("CLERK_IS_SATELLITE", config.is_satellite().then(|| "true".to_owned())),
        ("CLERK_SIGN_IN_URL", text(config.sign_in_url())),
        ("CLERK_SIGN_UP_URL", text(config.sign_up_url())),
        ("CLERK_AFTER_SIGN_IN_URL", text(config.after_sign_in_url())),
        ("CLERK_AFTER_SIGN_UP_URL", text(config.after_sign_up_url())),
    ]
}

/// Each variable with values that are right.
const RIGHT: &[(&str, &[&str])] = &[
    ("CLERK_PUBLISHABLE_KEY", &[PUBLISHABLE, LIVE_PUBLISHABLE]),
    ("CLERK_SECRET_KEY", &["sk_test_hunter2test", "sk_live_hunter2test"]),
    ("CLERK_JWT_KEY", &[PEM, "MIIBtest", "-----BEGIN PUBLIC KEY-----\\nMIIBtest\\n-----END PUBLIC KEY-----"]),
    ("CLERK_MACHINE_SECRET_KEY", &["ak_hunter2test"]),
    ("CLERK_WEBHOOK_SIGNING_SECRET", &["whsec_dGVzdA==", "whsec_dGVzdA", "whsec_dGVz"]),
    ("CLERK_API_URL", &["https://api.example.com", "http://127.0.0.1:4010", "http://localhost:4010/api"]),
    ("CLERK_PROXY_URL", &["https://example.com/__clerk", "/__clerk"]),
    ("CLERK_DOMAIN", &["example.com", "app.example.com", "localhost:3000"]),
    ("CLERK_SIGN_IN_URL", &["https://accounts.example.com/sign-in?x=1#/in", "/sign-in", "http://localhost:3000/in"]),
    ("CLERK_SIGN_UP_URL", &["https://accounts.example.com/sign-up", "/sign-up"]),
    ("CLERK_AFTER_SIGN_IN_URL", &["https://example.com/", "/home"]),
    ("CLERK_AFTER_SIGN_UP_URL", &["https://example.com/", "/welcome?first=1"]),
];

const PUBLIC: &[&str] = &[
    "CLERK_PUBLISHABLE_KEY",
    "CLERK_API_URL",
    "CLERK_PROXY_URL",
    "CLERK_DOMAIN",
    "CLERK_IS_SATELLITE",
    "CLERK_SIGN_IN_URL",
    "CLERK_SIGN_UP_URL",
    "CLERK_AFTER_SIGN_IN_URL",
    "CLERK_AFTER_SIGN_UP_URL",
];

#[test]
fn each_variable_becomes_its_value_and_no_other() {
    for (name, texts) in RIGHT {
        for text in *texts {
            let config = read(&[(name, text)]).unwrap();
            for (known, value) in shown(&config) {
                assert_eq!(value.as_deref(), (known == *name).then_some(*text), "{name}={text}, {known}");
            }
        }
    }
    assert!(shown(&read(&[]).unwrap()).iter().all(|(_, value)| value.is_none()));
}

#[test]
fn what_front_ends_may_see_is_read_under_its_public_name_too_and_nothing_else_is() {
    for (name, texts) in RIGHT {
        let public = format!("NEXT_PUBLIC_{name}");
        let config = read(&[(&public, texts[0])]).unwrap();
        let value = shown(&config).into_iter().find(|(known, _)| known == name).unwrap().1;
        assert_eq!(value.as_deref(), PUBLIC.contains(name).then_some(texts[0]), "{public}");
    }
    let config = read(&[("NEXT_PUBLIC_CLERK_IS_SATELLITE", "1"), ("CLERK_DOMAIN", "example.com")]).unwrap();
    assert!(config.is_satellite());
}

#[test]
fn every_mistake_in_a_value_is_told_with_its_variable_and_without_the_value() {
    let quoted = format!("\"{PUBLISHABLE}\"");
    let other_pem = PEM.replace("PUBLIC", "PRIVATE");
    let cases: &[(&str, &str, &str)] = &[
        ("CLERK_PUBLISHABLE_KEY", &quoted, "quotes"),
        ("CLERK_PUBLISHABLE_KEY", " pk_test_hunter2test", "blanks"),
        ("CLERK_PUBLISHABLE_KEY", "sk_test_hunter2test", "a secret key was given where the publishable key belongs"),
        ("CLERK_PUBLISHABLE_KEY", "pk_test_hunter2test", "does not name a host"),
        ("CLERK_PUBLISHABLE_KEY", "hunter2test", "does not start with"),
        ("CLERK_SECRET_KEY", "'sk_test_hunter2test'", "quotes"),
        ("CLERK_SECRET_KEY", "sk_test_hunter2test\n", "line end"),
        ("CLERK_SECRET_KEY", PUBLISHABLE, "a publishable key was given where the secret key belongs"),
        ("CLERK_SECRET_KEY", "hunter2test", "does not start with"),
        ("CLERK_SECRET_KEY", "sk_test_hunter2test\u{e9}", "characters that no key has"),
        ("CLERK_JWT_KEY", "\"MIIBhunter2test\"", "quotes"),
        ("CLERK_JWT_KEY", " \n", "is empty"),
        ("CLERK_JWT_KEY", &other_pem, "private key"),
        ("CLERK_JWT_KEY", "sk_test_hunter2test", "another kind of key"),
        ("CLERK_JWT_KEY", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "no public key"),
        ("CLERK_JWT_KEY", "hunter2test, please", "no public key"),
        ("CLERK_MACHINE_SECRET_KEY", "`ak_hunter2test`", "quotes"),
        ("CLERK_MACHINE_SECRET_KEY", "ak_hunter2test ", "blanks"),
        ("CLERK_MACHINE_SECRET_KEY", "sk_test_hunter2test", "key of the instance"),
        ("CLERK_MACHINE_SECRET_KEY", "hunter2test", "does not start with ak_"),
        ("CLERK_MACHINE_SECRET_KEY", "ak_", "cut short"),
        ("CLERK_MACHINE_SECRET_KEY", "ak_hunter2test ak_hunter2test", "cut short"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "\"whsec_hunter2test\"", "quotes"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "\twhsec_hunter2test", "blanks"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "hunter2test", "does not start with whsec_"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_", "cut short"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_hunter2test-_", "cut short"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_hunter2tests==", "cut short"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_hunter2testab", "cut short"),
        ("CLERK_WEBHOOK_SECRET", "hunter2test", "does not start with whsec_"),
        ("CLERK_API_URL", "\"https://api.example.com/hunter2test\"", "quotes"),
        ("CLERK_API_URL", "https://api.example.com/hunter2test ", "blanks"),
        ("CLERK_API_URL", "/hunter2test", "not absolute"),
        ("CLERK_API_URL", "api.hunter2test.com", "not absolute"),
        ("CLERK_API_URL", "ftp://hunter2test", "does not begin with https://"),
        ("CLERK_API_URL", "http://hunter2test.com", "plain http to another machine"),
        ("CLERK_API_URL", "http://127.0.0.1.hunter2test.com", "plain http to another machine"),
        ("CLERK_API_URL", "https://ann:hunter2test@example.com", "user or a password"),
        ("CLERK_API_URL", "https://example.com?key=hunter2test", "query"),
        ("CLERK_API_URL", "https://example.com#hunter2test", "fragment"),
        ("CLERK_PROXY_URL", "example.com/hunter2test", "no URL"),
        ("CLERK_PROXY_URL", "//hunter2test.com", "no scheme"),
        ("CLERK_PROXY_URL", "/hunter2test?x", "query"),
        ("CLERK_DOMAIN", "https://hunter2test.com", "scheme"),
        ("CLERK_DOMAIN", "hunter2test.com/x", "path"),
        ("CLERK_DOMAIN", "hunter2test.com:0", "no host name"),
        ("CLERK_DOMAIN", "hunter2test..com", "no host name"),
        ("CLERK_DOMAIN", "'hunter2test.com'", "quotes"),
        ("CLERK_IS_SATELLITE", "yes", "neither true nor false"),
        ("CLERK_IS_SATELLITE", "TRUE", "neither true nor false"),
        ("CLERK_IS_SATELLITE", "\"true\"", "quotes"),
        ("CLERK_SIGN_IN_URL", "//hunter2test.com", "no scheme"),
        ("CLERK_SIGN_IN_URL", "/\\hunter2test.com", "no scheme"),
        ("CLERK_SIGN_IN_URL", "sign-in", "not absolute"),
        ("CLERK_SIGN_IN_URL", "javascript:hunter2test", "not absolute"),
        ("CLERK_SIGN_IN_URL", "https://ann:hunter2test@example.com/", "user or a password"),
        ("CLERK_SIGN_UP_URL", "/sign up", "characters"),
        ("CLERK_SIGN_UP_URL", "\"/sign-up\"", "quotes"),
        ("CLERK_AFTER_SIGN_IN_URL", " /home", "blanks"),
        ("CLERK_AFTER_SIGN_UP_URL", "mailto://ann@example.com", "user or a password"),
    ];
    for (name, text, says) in cases {
        let spellings: &[&str] = if PUBLIC.contains(name) { &["", "NEXT_PUBLIC_"] } else { &[""] };
        for prefix in spellings {
            let name = format!("{prefix}{name}");
            let error = read(&[(&name, text)]).expect_err(&name);
            let printed = format!("{error} {error:?}");
            assert_eq!(error.kind(), ErrorKind::Config, "{name}");
            assert!(error.to_string().starts_with(&format!("{name}: ")), "{printed}");
            assert!(printed.contains(says), "{name}={text:?}: {printed}");
            assert!(!printed.contains(HIDDEN) && !printed.contains(PUBLISHABLE), "{printed}");
        }
    }
    for name in RIGHT.iter().map(|(name, _)| name) {
        assert!(cases.iter().any(|(known, ..)| known == name), "no mistake of {name} is tested");
    }
}

#[test]
fn two_names_of_one_thing_must_agree() {
    let pairs = PUBLIC.iter().map(|name| ((*name).to_owned(), format!("NEXT_PUBLIC_{name}")));
    let webhook = ("CLERK_WEBHOOK_SIGNING_SECRET".to_owned(), "CLERK_WEBHOOK_SECRET".to_owned());
    for (first, second) in pairs.chain([webhook]) {
        let (one, other) = match first.as_str() {
            "CLERK_PUBLISHABLE_KEY" => (PUBLISHABLE, LIVE_PUBLISHABLE),
            "CLERK_IS_SATELLITE" => ("true", "0"),
            "CLERK_DOMAIN" => ("example.com", "example.org"),
            "CLERK_WEBHOOK_SIGNING_SECRET" => ("whsec_dGVzdA==", "whsec_dGVzdDI="),
            _ => ("https://example.com", "https://example.org"),
        };
        let domain = ("CLERK_PROXY_URL", "https://example.com");
        assert!(read(&[(&first, one), (&second, one), domain]).is_ok(), "{first}");
        assert!(read(&[(&first, ""), (&second, one), domain]).is_ok(), "{first}");
        let error = read(&[(&first, one), (&second, other), domain]).unwrap_err().to_string();
        assert!(error.contains(&format!("{first} and {second} are both set and differ")), "{error}");
        assert!(!error.contains(one) && !error.contains(other), "{error}");
    }
    let flags =
        [("CLERK_IS_SATELLITE", "true"), ("NEXT_PUBLIC_CLERK_IS_SATELLITE", "1"), ("CLERK_DOMAIN", "a.example")];
    assert!(read(&flags).unwrap().is_satellite());
}

#[test]
fn keys_of_different_instances_do_not_go_together() {
    for (publishable, secret, says) in [
        (PUBLISHABLE, "sk_live_hunter2test", "the publishable key is of a development instance"),
        (LIVE_PUBLISHABLE, "sk_test_hunter2test", "the publishable key is of a production instance"),
    ] {
        let error = read(&[("CLERK_PUBLISHABLE_KEY", publishable), ("CLERK_SECRET_KEY", secret)]).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!error.to_string().contains(HIDDEN), "{error}");
    }
    assert!(Config::builder().publishable_key(PUBLISHABLE).secret_key("sk_test_hunter2test").build().is_ok());
}

#[test]
fn a_satellite_says_where_it_is_and_in_development_where_people_sign_in() {
    let satellite = ("CLERK_IS_SATELLITE", "true");
    assert!(read(&[satellite]).unwrap_err().to_string().contains("CLERK_DOMAIN"));
    assert!(read(&[satellite, ("CLERK_PROXY_URL", "/__clerk")]).is_ok());
    let development = [satellite, ("CLERK_DOMAIN", "example.com"), ("CLERK_SECRET_KEY", "sk_test_hunter2test")];
    assert!(read(&development).unwrap_err().to_string().contains("CLERK_SIGN_IN_URL"));
    let [satellite, domain, secret] = development;
    assert!(read(&[satellite, domain, secret, ("CLERK_SIGN_IN_URL", "https://example.org/sign-in")]).is_ok());
    assert!(read(&[satellite, domain, ("CLERK_SECRET_KEY", "sk_live_hunter2test")]).is_ok());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let error = read(&[("CLERK_SECRET_KEY", HIDDEN), ("CLERK_DOMAIN", "a/b")]).unwrap_err().to_string();
    assert!(error.starts_with("2 mistakes: CLERK_SECRET_KEY: ") && error.contains(" / CLERK_DOMAIN: "), "{error}");
}

#[test]
fn an_empty_variable_is_not_set_and_the_error_says_so_where_a_value_is_required() {
    let names = ["CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY", "CLERK_JWT_KEY", "CLERK_MACHINE_SECRET_KEY"]
        .into_iter()
        .chain(["CLERK_WEBHOOK_SIGNING_SECRET", "CLERK_SIGN_IN_URL"]);
    for name in names {
        let required = |config: &Config| {
            match name {
                "CLERK_PUBLISHABLE_KEY" => config.require_publishable_key().map(drop),
                "CLERK_SECRET_KEY" => config.require_secret_key().map(drop),
                "CLERK_JWT_KEY" => config.require_jwt_key().map(drop),
                "CLERK_MACHINE_SECRET_KEY" => config.require_machine_secret_key().map(drop),
                "CLERK_WEBHOOK_SIGNING_SECRET" => config.require_webhook_signing_secret().map(drop),
                _ => config.require_sign_in_url().map(drop),
            }
            .map_err(|error| error.to_string())
        };
        let absent = required(&read(&[]).unwrap()).unwrap_err();
        assert!(absent.contains(&format!("set {name}")), "{absent}");
        let empty = required(&read(&[(name, "")]).unwrap()).unwrap_err();
        assert!(empty.contains(&format!("{name} is set but empty")), "{empty}");
        let right = RIGHT.iter().find(|(known, _)| *known == name).unwrap().1[0];
        assert_eq!(required(&read(&[(name, right)]).unwrap()), Ok(()));
    }
}

#[test]
fn by_hand_the_same_rules_hold_and_what_is_typed_already_is_taken() {
    let publishable: PublishableKey = PUBLISHABLE.parse().unwrap();
    let config = Config::builder()
        .publishable_key(publishable.clone())
        .secret_key(String::from("sk_test_hunter2test"))
        .jwt_key(PEM)
        .machine_secret_key("ak_hunter2test")
        .webhook_signing_secret(Secret::from("whsec_dGVzdA=="))
        .api_url("http://[::1]:4010")
        .proxy_url("/__clerk")
        .domain("example.com")
        .is_satellite(true)
        .sign_in_url("/sign-in")
        .sign_up_url("/sign-up")
        .after_sign_in_url("/home")
        .after_sign_up_url("/welcome")
        .build()
        .unwrap();
    assert_eq!(config.require_publishable_key().unwrap(), &publishable);
    assert!(shown(&config).iter().all(|(_, value)| value.is_some()));

    for (builder, says) in [
        (Config::builder().secret_key(PUBLISHABLE), "secret_key: "),
        (Config::builder().machine_secret_key(HIDDEN), "machine_secret_key: "),
        (Config::builder().api_url(""), "api_url: the API URL is empty"),
        (Config::builder().is_satellite(true), "satellite"),
    ] {
        assert!(!format!("{builder:?}").contains(HIDDEN));
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(says) && !error.to_string().contains(HIDDEN), "{error}");
    }
}

#[test]
fn what_the_environment_said_can_be_changed() {
    let config = read(&[("CLERK_SECRET_KEY", "sk_live_hunter2test")]).unwrap();
    let error = config.clone().into_builder().publishable_key(PUBLISHABLE).build().unwrap_err();
    assert!(error.to_string().contains("production instance"), "{error}");
    let config = config.into_builder().api_url("https://api.example.com").build().unwrap();
    assert_eq!(config.secret_key().map(SecretKey::expose), Some("sk_live_hunter2test"));
}

#[test]
fn debug_shows_neither_secrets_nor_queries() {
    let config = read(&[
        ("CLERK_PUBLISHABLE_KEY", PUBLISHABLE),
        ("CLERK_SECRET_KEY", "sk_test_hunter2test"),
        ("CLERK_JWT_KEY", "hunter2test"),
        ("CLERK_MACHINE_SECRET_KEY", "ak_hunter2test"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_hunter2testa"),
        ("CLERK_SIGN_IN_URL", "/sign-in?invitation=hunter2test"),
        ("CLERK_SIGN_UP_URL", "/sign-up#hunter2test"),
    ])
    .unwrap();
    let printed = format!("{config:?} {config:#?}");
    assert!(!printed.contains(HIDDEN), "{printed}");
    assert!(printed.contains(PUBLISHABLE) && printed.contains("/sign-in"), "{printed}");
}

#[test]
fn a_variable_that_is_no_text_is_told_by_its_name() {
    let error = environment::read(|name| match name {
        "CLERK_DOMAIN" => Err(environment::NotText),
        _ => Ok(None),
    });
    assert!(error.unwrap_err().to_string().starts_with("CLERK_DOMAIN: "));
}

#[test]
fn the_environment_of_the_process_is_read() {
    // Whatever is set where the tests run: reading must not panic, and nothing else can be said of it.
    if let Ok(config) = Config::from_env() {
        assert_eq!(config.secret_key().is_some(), std::env::var("CLERK_SECRET_KEY").is_ok_and(|key| !key.is_empty()));
    }
}

#[test]
fn keys_are_given_as_text_by_value_and_by_reference() {
    let secret: SecretKey = "sk_test_1234".parse().unwrap();
    for config in [
        Config::builder().secret_key("sk_test_1234"),
        Config::builder().secret_key(&secret),
        Config::builder().secret_key(secret.clone()),
    ] {
        assert_eq!(config.build().unwrap().secret_key(), Some(&secret));
    }
}
