//! `charla channel connect`, with the checks of the wizard, and `charla app set`: a real number, by hand.

use std::path::Path;

use meta::graph::Graph;
use serde_json::json;
use server::channels::{NewWhatsApp, set_app};
use server::{Clock, http};

use crate::cli::{App, WhatsApp};
use crate::words::sentence;
use crate::{Failure, open, say};

/// Connects a number to the install's one workspace, after asking Meta whether token and number fit.
pub(crate) async fn whatsapp(number: &WhatsApp) -> Result<(), Failure> {
    let settings = open::settings(&number.settings)?;
    let store = open::existing(&settings).await?;
    let secrets = open::secrets(&settings, &store).await?;
    let workspace = store.sole_workspace().await?.ok_or(
        "there is no workspace yet, or more than one: finish the set-up in the browser first",
    )?;
    let token = secret_file(&number.token_file)?;
    let graph = Graph::new(&settings.graph_url, http::client()?)?;
    let mut new = NewWhatsApp {
        workspace: workspace.id,
        app: &number.app,
        number_id: &number.phone_number_id,
        account_id: &number.account_id,
        name: &number.name,
        address: "",
        token: &token,
    };
    let confirmed = new.confirm(&graph, &store, &secrets).await;
    let address = confirmed.map_err(|problem| sentence(&problem))?;
    new.address = &address;
    if store.apps().await?.iter().all(|app| app.name != number.app) {
        eprintln!(
            "charla: there is no app {0} yet, and so no webhook of this number is believed: charla app set --name {0}",
            number.app
        );
    }
    let channel = new.connect(&store, &secrets, Clock::system().now()).await?;
    say(json!({ "channel": channel.id, "name": channel.name, "address": channel.address }))?;
    store.close().await;
    Ok(())
}

/// Keeps an app's secret and verify token.
pub(crate) async fn app(app: &App) -> Result<(), Failure> {
    let settings = open::settings(&app.settings)?;
    let store = open::existing(&settings).await?;
    let secrets = open::secrets(&settings, &store).await?;
    let secret = secret_file(&app.secret_file)?;
    let verify_token = secret_file(&app.verify_token_file)?;
    let (secret, verify_token) = (secret.as_bytes(), verify_token.as_bytes());
    let now = Clock::system().now();
    set_app(&store, &secrets, &app.name, secret, verify_token, now).await?;
    let callback = if app.name == "default" {
        "/webhooks/meta".to_owned()
    } else {
        format!("/webhooks/meta/{}", app.name)
    };
    say(json!({ "app": app.name, "callback_path": callback }))?;
    store.close().await;
    Ok(())
}

/// A secret from a file, so that it stands in no process list. Space around it is not part of it.
pub(crate) fn secret_file(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let secret = text.trim();
    if secret.is_empty() {
        return Err(format!("{}: the file is empty", path.display()).into());
    }
    Ok(secret.to_owned())
}
