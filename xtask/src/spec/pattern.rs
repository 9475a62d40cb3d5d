//! Names with `*` in them.

use std::cell::Cell;

/// A pattern in which `*` stands for any run of characters; it remembers whether it ever matched.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    used: Cell<bool>,
}

impl Pattern {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), used: Cell::new(false) }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        let found = matches(&self.text, name);
        if found {
            self.used.set(true);
        }
        found
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether anything matched so far: an entry that matches nothing is stale.
    pub(crate) fn was_used(&self) -> bool {
        self.used.get()
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else {
        return name.is_empty();
    };
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        assert!(matches("*.user_id", "Session.user_id"));
        assert!(matches("Get*.id", "GetUser.id"));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(!matches("*.user_id", "Session.inviter_user_ids"));
        assert!(!matches("a*a", "a"));
        assert!(matches("exact", "exact") && !matches("exact", "exactly"));
    }
}
