//! Permissions as tokens write them: a list of names, and for each feature which of them it has.

/// The features of an organization: those of its plan, then those that only its permissions name.
pub(super) fn features(of_plan: &[String], permissions: &[String]) -> Vec<String> {
    let mut features = of_plan.to_vec();
    for (feature, _) in permissions.iter().filter_map(|permission| parts(permission)) {
        if !features.iter().any(|known| known == feature) {
            features.push(feature.to_owned());
        }
    }
    features
}

/// The names, and a mask for each feature: bit `i` stands for name `i`. Nothing where there is no permission.
pub(super) fn masks(features: &[String], permissions: &[String]) -> Option<(String, String)> {
    let pairs: Vec<(&str, &str)> = permissions.iter().filter_map(|permission| parts(permission)).collect();
    if pairs.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in &pairs {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let masks = features.iter().map(|feature| {
        decimal(names.iter().map(|name| pairs.iter().any(|(of, known)| of == feature && known == name)))
    });
    Some((names.join(","), masks.collect::<Vec<_>>().join(",")))
}

/// Feature and name of `org:<feature>:<name>`.
fn parts(permission: &str) -> Option<(&str, &str)> {
    let (feature, name) = permission.strip_prefix("org:")?.split_once(':')?;
    (!feature.is_empty() && !name.is_empty()).then_some((feature, name))
}

/// Bits, the lowest first, as a decimal number of any size.
fn decimal(bits: impl DoubleEndedIterator<Item = bool>) -> String {
    // Decimal digits, the lowest first: doubled for every bit, from the highest down.
    let mut digits = vec![0u8];
    for bit in bits.rev() {
        let mut carry = u8::from(bit);
        for digit in &mut digits {
            let doubled = *digit * 2 + carry;
            *digit = doubled % 10;
            carry = doubled / 10;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn each_feature_has_a_mask_over_the_names() {
        let permissions = list(&["org:invoices:read", "org:invoices:create", "org:reports:create", "org:broken"]);
        let features = features(&list(&["dashboard", "invoices"]), &permissions);
        assert_eq!(features, ["dashboard", "invoices", "reports"]);
        assert_eq!(masks(&features, &permissions), Some(("read,create".to_owned(), "0,3,2".to_owned())));
        assert_eq!(masks(&features, &[]), None);
    }

    #[test]
    fn masks_grow_beyond_any_machine_number() {
        assert_eq!(decimal([false].into_iter()), "0");
        assert_eq!(decimal((0..65).map(|bit| bit == 64)), "18446744073709551616");
        assert_eq!(decimal((0..129).map(|bit| bit == 128)), "340282366920938463463374607431768211456");
        assert_eq!(decimal([true, false, true].into_iter()), "5");
    }
}
