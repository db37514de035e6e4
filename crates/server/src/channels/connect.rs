//! Connecting a WhatsApp number by hand: token, account and number.

use domain::identity::ChannelKind;
use domain::{Timestamp, WorkspaceId};
use store::{AppSecrets, Channel, Receipts, Store};

use crate::secrets::{Place, Secrets};

/// What a number allows until Meta says otherwise: 80 messages a second.
/// Source: Meta's "Throughput" page, 2026-09.
const STANDARD_THROUGHPUT: i64 = 80;

/// A WhatsApp number to connect.
#[derive(Debug, Clone)]
pub struct NewWhatsApp<'a> {
    /// The workspace that gets it.
    pub workspace: WorkspaceId,
    /// The app that signs its webhooks.
    pub app: &'a str,
    /// The `phone_number_id`.
    pub number_id: &'a str,
    /// The id of the WhatsApp Business Account.
    pub account_id: &'a str,
    /// What to call it.
    pub name: &'a str,
    /// The number as people read it.
    pub address: &'a str,
    /// The access token.
    pub token: &'a str,
}

/// Why a number could not be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Another workspace has it.
    #[error("this number is connected to another workspace")]
    Elsewhere,
    /// The database failed.
    #[error("store")]
    Store(#[from] store::Error),
}

impl NewWhatsApp<'_> {
    /// Connects the number, or gives it a new token and name if it is connected here already.
    pub async fn connect(
        &self,
        store: &Store,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Channel, ConnectError> {
        let known = store
            .channel_by_external_id(ChannelKind::WhatsApp, self.number_id)
            .await?;
        if known
            .as_ref()
            .is_some_and(|c| c.workspace != self.workspace)
        {
            return Err(ConnectError::Elsewhere);
        }
        let id = known
            .as_ref()
            .map_or_else(|| store.new_channel_id(now), |c| c.id);
        let place = Place::channel_token(self.workspace, id);
        let channel = Channel {
            id,
            workspace: self.workspace,
            kind: ChannelKind::WhatsApp,
            app: self.app.to_owned(),
            external_id: self.number_id.to_owned(),
            account_id: self.account_id.to_owned(),
            name: self.name.to_owned(),
            address: self.address.to_owned(),
            token: Some(secrets.seal(place, self.token.as_bytes())),
            throughput: known.as_ref().map_or(STANDARD_THROUGHPUT, |c| c.throughput),
            paused: None,
            tested_at: None,
            receipts: known.as_ref().map_or(Receipts::default(), |c| c.receipts),
            last_webhook_at: known.and_then(|c| c.last_webhook_at),
        };
        match store.connect_channel(&channel, now).await {
            Err(store::Error::Duplicate(_)) => Err(ConnectError::Elsewhere),
            other => Ok(other.map(|()| channel)?),
        }
    }
}

/// Keeps an app's secret and verify token.
pub async fn set_app(
    store: &Store,
    secrets: &Secrets,
    name: &str,
    secret: &[u8],
    verify_token: &[u8],
    now: Timestamp,
) -> Result<(), store::Error> {
    let sealed = AppSecrets {
        name: name.to_owned(),
        secret: secrets.seal(Place::app(name, "secret"), secret),
        verify_token: secrets.seal(Place::app(name, "verify_token"), verify_token),
        app_id: None,
        config_id: None,
        workspace: None,
    };
    store.set_app(&sealed, None, now).await?;
    Ok(())
}
