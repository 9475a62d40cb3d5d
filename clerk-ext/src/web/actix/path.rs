use actix_web::HttpRequest;

/// A parameter of the path as handlers read it, as far as actix has matched it.
///
/// One that occurs twice with different values says nothing: nobody knows which one a handler reads.
pub(super) fn path_parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let matched = request.match_info();
    // As a map they cannot be had: actix takes no name for a text.
    let decoded: Vec<String> = matched.load().ok()?;
    let named = matched.iter().zip(decoded).filter(|((known, _), _)| *known == name);
    let mut values = named.map(|(_, value)| value);
    let value = values.next()?;
    values.all(|other| other == value).then_some(value)
}
