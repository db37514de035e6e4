//! What ingest asks of every webhook: whose channel is this, and which secret signed it.
//!
//! Answered from memory. The command line may connect a channel or replace a secret while we run, so
//! whatever is not found is looked for again in the database, at most once a second.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::inbound::ChannelKey;
use domain::{ChannelId, Timestamp, WorkspaceId};
use jiff::SignedDuration;
use store::{Channel, Store};
use tokio::sync::watch;

use crate::App;
use crate::secrets::{Place, Secrets};

/// How long an answer of "not there" is believed.
const BELIEVED: SignedDuration = SignedDuration::from_secs(1);

/// An app's keys, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct AppKeys {
    /// What it signs with.
    pub secret: Vec<u8>,
    /// What it shows when it verifies the callback.
    pub verify_token: Vec<u8>,
    /// The provider's id of it, once known.
    pub app_id: Option<String>,
    /// Its configuration of Embedded Signup, if it has one.
    pub config_id: Option<String>,
    /// The workspace that brought it; `None`: whoever runs the install, for every workspace.
    pub workspace: Option<WorkspaceId>,
}

impl std::fmt::Debug for AppKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppKeys(..)")
    }
}

#[derive(Debug, Default)]
struct Held {
    apps: HashMap<String, Arc<AppKeys>>,
    channels: HashMap<ChannelKey, Arc<Channel>>,
    read_at: Option<Timestamp>,
    /// Which of our readings it is.
    reading: u64,
}

/// The directory.
#[derive(Debug)]
pub struct Directory {
    held: RwLock<Held>,
    readings: AtomicU64,
    changed: watch::Sender<()>,
    heard: Mutex<HashMap<ChannelId, Timestamp>>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            held: RwLock::default(),
            readings: AtomicU64::default(),
            changed: watch::Sender::new(()),
            heard: Mutex::default(),
        }
    }
}

impl Directory {
    /// Reads the database anew.
    pub async fn reload(
        &self,
        store: &Store,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        // Taken before anything is read: a reading with a higher number began later.
        let reading = self.readings.fetch_add(1, Ordering::Relaxed) + 1;
        let channels = store.all_channels().await?;
        let apps = store.apps().await?;
        let mut held = Held {
            read_at: Some(now),
            reading,
            ..Held::default()
        };
        for app in apps {
            let secret = secrets.open(Place::app(&app.name, "secret"), &app.secret);
            let verify_token =
                secrets.open(Place::app(&app.name, "verify_token"), &app.verify_token);
            match (secret, verify_token) {
                (Ok(secret), Ok(verify_token)) => {
                    let keys = AppKeys {
                        secret,
                        verify_token,
                        app_id: app.app_id,
                        config_id: app.config_id,
                        workspace: app.workspace,
                    };
                    held.apps.insert(app.name, Arc::new(keys));
                }
                _ => {
                    tracing::error!(app = %app.name, "The secrets of app {} were sealed under another master key", app.name);
                }
            }
        }
        for channel in channels {
            let key = ChannelKey {
                kind: channel.kind,
                external_id: channel.external_id.clone(),
            };
            held.channels.insert(key, Arc::new(channel));
        }
        self.keep(held);
        Ok(())
    }

    /// Takes a reading over, unless one that began later was faster.
    fn keep(&self, read: Held) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if read.reading > held.reading {
            *held = read;
            drop(held);
            self.changed.send_replace(());
        }
    }

    /// Reads the database anew unless that was done a moment ago.
    async fn refresh(&self, app: &App) {
        let now = app.clock.system_now();
        if self
            .read_at()
            .is_some_and(|at| now.duration_since(at) < BELIEVED)
        {
            return;
        }
        if let Err(error) = self.reload(&app.store, &app.secrets, now).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "Channels could not be read"
            );
        }
    }

    fn held_app(&self, name: &str) -> Option<Arc<AppKeys>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.apps.get(name).cloned()
    }

    fn held_channel(&self, key: &ChannelKey) -> Option<Arc<Channel>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.channels.get(key).cloned()
    }

    /// The keys of an app.
    pub async fn app(&self, app: &App, name: &str) -> Option<Arc<AppKeys>> {
        if let Some(keys) = self.held_app(name) {
            return Some(keys);
        }
        self.app_anew(app, name).await
    }

    /// The keys of an app as the database holds them now.
    pub async fn app_anew(&self, app: &App, name: &str) -> Option<Arc<AppKeys>> {
        self.refresh(app).await;
        self.held_app(name)
    }

    /// The channel a webhook speaks of, if it is or was connected through the app that signed it.
    ///
    /// Any answer but "it is connected" is given only by a reading of the database that is newer than the
    /// webhook: the channel may have been connected just before it came.
    ///
    /// # Errors
    /// If the database cannot be asked. The webhook has to be looked at again.
    pub async fn channel(
        &self,
        app: &App,
        key: &ChannelKey,
        signed_by: &str,
        received_at: Timestamp,
    ) -> Result<Option<Arc<Channel>>, store::Error> {
        let held = |key| self.held_channel(key).filter(|c| c.app == signed_by);
        if let Some(channel) = held(key).filter(|c| !c.is_disconnected()) {
            return Ok(Some(channel));
        }
        self.renew(app, received_at).await?;
        Ok(held(key))
    }

    /// The workspaces with a channel of this account that is connected through the app that signed a
    /// webhook. Every answer is given as carefully as "none" by [`Self::channel`]: one more workspace may
    /// have connected a number of the account just before.
    ///
    /// # Errors
    /// If the database cannot be asked. The webhook has to be looked at again.
    pub async fn served_by_account(
        &self,
        app: &App,
        account_id: &str,
        signed_by: &str,
        received_at: Timestamp,
    ) -> Result<BTreeSet<WorkspaceId>, store::Error> {
        self.renew(app, received_at).await?;
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let serving = held
            .channels
            .values()
            .filter(|c| c.app == signed_by && c.account_id == account_id && !c.is_disconnected());
        Ok(serving.map(|c| c.workspace).collect())
    }

    /// Reads the database anew unless that was done after `instant`.
    async fn renew(&self, app: &App, instant: Timestamp) -> Result<(), store::Error> {
        if self.read_at().is_none_or(|at| at <= instant) {
            let now = app.clock.system_now();
            self.reload(&app.store, &app.secrets, now).await?;
        }
        Ok(())
    }

    fn read_at(&self) -> Option<Timestamp> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .read_at
    }

    /// The one workspace whose channels an app serves, if it is one: where to show what could not be
    /// told to belong to any channel.
    pub fn only_workspace(&self, app: &str) -> Option<WorkspaceId> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let mut served = held
            .channels
            .values()
            .filter(|c| c.app == app)
            .map(|c| c.workspace);
        let first = served.next()?;
        served.all(|other| other == first).then_some(first)
    }

    /// Every app whose keys could be opened.
    pub fn apps(&self) -> BTreeSet<String> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.apps.keys().cloned().collect()
    }

    /// Every app that a workspace may connect numbers through, by name: its own and those of the install.
    pub fn apps_for(&self, workspace: WorkspaceId) -> BTreeMap<String, Arc<AppKeys>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let open_to = |keys: &AppKeys| keys.workspace.is_none_or(|of| of == workspace);
        held.apps
            .iter()
            .filter(|(_, keys)| open_to(keys))
            .map(|(name, keys)| (name.clone(), Arc::clone(keys)))
            .collect()
    }

    /// The apps through which a workspace's channels are connected, and no other workspace's.
    pub fn apps_of(&self, workspace: WorkspaceId) -> BTreeSet<String> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let (ours, others): (Vec<_>, Vec<_>) = held
            .channels
            .values()
            .partition(|c| c.workspace == workspace);
        let shared: BTreeSet<_> = others.into_iter().map(|c| c.app.clone()).collect();
        let ours: BTreeSet<_> = ours.into_iter().map(|c| c.app.clone()).collect();
        ours.difference(&shared).cloned().collect()
    }

    /// Every channel, those that were disconnected too.
    pub fn all(&self) -> Vec<Arc<Channel>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.channels.values().cloned().collect()
    }

    /// A channel, connected or not.
    pub fn by_id(&self, id: ChannelId) -> Option<Arc<Channel>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.channels.values().find(|c| c.id == id).cloned()
    }

    /// Whether nothing may be sent through a channel now: somebody or something has set it to rest.
    pub fn rests(&self, id: ChannelId) -> bool {
        self.by_id(id).is_none_or(|c| c.paused.is_some())
    }

    /// Wakes after the directory was read anew.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Notes that channels had a webhook; one that is replayed may be older than what was noted.
    pub fn heard(&self, channels: HashMap<ChannelId, Timestamp>) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        for (channel, at) in channels {
            let last = heard.entry(channel).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// Writes down what was noted by [`Self::heard`], for the command line and the next start.
    pub async fn keep_heard(&self, store: &Store) -> Result<(), store::Error> {
        let heard = self
            .heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let news: Vec<_> = self
            .all()
            .iter()
            .filter_map(|channel| {
                Some((
                    channel.id,
                    *heard.get(&channel.id)?,
                    channel.last_webhook_at,
                ))
            })
            .filter(|&(_, at, kept)| Some(at) > kept)
            .map(|(id, at, _)| (id, at))
            .collect();
        if news.is_empty() {
            return Ok(());
        }
        store.note_webhooks(&news).await
    }

    /// When a channel last had a webhook, in this process.
    pub fn last_heard(&self, channel: ChannelId) -> Option<Timestamp> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(&channel).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_reading_does_not_replace_a_newer_one() {
        let directory = Directory::default();
        let read = |reading, second| {
            directory.keep(Held {
                reading,
                read_at: Timestamp::from_second(second).ok(),
                ..Held::default()
            });
            directory.read_at().unwrap().as_second()
        };
        assert_eq!([read(2, 20), read(1, 10), read(3, 30)], [20, 20, 30]);
    }

    #[test]
    fn a_replayed_webhook_puts_no_clock_back() {
        let directory = Directory::default();
        let channel = ChannelId::new(Timestamp::UNIX_EPOCH, [0; 10]);
        let heard = |second| {
            let at = Timestamp::from_second(second).unwrap();
            directory.heard(HashMap::from([(channel, at)]));
            directory.last_heard(channel).unwrap().as_second()
        };
        assert_eq!([7, 5, 9].map(heard), [7, 7, 9]);
    }
}
