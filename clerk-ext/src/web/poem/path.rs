use std::collections::HashMap;

use poem::Request;

/// A parameter of the path, decoded, as far as poem has matched it.
///
/// One that occurs twice with different values says nothing: nobody knows which one a handler reads.
pub(super) fn path_parameter(request: &Request, name: &str) -> Option<String> {
    let first = request.raw_path_param(name)?;
    // A map has the last one of each name.
    let mut last: HashMap<String, String> = request.path_params().ok()?;
    last.remove(name).filter(|last| last == first)
}
