use std::borrow::Cow;

use rocket::Request;

/// The parameters of the path, decoded, as handlers of the route read them.
pub(super) struct Path<'r>(pub(super) &'r Request<'r>);

impl Path<'_> {
    /// A parameter of one segment; one that takes the rest of the path is none.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let route = &self.0.route()?.uri.unmounted_origin;
        let is_named = |segment: &str| segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) == Some(name);
        let position = route.path().raw_segments().position(|segment| is_named(segment.as_str()))?;
        self.0.routed_segment(position).map(Cow::Borrowed)
    }
}
