use std::{borrow::Cow, collections::HashMap};

use poem::Request;

/// The parameters of the path, decoded, as far as poem has matched it.
pub(super) struct Path<'r> {
    request: &'r Request,
    last: HashMap<String, String>,
}

impl<'r> Path<'r> {
    pub(super) fn of(request: &'r Request) -> Self {
        Self { request, last: request.path_params().unwrap_or_default() }
    }

    /// A parameter that occurs twice with different values says nothing: nobody knows which one a handler reads.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let first = self.request.raw_path_param(name)?;
        (self.last.get(name)? == first).then_some(Cow::Borrowed(first))
    }
}
