use rocket::Request;

/// A parameter of the path, decoded, as handlers of the route read it. One that takes the rest of the path is none.
pub(super) fn path_parameter(request: &Request<'_>, name: &str) -> Option<String> {
    let route = &request.route()?.uri.unmounted_origin;
    let is_named = |segment: &str| segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) == Some(name);
    let position = route.path().raw_segments().position(|segment| is_named(segment.as_str()))?;
    request.routed_segment(position).map(str::to_owned)
}
