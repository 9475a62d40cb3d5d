//! Licence expressions as packages declare them (SPDX, and the older `MIT/Apache-2.0`).

/// Whether an expression can be met with licences that may occur: one side of each `OR`, both sides of each `AND`.
///
/// `AND` binds closer than `OR`, `WITH` closer than both. An expression that does not read fits nothing.
pub(super) fn fits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = Words { words: spaced.split_whitespace().collect(), at: 0, allowed };
    let fits = words.alternatives();
    words.at == words.words.len() && fits == Some(true)
}

struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
    allowed: &'a [String],
}

/// Each gives back nothing where the expression is broken.
impl Words<'_> {
    fn take(&mut self, wanted: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self) -> Option<bool> {
        let mut fits = self.together()?;
        while self.take("OR") {
            fits |= self.together()?;
        }
        Some(fits)
    }

    fn together(&mut self) -> Option<bool> {
        let mut fits = self.single()?;
        while self.take("AND") {
            fits &= self.single()?;
        }
        Some(fits)
    }

    fn single(&mut self) -> Option<bool> {
        if self.take("(") {
            let fits = self.alternatives()?;
            return self.take(")").then_some(fits);
        }
        let mut name = self.name()?.to_owned();
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.name()?);
        }
        Some(self.allowed.contains(&name))
    }

    fn name(&mut self) -> Option<&str> {
        let word = self.words.get(self.at).filter(|word| !["(", ")", "AND", "OR", "WITH"].contains(word))?;
        self.at += 1;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    fn may(expression: &str, allowed: &[&str]) -> bool {
        fits(expression, &allowed.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn one_side_of_an_or_is_enough() {
        assert!(may("MIT OR Apache-2.0", &["MIT"]));
        assert!(may("MIT OR Apache-2.0", &["Apache-2.0"]));
        assert!(!may("MIT OR Apache-2.0", &["ISC"]));
    }

    #[test]
    fn the_older_slash_is_an_or() {
        assert!(may("MIT/Apache-2.0", &["Apache-2.0"]));
        assert!(may("MIT / Apache-2.0", &["MIT"]));
        assert!(!may("MIT/Apache-2.0", &["ISC"]));
    }

    #[test]
    fn both_sides_of_an_and_are_needed() {
        assert!(may("MIT AND ISC", &["ISC", "MIT"]));
        assert!(!may("MIT AND ISC", &["MIT"]));
    }

    #[test]
    fn braces_come_first_and_an_and_before_an_or() {
        let both = "(MIT OR Apache-2.0) AND Unicode-3.0";
        assert!(may(both, &["MIT", "Unicode-3.0"]));
        assert!(may(both, &["Apache-2.0", "Unicode-3.0"]));
        assert!(!may(both, &["MIT"]), "the braces do not let the second licence go");
        assert!(!may(both, &["Unicode-3.0"]));
        assert!(may("MIT OR GPL-3.0 AND ISC", &["MIT"]));
        assert!(!may("MIT OR GPL-3.0 AND ISC", &["ISC"]));
        assert!(may("((MIT))", &["MIT"]));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert!(may("Apache-2.0 WITH LLVM-exception OR GPL-3.0", &["Apache-2.0 WITH LLVM-exception"]));
        assert!(!may("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"]));
        assert!(!may("Apache-2.0", &["Apache-2.0 WITH LLVM-exception"]));
    }

    #[test]
    fn what_nobody_listed_and_what_does_not_read_fits_nothing() {
        for expression in
            ["Proprietary", "", "()", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT ISC", "MIT AND", "MIT WITH"]
        {
            assert!(!may(expression, &["MIT", "ISC"]), "{expression:?}");
        }
    }
}
