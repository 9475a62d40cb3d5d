use clerk_core::{Json, JsonMap};

use super::entitlement::{self, Entitlement, trim};

/// The permissions of a session in its organization.
#[derive(Clone, Debug, Default)]
pub(super) struct Permissions {
    pub(super) granted: Vec<String>,
    /// Whether whatever is not granted is surely not: the claims are there, well formed, and leave no doubt.
    pub(super) certain: bool,
}

impl Permissions {
    pub(super) fn read(claims: &JsonMap, compact: bool) -> Self {
        if compact { Self::packed(claims).unwrap_or_default() } else { Self::listed(claims.get("org_permissions")) }
    }

    fn listed(said: Option<&Json>) -> Self {
        let Some(said) = said.and_then(Json::as_array) else {
            return Self::default();
        };
        let granted: Vec<String> = said.iter().filter_map(Json::as_str).map(Into::into).collect();
        Self { certain: granted.len() == said.len(), granted }
    }

    /// Reads names, and for each feature a mask that says which of them it goes with.
    ///
    /// Which feature a mask belongs to is told in two ways: the implementations count the features of the organization,
    /// the documentation counts all. They differ where a feature of the user stands before one of the organization;
    /// then only what is granted either way is granted.
    fn packed(claims: &JsonMap) -> Option<Self> {
        let organization = claims.get("o")?;
        let list = |key: &str| match organization.get(key) {
            None | Some(Json::Null) => Some(""),
            Some(said) => said.as_str(),
        };
        let (names, masks) = (list("per")?, list("fpm")?);
        if names.is_empty() || masks.is_empty() {
            return Some(Self { granted: Vec::new(), certain: true });
        }
        let features: Vec<Entitlement<'_>> = entitlement::read(claims.get("fea"))?.collect();
        let names: Vec<&str> = names.split(',').map(trim).collect();
        let masks: Vec<Option<Mask>> = masks.split(',').map(|mask| Mask::read(trim(mask), names.len())).collect();
        let mut permissions = Self { granted: Vec::new(), certain: masks.iter().all(Option::is_some) };
        let of_organization = features.iter().enumerate().filter(|(_, feature)| feature.of_organization);
        for (counted, (among_all, feature)) in of_organization.enumerate() {
            let mask = |at: usize| masks.get(at).and_then(Option::as_ref);
            let (one, other) = (mask(counted), mask(among_all));
            permissions.certain &= one == other;
            let (Some(one), Some(other)) = (one, other) else {
                continue;
            };
            let named = names.iter().enumerate().filter(|(bit, _)| one.has(*bit) && other.has(*bit));
            permissions.granted.extend(named.map(|(_, name)| format!("org:{}:{name}", feature.slug)));
        }
        Some(permissions)
    }
}

/// A set of bits that is written as a decimal number of any size.
#[derive(Debug, PartialEq)]
struct Mask(Vec<u64>);

/// How many digits surely fit a word together.
const DIGITS: usize = 19;

impl Mask {
    /// Reads the lowest `bits`; there are no names for the others.
    fn read(digits: &str, bits: usize) -> Option<Self> {
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let mut words = vec![0_u64; bits.div_ceil(64)];
        for digits in digits.as_bytes().chunks(DIGITS) {
            let (mut shift, mut carry) = (1_u128, 0_u128);
            for digit in digits {
                shift *= 10;
                carry = carry * 10 + u128::from(digit - b'0');
            }
            for word in &mut words {
                let sum = u128::from(*word) * shift + carry;
                let low = sum as u64;
                *word = low;
                carry = sum >> 64;
            }
        }
        Some(Self(words))
    }

    fn has(&self, bit: usize) -> bool {
        self.0.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
}
