//! `charla user reset`: a way in for somebody who lost their password.

use server::Clock;
use server::accounts::reset_link;

use crate::cli::SettingsFile;
use crate::{Failure, open, say, serve};

/// Prints a link that sets a new password.
pub(crate) async fn reset(email: &str, file: &SettingsFile) -> Result<(), Failure> {
    let settings = open::settings(file)?;
    let store = open::existing(&settings).await?;
    let decided = server::Settings {
        public_url: settings.public_url.clone(),
        demo: false,
        sandbox_url: None,
        webhook_origin: None,
    };
    let app = serve::app(&settings, store, decided, Clock::system()).await?;
    let link = reset_link(&app, email)
        .await?
        .ok_or_else(|| format!("nobody signs in here as {email}"))?;
    let url = settings
        .public_url
        .unwrap_or_else(|| format!("http://{}", settings.listen));
    say(format!(
        "{url}{}\nThe link works once, until {:.0}.",
        link.path, link.expires_at
    ))?;
    app.store.close().await;
    Ok(())
}
