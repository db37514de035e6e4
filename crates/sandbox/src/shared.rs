//! What all parts of a running sandbox hold together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{
    Callbacks, Identity,
    clock::Clock,
    courier::{self, Courier, Lane, Webhook},
    log::{Call, Detail, Log},
    payload::{self, Update},
    rules::{World, onboarding::Onboarding},
};

/// Where webhooks go.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) app_url: Option<String>,
    /// The webhook fields the app asked for.
    pub(crate) fields: Vec<String>,
    pub(crate) account_url: Option<String>,
    pub(crate) account_subscribed: bool,
    /// Addresses of single numbers, by `phone_number_id`.
    pub(crate) number_urls: HashMap<String, String>,
}

impl Subscription {
    /// Where webhooks go that are about `number`: its own address, else the account's, else the app's; none
    /// unless the account is subscribed.
    pub(crate) fn url(&self, number: Option<&str>) -> Option<&str> {
        number
            .and_then(|number| self.number_urls.get(number))
            .or(self.account_url.as_ref())
            .or(self.app_url.as_ref())
            .filter(|_| self.account_subscribed)
            .map(String::as_str)
    }
}

/// The address, if webhooks can be brought there.
pub(crate) fn web_address(url: &str) -> Option<reqwest::Url> {
    let url = reqwest::Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The whole of a running sandbox.
pub(crate) struct Shared {
    pub(crate) identity: Identity,
    pub(crate) clock: Clock,
    pub(crate) callbacks: Callbacks,
    pub(crate) http: reqwest::Client,
    pub(crate) courier: Courier,
    pub(crate) url: String,
    /// Held while a file is being taken in: it may be large.
    pub(crate) uploads: Semaphore,
    /// Held while a file is fetched from a link.
    pub(crate) fetches: Semaphore,
    pub(crate) log_grew: watch::Sender<u64>,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) start: crate::Start,
    world: Mutex<World>,
    log: Mutex<Log>,
    subscription: Mutex<Subscription>,
    tasks: Mutex<JoinSet<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    #[expect(clippy::too_many_arguments, reason = "called once, by the start")]
    pub(crate) fn new(
        identity: Identity,
        clock: Clock,
        callbacks: Callbacks,
        http: reqwest::Client,
        url: String,
        start: crate::Start,
        world: World,
        callback_url: Option<String>,
    ) -> Self {
        let secrets = [
            &identity.access_token,
            &identity.app_secret,
            &identity.verify_token,
        ];
        Self {
            log: Mutex::new(Log::hiding(secrets.into_iter().cloned().collect())),
            subscription: Mutex::new(Subscription {
                app_url: callback_url,
                fields: vec!["messages".to_owned()],
                account_url: None,
                account_subscribed: true,
                number_urls: HashMap::new(),
            }),
            identity,
            clock,
            callbacks,
            http,
            courier: Courier::default(),
            url,
            uploads: Semaphore::new(2),
            fetches: Semaphore::new(4),
            log_grew: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            start,
            world: Mutex::new(world),
            tasks: Mutex::new(JoinSet::new()),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The rules' state. Never held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }

    pub(crate) fn subscription(&self) -> MutexGuard<'_, Subscription> {
        lock(&self.subscription)
    }

    pub(crate) fn record(&self, call: Call) -> u64 {
        let n = self.log().add(call);
        self.log_grew.send_replace(n);
        n
    }

    /// Runs something until it ends or the sandbox does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
        lock(&self.tasks).abort_all();
    }

    /// Queues an update for the business, behind the others of its number.
    pub(crate) fn tell(self: &Arc<Self>, update: Update) {
        self.courier
            .queue(self, Lane::Number(update.phone_number_id.clone()), update);
    }

    /// Tells the business something about its account or its numbers, in no order with messages.
    pub(crate) fn tell_of_account(self: &Arc<Self>, field: &str, value: &Value) {
        let change = json!({"field": field, "value": value});
        let mut body = payload::wrap(&self.identity.waba_id, &[change]);
        body["entry"][0]["time"] = json!(self.now().as_second());
        let webhook = Webhook {
            number: None,
            kind: field.to_owned(),
            detail: Detail::default(),
            body: payload::escaped(&body).into(),
            queued: self.now(),
        };
        let shared = Arc::clone(self);
        self.spawn(async move {
            courier::deliver_raw(&shared, webhook).await;
        });
    }

    /// Lets a message go its way: each step after its delay, each step told.
    pub(crate) fn follow(self: &Arc<Self>, id: String) {
        let shared = Arc::clone(self);
        self.spawn(async move {
            let mut held = Vec::new();
            while let Some((delay, stage)) = shared.step(&id) {
                pause(delay).await;
                let Some(update) = shared.take_step(&id, stage) else {
                    break;
                };
                if shared.world().faults.webhook_reorder {
                    held.push(update);
                } else {
                    shared.tell(update);
                }
            }
            // Backwards is the one order that is surely another.
            for update in held.into_iter().rev() {
                shared.tell(update);
            }
        });
    }

    fn step(&self, id: &str) -> Option<(Duration, crate::rules::status::Stage)> {
        self.world().next_step(id)
    }

    fn take_step(&self, id: &str, stage: crate::rules::status::Stage) -> Option<Update> {
        let now = self.now();
        self.world().advance(now, id, stage)
    }

    /// Back to the state after the start; the clock stays.
    pub(crate) fn reset(&self) {
        self.courier.clear();
        {
            let mut world = self.world();
            world.clear(self.start.customers.clone(), self.start.faults.clone());
            world.numbers.clone_from(&self.start.numbers);
            world.onboarding = Onboarding::new(&self.identity.access_token);
        }
        self.log().clear();
        self.courier.changed();
    }
}

async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
