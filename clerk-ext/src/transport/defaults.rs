//! The figures that hold where nobody says otherwise.

use std::time::Duration;

/// How often a request is sent at most.
pub const ATTEMPTS: u32 = 3;

/// How long the wait before the second attempt is at most.
pub const FIRST_DELAY: Duration = Duration::from_secs(1);

/// How long the wait before any attempt is at most, unless the server asks for more.
pub const LONGEST_DELAY: Duration = Duration::from_secs(16);

/// How long connecting may take, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one attempt may take.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long an operation may take, all waits and attempts included.
pub const OVERALL_TIMEOUT: Duration = Duration::from_secs(90);

/// The time in which the API counts requests.
pub const LIMIT_PERIOD: Duration = Duration::from_secs(10);

/// How many requests a development instance may send in that time.
pub const DEVELOPMENT_REQUESTS: u32 = 100;

/// How many requests a production instance may send in that time.
pub const PRODUCTION_REQUESTS: u32 = 1000;

/// Which part of the period is added to it before a request counts no more.
///
/// The server counts arrivals, the limiter sendings. Requests that were sent a period apart arrive closer together when
/// the first one took longer on its way, for connecting perhaps; this is how much longer it may take.
pub const LIMIT_MARGIN: u32 = 20;

/// Which part of the period nothing is sent in after a 429 that does not say how long to wait.
pub const LIMIT_HOLD: u32 = 10;

/// What is sent is divided by this after a 429.
pub const LIMIT_CUT: u32 = 2;

/// Which part of the limit is the least that is allowed, however many 429s come.
pub const LIMIT_FLOOR: u32 = 20;

/// Which part of the limit comes back with each period without a 429.
///
/// It is little: where others share the limit, every climb above what they leave costs some 429s.
pub const LIMIT_CLIMB: u32 = 50;

/// The operations that have limits of their own, for each user or for each hour.
///
/// A 429 to one of them tells of the limit of the whole instance only when a good part of that has been used.
pub const OWN_LIMITS: &[&str] = &[
    "CreateBulkInvitations",
    "CreateInvitation",
    "CreateOrganizationInvitation",
    "CreateOrganizationInvitationBulk",
    "ReplaceUserMetadata",
    "UpdateUser",
    "UpdateUserMetadata",
];

/// The operations that the API does not count.
pub const UNCOUNTED: &[&str] = &["GetJWKS"];
