use std::{borrow::Cow, collections::HashMap};

use actix_web::HttpRequest;

/// The parameters of the path as handlers read them, as far as actix has matched it.
#[derive(Default)]
pub(super) struct Path(HashMap<String, Option<String>>);

impl Path {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let matched = request.match_info();
        let decoded: HashMap<String, String> = matched.load().unwrap_or_default();
        let says_one_thing = |name: &str| {
            let mut values = matched.iter().filter_map(|(known, value)| (known == name).then_some(value));
            values.next().is_some_and(|first| values.all(|other| other == first))
        };
        let only = |(name, value): (String, String)| {
            let value = says_one_thing(&name).then_some(value);
            (name, value)
        };
        Self(decoded.into_iter().map(only).collect())
    }

    /// A parameter that occurs twice with different values says nothing: nobody knows which one a handler reads.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name)?.as_deref().map(Cow::Borrowed)
    }
}
