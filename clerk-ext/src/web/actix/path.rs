use std::borrow::Cow;

use actix_web::HttpRequest;

/// The parameters of the path as handlers read them, as far as actix has matched it.
#[derive(Default)]
pub(super) struct Path(Vec<(String, String)>);

impl Path {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let matched = request.match_info();
        // As a map they cannot be had: actix takes no name for a text.
        let values: Vec<String> = matched.load().unwrap_or_default();
        Self(matched.iter().map(|(name, _)| name.to_owned()).zip(values).collect())
    }

    /// A parameter that occurs twice with different values says nothing: nobody knows which one a handler reads.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.0.iter().filter_map(|(known, value)| (known == name).then_some(value));
        let value = values.next()?;
        values.all(|other| other == value).then_some(Cow::Borrowed(value))
    }
}
