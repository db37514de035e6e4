//! `charla user reset`: a way in for somebody who lost their password.

use server::Clock;
use server::accounts::reset_link;

use crate::{Failure, open, serve};

/// Prints a link that sets a new password.
pub(crate) async fn reset(email: &str) -> Result<(), Failure> {
    let settings = open::settings()?;
    open::must_exist(&settings)?;
    let decided = server::Settings {
        public_url: settings.public_url.clone(),
        demo: false,
        sandbox_url: None,
    };
    let app = serve::app(&settings, decided, Clock::system()).await?;
    let link = reset_link(&app, email)
        .await?
        .ok_or_else(|| format!("nobody signs in here as {email}"))?;
    let url = settings
        .public_url
        .unwrap_or_else(|| format!("http://{}", settings.listen));
    println!("{url}{}", link.path);
    println!("The link works once, until {}.", link.expires_at);
    app.store.close().await;
    Ok(())
}
