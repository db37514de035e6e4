//! What a run of webhooks says, sorted by what becomes of it.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use domain::inbound::{ChannelKey, News};
use domain::{ChannelId, Timestamp, WorkspaceId};
use meta::webhook::{Item, Reading, may_change_standing};
use store::{Channel, Entry, Heard, NewAccountEvent, NewQuarantined, Quarantined, Received};

use super::pack::unpack;
use crate::App;

/// What a run of webhooks says, ready to be applied.
#[derive(Default)]
pub(super) struct Set {
    pub(super) updates: HashMap<WorkspaceId, Updates>,
    pub(super) account_events: Vec<NewAccountEvent>,
    pub(super) quarantined: Vec<NewQuarantined>,
    /// When each channel last had a webhook.
    pub(super) heard: HashMap<ChannelId, Timestamp>,
    /// What is not ours, by the app that signed it and the provider's id.
    strangers: HashMap<(String, String), Heard>,
    /// Accounts of which something was told that may have changed how their numbers stand.
    pub(super) stand_otherwise: BTreeSet<String>,
    /// How many elements it holds.
    pub(super) size: usize,
}

/// Updates of one workspace, and where each came from.
#[derive(Default)]
pub(super) struct Updates {
    pub(super) received: Vec<Received>,
    pub(super) origins: Vec<Origin>,
}

/// Where an element came from: the webhook, and its place in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) journal_seq: i64,
    pub(super) element: i64,
}

impl Updates {
    fn push(&mut self, received: Received, origin: Origin) {
        self.received.push(received);
        self.origins.push(origin);
    }

    /// Keeps the first half and gives away the second.
    pub(super) fn split(&mut self) -> Self {
        let middle = self.received.len() / 2;
        Self {
            received: self.received.split_off(middle),
            origins: self.origins.split_off(middle),
        }
    }
}

/// An element that could not be read.
struct Unread {
    key: Option<ChannelKey>,
    reason: String,
    raw: String,
}

impl Set {
    /// Adds everything that a webhook says.
    pub(super) async fn add(&mut self, app: &App, entry: &Entry) -> Result<(), store::Error> {
        match items(&entry.body, meta::webhook::read) {
            Ok(items) => self.add_items(app, entry, (0..).zip(items)).await,
            Err(reason) => {
                let unread = Unread {
                    key: None,
                    reason: reason.to_owned(),
                    raw: text_of(entry),
                };
                self.quarantine(app, entry, 0, unread).await
            }
        }
    }

    /// Adds what one element of a webhook says, and nothing of its neighbours; everything, if the webhook
    /// could not be told into elements, or is told into others by now: what is known already changes nothing.
    pub(super) async fn add_element(
        &mut self,
        app: &App,
        entry: &Entry,
        element: &Quarantined,
    ) -> Result<(), store::Error> {
        let Ok(items) = items(&entry.body, meta::webhook::read) else {
            return self.add(app, entry).await;
        };
        let mut items: Vec<_> = (0..).zip(items).collect();
        let is_there = items.iter().any(|&(at, _)| at == element.element);
        if is_there && domain::text::storable(&text_of(entry)) != element.raw {
            items.retain(|&(at, _)| at == element.element);
        }
        self.add_items(app, entry, items).await
    }

    /// What is not ours.
    pub(super) fn strangers(&self) -> Vec<Heard> {
        self.strangers.values().cloned().collect()
    }

    /// Lets go of strangers and of what is another workspace's; answers whether there was any.
    pub(super) fn keep_only(&mut self, workspace: WorkspaceId) -> bool {
        let sizes = |set: &Self| {
            let (updates, events) = (set.updates.len(), set.account_events.len());
            [updates, events, set.quarantined.len(), set.strangers.len()]
        };
        let before = sizes(self);
        self.updates.retain(|&of, _| of == workspace);
        self.account_events
            .retain(|event| event.workspace.is_none_or(|of| of == workspace));
        self.quarantined
            .retain(|unread| unread.workspace.is_none_or(|of| of == workspace));
        self.strangers.clear();
        before != sizes(self)
    }

    async fn add_items(
        &mut self,
        app: &App,
        entry: &Entry,
        items: impl IntoIterator<Item = (i64, Item)>,
    ) -> Result<(), store::Error> {
        for (element, item) in items {
            self.item(app, entry, element, item).await?;
        }
        Ok(())
    }

    async fn item(
        &mut self,
        app: &App,
        entry: &Entry,
        element: i64,
        item: Item,
    ) -> Result<(), store::Error> {
        let Item {
            channel,
            account_id,
            reading,
        } = item;
        match reading {
            Reading::Ignored { .. } => {
                app.metrics.updates_ignored.add(1);
                Ok(())
            }
            Reading::Quarantined { reason, raw } => {
                let unread = Unread {
                    key: channel,
                    reason,
                    raw,
                };
                self.quarantine(app, entry, element, unread).await
            }
            Reading::Account { field, at, raw } => {
                let event = NewAccountEvent {
                    journal_seq: entry.seq,
                    element,
                    app: entry.app.clone(),
                    account_id,
                    workspace: None,
                    channel: None,
                    field,
                    at,
                    received_at: entry.received_at(),
                    raw: domain::text::storable(&raw),
                };
                self.account_event(app, entry, channel, event).await
            }
            Reading::Update(news) => self.update(app, entry, element, channel, news).await,
        }
    }

    async fn update(
        &mut self,
        app: &App,
        entry: &Entry,
        element: i64,
        key: Option<ChannelKey>,
        news: News,
    ) -> Result<(), store::Error> {
        // An event is believed only for channels connected through the app that signed it. To one that was
        // disconnected nobody writes any more, but what was sent before has its fate and its price.
        let is_report = matches!(news, News::Status(_));
        let channel = channel_of(app, entry, key.as_ref()).await?;
        let Some(channel) = channel.filter(|c| is_report || !c.is_disconnected()) else {
            self.stranger(app, entry, key.map(|key| key.external_id));
            return Ok(());
        };
        self.heard.insert(channel.id, entry.received_at());
        self.size += 1;
        let received = Received {
            channel: channel.id,
            kind: channel.kind,
            received_at: entry.received_at(),
            news,
        };
        let origin = Origin {
            journal_seq: entry.seq,
            element,
        };
        self.updates
            .entry(channel.workspace)
            .or_default()
            .push(received, origin);
        Ok(())
    }

    /// Kept if the account, or the channel it names, is connected through the app that signed it.
    async fn account_event(
        &mut self,
        app: &App,
        entry: &Entry,
        key: Option<ChannelKey>,
        event: NewAccountEvent,
    ) -> Result<(), store::Error> {
        let channel = channel_of(app, entry, key.as_ref()).await?;
        let channel = channel.filter(|c| !c.is_disconnected());
        let workspaces = match &channel {
            Some(channel) => BTreeSet::from([channel.workspace]),
            None => served_by(app, entry, event.account_id.as_deref()).await?,
        };
        let Some(&workspace) = workspaces.first() else {
            let external_id = key.map(|k| k.external_id).or(event.account_id);
            self.stranger(app, entry, external_id);
            return Ok(());
        };
        self.size += 1;
        if may_change_standing(&event.field) {
            self.stand_otherwise.extend(event.account_id.clone());
        }
        self.account_events.push(NewAccountEvent {
            workspace: (workspaces.len() == 1).then_some(workspace),
            channel: channel.map(|c| c.id),
            ..event
        });
        Ok(())
    }

    fn stranger(&mut self, app: &App, entry: &Entry, external_id: Option<String>) {
        app.metrics.updates_foreign.add(1);
        let (at, external_id) = (entry.received_at(), external_id.unwrap_or_default());
        self.strangers
            .entry((entry.app.clone(), external_id.clone()))
            .and_modify(|heard| {
                heard.last_at = at;
                heard.updates += 1;
            })
            .or_insert(Heard {
                app: entry.app.clone(),
                external_id,
                first_at: at,
                last_at: at,
                updates: 1,
            });
    }

    async fn quarantine(
        &mut self,
        app: &App,
        entry: &Entry,
        element: i64,
        unread: Unread,
    ) -> Result<(), store::Error> {
        let channel = channel_of(app, entry, unread.key.as_ref()).await?;
        let workspace = match &channel {
            Some(channel) => Some(channel.workspace),
            None => workspace_of(app, entry).await?,
        };
        self.size += 1;
        self.quarantined.push(NewQuarantined {
            channel: channel.map(|c| c.id),
            workspace,
            journal_seq: entry.seq,
            element,
            received_at: entry.received_at(),
            reason: unread.reason,
            raw: domain::text::storable(&unread.raw),
        });
        Ok(())
    }
}

/// A journalled body as text, as far as it can be unpacked.
fn text_of(entry: &Entry) -> String {
    let body = unpack(&entry.body).unwrap_or_default();
    String::from_utf8_lossy(&body).into_owned()
}

/// What a journalled body says, or why it cannot be read. A fault of the reader stops nobody else's
/// webhooks.
fn items<E>(
    packed: &[u8],
    read: impl Fn(&[u8]) -> Result<Vec<Item>, E>,
) -> Result<Vec<Item>, &'static str> {
    let body = unpack(packed).map_err(|_| "journal_damaged")?;
    let read = catch_unwind(AssertUnwindSafe(|| read(&body))).map_err(|_| "reader_panicked")?;
    read.map_err(|_| "not_json")
}

/// The workspaces that the app that signed a webhook serves with this account.
async fn served_by(
    app: &App,
    entry: &Entry,
    account: Option<&str>,
) -> Result<BTreeSet<WorkspaceId>, store::Error> {
    match account {
        Some(account) => {
            app.channels
                .served_by_account(app, account, &entry.app, entry.received_at())
                .await
        }
        None => Ok(BTreeSet::new()),
    }
}

/// The workspace that is shown what cannot be told to belong to any channel: the app's only one, or the only
/// one there is. Nobody is shown another's.
async fn workspace_of(app: &App, entry: &Entry) -> Result<Option<WorkspaceId>, store::Error> {
    match app.channels.only_workspace(&entry.app) {
        Some(workspace) => Ok(Some(workspace)),
        None => Ok(app.store.sole_workspace().await?.map(|w| w.id)),
    }
}

/// The channel an element speaks of, if it names one of ours.
async fn channel_of(
    app: &App,
    entry: &Entry,
    key: Option<&ChannelKey>,
) -> Result<Option<Arc<Channel>>, store::Error> {
    match key {
        Some(key) => {
            app.channels
                .channel(app, key, &entry.app, entry.received_at())
                .await
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::pack;
    use super::*;

    #[test]
    fn a_body_that_cannot_be_read_says_why() {
        let body = pack(b"{}").unwrap();
        let none = |_: &[u8]| Ok::<_, ()>(Vec::new());
        assert_eq!(items(&body, none), Ok(Vec::new()));
        assert_eq!(items(b"no zstd", none), Err("journal_damaged"));
        assert_eq!(items(&body, |_| Err(())), Err("not_json"));
        let faulty = |_: &[u8]| -> Result<_, ()> { panic!("a fault of ours") };
        assert_eq!(items(&body, faulty), Err("reader_panicked"));
    }
}
