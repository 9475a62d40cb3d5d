//! What a person opens in a browser: the inbox and what there is, as plain HTML that works without scripts.

use std::fmt::Write as _;

use clerk_core::Timestamp;

use crate::{
    answer::{Answer, Outcome},
    app::App,
    inbound::Inbound,
    rules::sessions,
    state::State,
};

/// How many rows each list shows, the newest first.
const ROWS: usize = 50;

/// Nothing is loaded, run, framed or sent from these pages, whatever a name in them says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const STYLE: &str = "body{font:15px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}\
    table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem .3rem 0;\
    text-align:left;vertical-align:top;overflow-wrap:anywhere}code{font-size:.9em}nav a{margin-right:1rem}\
    .note{color:#666}";

/// The answer to a request for a page; `None` if it is for something else.
pub(crate) fn answer(app: &App, inbound: &Inbound, now: Timestamp) -> Option<Outcome> {
    if inbound.path != "/" || !matches!(inbound.method.as_str(), "GET" | "HEAD") {
        return None;
    }
    let html = app.read(|state| page(state, now));
    let answer = Answer::html(html)
        .header("content-security-policy", POLICY)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .header("cache-control", "no-store");
    Some(Ok(answer))
}

fn page(state: &State, now: Timestamp) -> String {
    let mut html = String::new();
    let name = text(&state.settings().application_name);
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{name} - clerk-local</title><style>{STYLE}</style></head><body>\n<h1>{name}</h1>\n\
         <p>A local Clerk, for tests. Its clock shows {}.</p>\n\
         <p>Frontend API <code>{}</code>, Backend API <code>{}</code>, publishable key <code>{}</code>.</p>\n\
         <nav><a href=\"#inbox\">Inbox</a><a href=\"#users\">Users</a><a href=\"#sessions\">Sessions</a>\
         <a href=\"#organizations\">Organizations</a><a href=\"#events\">Events</a></nav>\n",
        time(now),
        text(&state.addresses.frontend),
        text(&state.addresses.backend),
        text(&state.keys.publishable),
    );
    inbox(state, &mut html);
    users(state, &mut html);
    sessions_list(state, now, &mut html);
    organizations(state, &mut html);
    events(state, &mut html);
    html.push_str("</body></html>\n");
    html
}

fn inbox(state: &State, html: &mut String) {
    let messages = &state.tables.messages;
    let rows = messages.iter().rev().map(|message| {
        let link = message.link.as_deref().filter(|link| link.starts_with("http://") || link.starts_with("https://"));
        let what = match (&message.code, link) {
            (Some(code), _) => format!("<strong>{}</strong>", text(code)),
            (None, Some(link)) => format!("<a rel=\"noreferrer\" href=\"{0}\">{0}</a>", text(link)),
            (None, None) => text(&message.body),
        };
        [time(message.created_at), text(&message.to), text(&message.slug), what]
    });
    list(html, "inbox", "Inbox", messages.len(), ["at", "to", "for", ""], rows);
}

fn users(state: &State, html: &mut String) {
    let users = &state.tables.users;
    let rows = users.iter().rev().map(|user| {
        let names = [&user.first_name, &user.last_name].into_iter().flatten().map(String::as_str);
        let mut known: Vec<&str> = user.email_addresses.iter().map(|email| email.email_address.as_str()).collect();
        known.extend(user.phone_numbers.iter().map(|phone| phone.phone_number.as_str()));
        known.extend(user.username.as_deref());
        [
            id(user.id.as_str()),
            text(&names.collect::<Vec<_>>().join(" ")),
            text(&known.join(", ")),
            time(user.created_at),
        ]
    });
    list(html, "users", "Users", users.len(), ["id", "name", "known by", "since"], rows);
}

fn sessions_list(state: &State, now: Timestamp, html: &mut String) {
    let table = &state.tables.sessions;
    let rows = table.iter().rev().map(|session| {
        let status = format!("{:?}", sessions::status(session, now)).to_lowercase();
        [id(session.id.as_str()), id(session.user_id.as_str()), text(&status), time(session.last_active_at)]
    });
    list(html, "sessions", "Sessions", table.len(), ["id", "user", "status", "last active"], rows);
}

fn organizations(state: &State, html: &mut String) {
    let table = &state.tables.organizations;
    let rows = table.iter().rev().map(|organization| {
        let members = state.tables.memberships.find(&format!("org:{}", organization.id)).count();
        let slug = organization.slug.as_deref().unwrap_or_default();
        [id(organization.id.as_str()), text(&organization.name), text(slug), members.to_string()]
    });
    list(html, "organizations", "Organizations", table.len(), ["id", "name", "slug", "members"], rows);
}

fn events(state: &State, html: &mut String) {
    let table = &state.tables.events;
    let rows = table.iter().rev().map(|event| {
        let deliveries = state.tables.deliveries.find(&format!("event:{}", event.id));
        let (delivered, all) = deliveries.fold((0_usize, 0_usize), |(delivered, all), delivery| {
            (delivered + usize::from(delivery.delivered), all + 1)
        });
        let sent = if all == 0 { String::new() } else { format!("delivered to {delivered} of {all}") };
        [time(event.created_at), text(&event.kind), id(&event.id), sent]
    });
    list(html, "events", "Events", table.len(), ["at", "type", "id", ""], rows);
}

/// A table of cells that are HTML already.
fn list<const N: usize>(
    html: &mut String,
    anchor: &str,
    title: &str,
    total: usize,
    heads: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let _ = writeln!(html, "<h2 id=\"{anchor}\">{title}</h2>");
    if total == 0 {
        html.push_str("<p class=\"note\">None.</p>\n");
        return;
    }
    if total > ROWS {
        let _ = writeln!(html, "<p class=\"note\">The last {ROWS} of {total}.</p>");
    }
    let _ = writeln!(html, "<table><tr>{}</tr>", heads.map(|head| format!("<th>{head}</th>")).concat());
    for row in rows.take(ROWS) {
        let _ = writeln!(html, "<tr>{}</tr>", row.map(|cell| format!("<td>{cell}</td>")).concat());
    }
    html.push_str("</table>\n");
}

fn id(id: &str) -> String {
    format!("<code>{}</code>", text(id))
}

fn time(at: Timestamp) -> String {
    at.system_time().map_or_else(|| at.as_millis().to_string(), httpdate::fmt_http_date)
}

/// A text as HTML, within an element or a quoted attribute.
pub(crate) fn text(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}
