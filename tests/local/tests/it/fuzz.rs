//! Random requests to every operation: none may panic, fail with 500, or answer against the document.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use clerk_core::{Bytes, http};
use clerk_local::Api;
use futures_util::FutureExt as _;
use http::{Request, Response, header};
use serde_json::{Map, Value, json};

use crate::{
    generated,
    operation::{Encoding, Field, Kind, Operation},
    world::{World, problems},
};

/// How long it goes on: 5 s, or as many as this variable says.
const SECONDS: &str = "CLERK_LOCAL_FUZZ_SECONDS";

/// What the requests are drawn by; the ids they name differ from run to run all the same.
const SEED: &str = "CLERK_LOCAL_FUZZ_SEED";

const PASSWORD: &str = "correct horse battery 9";

#[tokio::test]
async fn random_requests_never_panic_never_get_500_and_are_answered_by_the_document() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (seconds, seed) = (number(SECONDS, 5), number(SEED, 20_260_512));
    let world = World::new("fuzz", Default::default()).await;
    let mut fuzz = Fuzz::new(&world, seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        fuzz.step().await;
        assert!(!world.local.is_poisoned(), "a request panicked while it held the state: {:?}", fuzz.wrong);
    }
    let tried = fuzz.answered.len();
    let succeeded = fuzz.answered.values().filter(|successes| **successes > 0).count();
    eprintln!("seed {seed}: {} requests, {tried} operations tried, {succeeded} succeeded", fuzz.requests);
    let wrong: Vec<&str> = fuzz.wrong.values().map(String::as_str).collect();
    assert!(wrong.is_empty(), "seed {seed}, {} kinds of defects:\n\n{}", wrong.len(), wrong.join("\n\n"));
    // Requests that all fail at the door test nothing.
    assert!(succeeded > tried / 10, "only {succeeded} of {tried} operations ever succeeded");
}

struct Fuzz<'a> {
    world: &'a World,
    draw: Draw,
    operations: Vec<(Api, &'static Operation)>,
    /// Ids that answers had, by their prefix.
    ids: HashMap<String, Vec<String>>,
    /// Tokens, tickets and secrets that answers had.
    secrets: Vec<String>,
    /// The client tokens of some devices.
    devices: Vec<String>,
    answered: BTreeMap<(&'static str, &'static str), usize>,
    /// What went wrong, one of each kind.
    wrong: BTreeMap<String, String>,
    requests: usize,
}

impl<'a> Fuzz<'a> {
    fn new(world: &'a World, seed: u64) -> Self {
        let implemented: BTreeSet<_> = clerk_local::operations()
            .into_iter()
            .filter(|operation| operation.implemented)
            .map(|operation| (operation.api == Api::Frontend, operation.id))
            .collect();
        let frontend = generated::fapi::OPERATIONS.iter().map(|operation| (Api::Frontend, operation));
        let backend = generated::bapi::OPERATIONS.iter().map(|operation| (Api::Backend, operation));
        let all = frontend.chain(backend);
        let operations = all.filter(|(api, it)| implemented.contains(&(*api == Api::Frontend, it.id))).collect();
        Self {
            world,
            draw: Draw(seed),
            operations,
            ids: HashMap::new(),
            secrets: Vec::new(),
            devices: vec![String::new(); 4],
            answered: BTreeMap::new(),
            wrong: BTreeMap::new(),
            requests: 0,
        }
    }

    async fn step(&mut self) {
        if self.draw.once_in(40) {
            self.sign_in().await;
            return;
        }
        if self.draw.once_in(200) {
            let seconds = *self.draw.choose(&[1, 31, 61, 3600]);
            self.world.local.clock().advance(Duration::from_secs(seconds));
        }
        let (api, operation) = *self.draw.choose(&self.operations);
        // Without people there is nothing to do.
        if operation.method == "DELETE" && !self.draw.once_in(4) {
            return;
        }
        let path = self.path(operation);
        let query = self.query(operation);
        let device = self.draw.below(self.devices.len());
        let body = operation.body.as_ref().filter(|_| !self.draw.once_in(50));
        let body = body.map(|body| {
            let fields = self.fields(body.fields, body.open);
            let encoding = *self.draw.choose(body.encodings);
            (encoding, if body.list { json!([fields]) } else { Value::Object(fields) })
        });
        self.send(api, operation, device, &path, query, body).await;
    }

    /// A user with a password who signs in on some device, so that the rest has somebody to be about.
    async fn sign_in(&mut self) {
        let find = |id: &str| self.operations.iter().find(|(_, operation)| operation.id == id).copied();
        let (Some((_, create)), Some((_, sign_in))) = (find("CreateUser"), find("createSignIn")) else { return };
        let address = format!("p{}+clerk_test@example.com", self.draw.below(1000));
        let device = self.draw.below(self.devices.len());
        let user = json!({"email_address": [address], "password": PASSWORD});
        self.send(Api::Backend, create, device, "/v1/users", Vec::new(), Some((Encoding::Json, user))).await;
        let attempt = json!({"identifier": address, "password": PASSWORD});
        let path = "/v1/client/sign_ins";
        self.send(Api::Frontend, sign_in, device, path, Vec::new(), Some((Encoding::Form, attempt))).await;
    }

    async fn send(
        &mut self,
        api: Api,
        operation: &'static Operation,
        device: usize,
        path: &str,
        mut query: Vec<(String, String)>,
        body: Option<(Encoding, Value)>,
    ) {
        let mut request = Request::builder().method(operation.method);
        let token = &self.devices[device];
        match api {
            Api::Backend => {
                let key = match self.secrets.last() {
                    Some(secret) if self.draw.once_in(30) => secret.clone(),
                    _ => self.world.local.secret_key().expose().to_owned(),
                };
                request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
            }
            Api::Frontend if self.draw.once_in(8) => {
                request = request.header(header::COOKIE, format!("__client={token}"));
                request = request.header(header::ORIGIN, "http://localhost:3000");
            }
            Api::Frontend => {
                query.push(("_is_native".to_owned(), "1".to_owned()));
                let token = if path.contains("/api_keys") { self.secrets.last().unwrap_or(token) } else { token };
                request = request.header(header::AUTHORIZATION, token.as_str());
            }
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let (content_type, body) = match body {
            Some((encoding, body)) => written(encoding, &body),
            None => (None, Vec::new()),
        };
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let said = format!("{} {path} {:?}", operation.method, String::from_utf8_lossy(&body));
        let said: String = said.chars().take(1500).collect();
        self.requests += 1;
        let request = request.uri(path);
        // Some texts cannot stand in a header at all.
        if request.headers_ref().is_none() {
            return;
        }
        let answer = AssertUnwindSafe(self.world.raw(api, request, body)).catch_unwind().await;
        let Ok(answer) = answer else {
            self.wrong.insert(format!("{} panics", operation.id), format!("{said}: panicked"));
            return;
        };
        let name = if api == Api::Frontend { "fapi" } else { "bapi" };
        let successes = self.answered.entry((name, operation.id)).or_default();
        *successes += usize::from(answer.status().as_u16() < 400);
        let problem = match answer.status().as_u16() {
            500 | 502..600 => Err(format!("answered {}", answer.status())),
            _ => problems(api, operation.id, &answer),
        };
        if let Err(problem) = problem {
            let kind: String = problem.lines().take(2).collect();
            // An id in it would make every one of them another kind.
            let kind: String = kind.split(' ').filter(|word| word.len() < 25).collect();
            let problem: String = problem.chars().take(1500).collect();
            self.wrong.entry(format!("{} {kind}", operation.id)).or_insert(format!("{said}: {problem}"));
        }
        self.learn(api, device, &answer);
    }

    fn learn(&mut self, api: Api, device: usize, answer: &Response<Bytes>) {
        if let Some(token) = answer.headers().get(header::AUTHORIZATION)
            && api == Api::Frontend
        {
            self.devices[device] = token.to_str().unwrap().to_owned();
        }
        if let Ok(value) = serde_json::from_slice::<Value>(answer.body()) {
            self.harvest("", &value);
        }
    }

    fn harvest(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| self.harvest(key, value)),
            Value::Array(items) => items.iter().for_each(|value| self.harvest(key, value)),
            Value::String(text) => {
                let id = text.rsplit_once('_').filter(|(prefix, rest)| !prefix.is_empty() && rest.len() >= 20);
                let kind = id.map_or("", |(prefix, _)| prefix);
                let is_secret = ["jwt", "token", "secret", "ticket"].iter().any(|it| key.contains(it));
                if is_secret && text.len() < 4000 && !text.is_empty() {
                    keep(&mut self.secrets, text, &mut self.draw);
                } else if !kind.is_empty() && text.len() < 60 {
                    keep(self.ids.entry(kind.to_owned()).or_default(), text, &mut self.draw);
                }
            }
            _ => {}
        }
    }

    fn id(&mut self, name: &str) -> String {
        const PREFIXES: &[(&str, &str)] = &[
            ("organization", "org"),
            ("membership", "orgmem"),
            ("invitation", "inv"),
            ("invitation", "orginv"),
            ("domain", "orgdmn"),
            ("user", "user"),
            ("session", "sess"),
            ("sign_in", "sia"),
            ("sign_up", "sua"),
            ("email", "idn"),
            ("phone", "idn"),
            ("client", "client"),
            ("template", "jtmp"),
            ("machine", "mch"),
            ("key", "ak"),
            ("oauth_application", "oa"),
            ("external_account", "eac"),
            ("role", "role"),
            ("permission", "perm"),
        ];
        let fitting: Vec<&str> =
            PREFIXES.iter().filter(|(part, _)| name.contains(part)).map(|(_, prefix)| *prefix).collect();
        let mut kinds: Vec<&str> = self.ids.keys().map(String::as_str).collect();
        kinds.sort_unstable();
        let kind = match fitting.is_empty() || self.draw.once_in(5) {
            true if kinds.is_empty() => return self.hostile(),
            true => (*self.draw.choose(&kinds)).to_owned(),
            false => (*self.draw.choose(&fitting)).to_owned(),
        };
        match self.ids.get(&kind) {
            Some(known) if !self.draw.once_in(20) => self.draw.choose(known).clone(),
            _ => self.hostile(),
        }
    }

    fn path(&mut self, operation: &Operation) -> String {
        let mut path = String::new();
        if !operation.path.starts_with("/v1")
            && self.operations.iter().any(|(api, it)| *api == Api::Backend && std::ptr::eq(*it, operation))
        {
            path.push_str("/v1");
        }
        for segment in operation.path.split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                Some(name) => {
                    let name = if name == "id" { operation.path } else { name };
                    let id = self.id(name);
                    let set = percent_encoding::NON_ALPHANUMERIC;
                    path.extend(percent_encoding::utf8_percent_encode(&id, set));
                }
                None => path.push_str(segment),
            }
        }
        path
    }

    fn query(&mut self, operation: &Operation) -> Vec<(String, String)> {
        let mut query = Vec::new();
        for field in operation.query {
            // It turns lists into objects, of which the document does not tell.
            if field.name == "paginated" {
                continue;
            }
            if field.required || self.draw.once_in(4) {
                let value = self.value(field.name, &field.kind, 0);
                match value {
                    Value::String(text) => query.push((field.name.to_owned(), text)),
                    Value::Array(items) => {
                        let texts = items.into_iter().map(|item| item.as_str().map_or(item.to_string(), str::to_owned));
                        query.extend(texts.map(|text| (field.name.to_owned(), text)));
                    }
                    other => query.push((field.name.to_owned(), other.to_string())),
                }
            }
        }
        query
    }

    fn fields(&mut self, fields: &[Field], open: bool) -> Map<String, Value> {
        let mut body = Map::new();
        for field in fields {
            let wanted = if field.required { !self.draw.once_in(25) } else { self.draw.once_in(3) };
            if wanted {
                let is_null = (field.nullable && self.draw.once_in(6)) || self.draw.once_in(60);
                let value = if is_null { Value::Null } else { self.value(field.name, &field.kind, 0) };
                body.insert(field.name.to_owned(), value);
            }
        }
        if open || self.draw.once_in(60) {
            body.insert(self.hostile(), self.any(2));
        }
        body
    }

    fn value(&mut self, name: &str, kind: &Kind, depth: usize) -> Value {
        if self.draw.once_in(25) {
            return self.any(2);
        }
        match kind {
            Kind::OneOf(values) => (*self.draw.choose(values)).into(),
            Kind::String | Kind::File => self.text(name).into(),
            Kind::Integer => {
                (*self.draw.choose(&[1_i64, 0, -1, 10, 60, 500, 501, 86_400, i64::MAX, i64::MIN, 1_800_000_000_000]))
                    .into()
            }
            Kind::Number => (*self.draw.choose(&[0.5, 0.0, -1.0, 1e300, 9_007_199_254_740_993.0])).into(),
            Kind::Boolean => self.draw.once_in(2).into(),
            Kind::List(_) if depth > 3 => json!([]),
            Kind::List(kind) => {
                let number = *self.draw.choose(&[1, 1, 1, 0, 2, 30]);
                (0..number).map(|_| self.value(name, kind, depth + 1)).collect()
            }
            Kind::Object => {
                let mut object = Map::new();
                for _ in 0..self.draw.below(3) {
                    object.insert((*self.draw.choose(&["sub", "aud", "a", "", "iss"])).to_owned(), self.any(2));
                }
                object.into()
            }
            Kind::Any => self.any(2),
        }
    }

    fn text(&mut self, name: &str) -> String {
        if self.draw.once_in(12) {
            return self.hostile();
        }
        let number = self.draw.below(1000);
        let is = |part: &str| name.contains(part);
        if is("email") || is("identifier") && self.draw.once_in(2) {
            return format!("p{number}+clerk_test@example.com");
        }
        if is("phone") {
            return format!("+120155501{:02}", number % 100);
        }
        if is("password") {
            return PASSWORD.to_owned();
        }
        if is("code") && !is("challenge") && !is("verifier") {
            let messages = self.world.local.inbox().messages();
            let sent = messages.last().and_then(|message| message.code.clone());
            return sent.filter(|_| self.draw.once_in(2)).unwrap_or_else(|| "424242".to_owned());
        }
        if is("strategy") {
            let known = [
                "password",
                "email_code",
                "phone_code",
                "email_link",
                "totp",
                "backup_code",
                "ticket",
                "passkey",
                "oauth_google",
                "enterprise_sso",
                "reset_password_email_code",
                "web3_metamask_signature",
            ];
            return (*self.draw.choose(&known)).to_owned();
        }
        if is("url") || is("uri") {
            return (*self.draw.choose(&[
                "https://example.com/back",
                "app://back",
                "http://localhost:3000/?a=b#c",
                "//x",
                "javascript:alert(1)",
            ]))
            .to_owned();
        }
        if is("role") {
            return (*self.draw.choose(&["org:admin", "org:member", "org:none"])).to_owned();
        }
        if is("ticket") || is("token") || is("secret") || is("jwt") {
            let secret = (!self.secrets.is_empty()).then(|| self.draw.choose(&self.secrets).clone());
            return secret.unwrap_or_else(|| self.hostile());
        }
        if name.ends_with("id") || name.ends_with("ids") || name.ends_with("_by") {
            return self.id(name);
        }
        if is("username") || is("slug") || is("domain") {
            return format!("name-{number}{}", if is("domain") { ".example.com" } else { "" });
        }
        if is("order_by") {
            return (*self.draw.choose(&["-created_at", "+created_at", "created_at", "email_address", "name", "--x"]))
                .to_owned();
        }
        format!("text {number}")
    }

    fn hostile(&mut self) -> String {
        let long = "x".repeat(10_000);
        let texts = [
            "",
            " ",
            "\0",
            "null",
            "0",
            "-1",
            "../..",
            "'\"<>&",
            "\u{202e}\u{feff}",
            "💥🔑",
            "é",
            "a.b.c",
            "..",
            "%00",
            "{{user.id}}",
            "{{",
            "org:",
            ":",
            "+",
            "@",
            "a@b",
            "9999999999999999999999",
            "user_",
            "_",
            "\r\nx: y",
            &long,
        ];
        (*self.draw.choose(&texts)).to_owned()
    }

    fn any(&mut self, depth: usize) -> Value {
        match self.draw.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => true.into(),
            2 => i64::MIN.into(),
            3 => 1e308.into(),
            4 => self.hostile().into(),
            5 => json!([self.any(depth - 1)]),
            _ => json!({self.hostile(): self.any(depth - 1)}),
        }
    }
}

/// The last ones and some older ones, so that what is used is mostly still there.
fn keep(known: &mut Vec<String>, text: &str, draw: &mut Draw) {
    if known.iter().any(|it| it == text) {
        return;
    }
    if known.len() < 16 {
        known.push(text.to_owned());
    } else {
        let place = draw.below(known.len());
        text.clone_into(&mut known[place]);
    }
}

fn written(encoding: Encoding, body: &Value) -> (Option<&'static str>, Vec<u8>) {
    let pairs = || -> Vec<(String, String)> {
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let fields = body.as_object().into_iter().flatten();
        fields
            .flat_map(|(key, value)| match value {
                Value::Array(items) => items.iter().map(|item| (key.clone(), text(item))).collect(),
                other => vec![(key.clone(), text(other))],
            })
            .collect()
    };
    match encoding {
        Encoding::Json => (Some("application/json"), body.to_string().into_bytes()),
        Encoding::Form => {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs()).finish();
            (Some("application/x-www-form-urlencoded"), body.into_bytes())
        }
        Encoding::Multipart => {
            let mut form = String::new();
            for (name, value) in pairs() {
                let name = name.replace(['"', '\r', '\n'], "");
                let file = if name.contains("file") || name.contains("image") || name.contains("logo") {
                    "; filename=\"a.png\"\r\ncontent-type: image/png"
                } else {
                    ""
                };
                form += &format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
            }
            (Some("multipart/form-data; boundary=b"), (form + "--b--\r\n").into_bytes())
        }
        Encoding::Bytes => (Some("image/png"), body.to_string().into_bytes()),
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn once_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
