//! Rules of a request, from the header and the cookies to the answer.

mod configuration;
mod cookie;
mod header;
mod kinds;
mod now;
mod suffixed;
