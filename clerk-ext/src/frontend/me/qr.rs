use std::fmt;

use clerk_core::{Error, ErrorKind, Secret};
use qrcode::render::{svg, unicode};

/// A picture that an authenticator app reads with the camera.
///
/// Whoever sees it has the secret, so that both forms are [`Secret`]s.
pub struct QrCode(qrcode::QrCode);

impl QrCode {
    pub(super) fn of(text: &Secret) -> Result<Self, Error> {
        let code = qrcode::QrCode::new(text.expose());
        // What went wrong says nothing of the text.
        code.map(Self).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "this does not fit into a QR code; show it as text").with_source(error)
        })
    }

    /// As an SVG image, for pages and windows.
    #[must_use]
    pub fn svg(&self) -> Secret {
        self.0.render::<svg::Color<'_>>().min_dimensions(240, 240).build().into()
    }

    /// As text of blocks, for terminals whose background is dark.
    #[must_use]
    pub fn text(&self) -> Secret {
        // Dark and light change places, since the blocks are drawn in the light colour of the text.
        let (dark, light) = (unicode::Dense1x2::Light, unicode::Dense1x2::Dark);
        self.0.render::<unicode::Dense1x2>().dark_color(dark).light_color(light).build().into()
    }
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrCode(..)")
    }
}
