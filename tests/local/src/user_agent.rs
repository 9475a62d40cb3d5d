//! What a user agent tells of the device, as far as lists of sessions show it.

/// Device and browser; nothing is known of most programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) device_type: Option<String>,
    pub(crate) is_mobile: bool,
    pub(crate) browser_name: Option<String>,
    pub(crate) browser_version: Option<String>,
}

/// What the first of each is called, the more special before what it claims to be too.
const DEVICES: [(&str, &str); 6] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Macintosh", "Macintosh"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
];
const BROWSERS: [(&str, &str); 5] = [
    ("Edg/", "Microsoft Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

pub(crate) fn parse(user_agent: Option<&str>) -> Device {
    let Some(text) = user_agent else { return Device::default() };
    let device = DEVICES.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| (*name).to_owned());
    let browser = BROWSERS.iter().find_map(|(mark, name)| {
        let (_, rest) = text.split_once(mark)?;
        let version = rest.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default();
        Some(((*name).to_owned(), version.to_owned()))
    });
    // A program's own name is shown as the browser, such as an app that is not one.
    let own = || {
        let (name, version) = text.split_whitespace().last()?.split_once('/')?;
        Some((name.to_owned(), version.to_owned()))
    };
    let (browser_name, browser_version) = browser.or_else(own).unzip();
    Device {
        is_mobile: text.contains("Mobile") || matches!(device.as_deref(), Some("iPhone" | "iPad" | "Android")),
        device_type: device,
        browser_name,
        browser_version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_are_told_apart() {
        let edge = parse(Some("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.1"));
        assert_eq!(
            (edge.device_type.as_deref(), edge.browser_name.as_deref(), edge.browser_version.as_deref()),
            (Some("Windows"), Some("Microsoft Edge"), Some("120.1"))
        );
        let phone = parse(Some("Mozilla/5.0 (iPhone; CPU) Version/17.0 Mobile/15E148 Safari/604.1"));
        assert_eq!((phone.is_mobile, phone.browser_name.as_deref()), (true, Some("Safari")));
        assert_eq!(parse(Some("tool/1.2")).browser_version.as_deref(), Some("1.2"));
        assert_eq!(parse(Some("odd")), Device::default());
        assert_eq!(parse(None), Device::default());
    }
}
