//! Changes to answers that a client of today must live with.

use clerk_core::Json;

/// A change to the JSON of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    UnknownEnumValues,
    ExtraFields,
    MissingFields { seed: u64 },
}

/// Where the texts of an answer are enumerations.
///
/// `object` is not here: it says what the thing is, and a server cannot extend it without sending another thing.
const ENUMS: &[&str] = &[
    "captcha_provider",
    "captcha_widget_type",
    "client_trust_state",
    "connection_type",
    "device_attestation_mode",
    "enrollment_mode",
    "first_factors",
    "identifier_type",
    "instance_environment_type",
    "mode",
    "next_action",
    "payment_type",
    "plan_period",
    "platform",
    "preferred_sign_in_strategy",
    "provider",
    "role",
    "second_factors",
    "source",
    "status",
    "strategy",
    "type",
    "verification_strategies",
];

/// What applications keep themselves, and maps: the API gives their keys no meaning, so no change happens there.
const OPAQUE: &[&str] = &[
    "act",
    "actor",
    "attribute_mapping",
    "attributes",
    "claims",
    "custom_attributes",
    "mappings",
    "meta",
    "preferred_channels",
    "private_metadata",
    "public_metadata",
    "reassignment_mappings",
    "request_headers",
    "social",
    "unsafe_metadata",
];

impl Change {
    /// Makes the change; `strike` is how often the fault has struck before.
    pub(super) fn make(&self, body: &mut Json, strike: u64) {
        match self {
            Self::UnknownEnumValues => make_unknown(body),
            Self::ExtraFields => add_fields(body),
            Self::MissingFields { seed } => {
                let mut draw = Draw(seed.wrapping_add(strike.wrapping_mul(0xD134_2543_DE82_EF95)));
                if !drop_fields(body, &mut draw) {
                    drop_one(body, &mut draw);
                }
            }
        }
    }
}

/// The values one level down, but for those that are nobody's business.
fn inner(value: &mut Json) -> Box<dyn Iterator<Item = &mut Json> + '_> {
    match value {
        Json::Array(items) => Box::new(items.iter_mut()),
        Json::Object(map) => {
            Box::new(map.iter_mut().filter(|(key, _)| !OPAQUE.contains(&key.as_str())).map(|(_, value)| value))
        }
        _ => Box::new(std::iter::empty()),
    }
}

fn make_unknown(value: &mut Json) {
    if let Json::Object(map) = value {
        for (_, value) in map.iter_mut().filter(|(key, _)| ENUMS.contains(&key.as_str())) {
            match value {
                Json::String(text) => text.insert_str(0, "future_"),
                Json::Array(items) => {
                    for item in items {
                        if let Json::String(text) = item {
                            text.insert_str(0, "future_");
                        }
                    }
                }
                _ => {}
            }
        }
    }
    inner(value).for_each(make_unknown);
}

fn add_fields(value: &mut Json) {
    inner(value).for_each(add_fields);
    if let Json::Object(map) = value {
        map.insert("future_field".to_owned(), "future_value".into());
        map.insert("future_object".to_owned(), serde_json::json!({"object": "future", "list": [1, null, true]}));
    }
}

/// Whether any was dropped.
fn drop_fields(value: &mut Json, draw: &mut Draw) -> bool {
    let mut dropped = false;
    if let Json::Object(map) = value {
        let before = map.len();
        map.retain(|_, _| draw.below(4) != 0);
        dropped = map.len() < before;
    }
    for value in inner(value) {
        dropped |= drop_fields(value, draw);
    }
    dropped
}

/// Drops a key of the outermost object there is.
fn drop_one(value: &mut Json, draw: &mut Draw) -> bool {
    if let Json::Object(map) = value {
        let chosen = usize::try_from(draw.below(map.len() as u64)).unwrap_or(0);
        let key = map.keys().nth(chosen).cloned();
        if key.is_some_and(|key| map.remove(&key).is_some()) {
            return true;
        }
    }
    inner(value).any(|value| drop_one(value, draw))
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).checked_rem(bound).unwrap_or(0)
    }
}
