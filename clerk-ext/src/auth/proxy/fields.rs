//! Which header fields go on to the next hop.

use clerk_core::http::{
    HeaderMap, HeaderName,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT},
};

/// Fields that are about one connection.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// All fields but those that are about this connection: the usual ones, and the ones that `Connection` names.
///
/// The length goes too: whoever sends the message has its whole body, and says the length anew.
pub(super) fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let goes_on = |name: &HeaderName| {
        let is_written_anew = [CONTENT_LENGTH, EXPECT].contains(name);
        !is_written_anew && !HOP_BY_HOP.contains(&name.as_str()) && !named.iter().any(|named| name == named.as_str())
    };
    let mut passed = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| goes_on(name)) {
        passed.append(name, value.clone());
    }
    passed
}
