//! Connecting a number, step by step. Each step can be gone through again: what it asks of the provider is
//! asked anew, and what it learns replaces what was known.

use std::sync::Arc;

use axum::http::StatusCode;
use domain::connecting::{Progress, Step};
use domain::{ChannelId, SetupId, Timestamp, WorkspaceId};
use meta::errors::Retry;
use meta::graph::{AppCredentials, BusinessAccount, CallError, PhoneNumber, Refusal};
use serde::Serialize;
use store::{AppSecrets, Channel, Setup};
use utoipa::ToSchema;

use super::AppKeys;
use super::apps::{callback, digits, keep};
use super::confirm;
use super::connect::{ConnectError, NewWhatsApp};
use super::refused::{Asking, problem};
use super::self_test::{SelfTest, Subject, was_heard};
use crate::App;
use crate::problem::Problem;
use crate::secrets::Place;

/// How far a setup has come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SetupView {
    id: SetupId,
    /// The app through which the number will be connected.
    app: String,
    /// What is to be done next.
    step: Step,
    /// The accounts that the token was made for, where it says so.
    accounts: Vec<String>,
    /// The account that was chosen.
    account: Option<AccountView>,
    /// The number that was chosen.
    number: Option<NumberView>,
    /// The channel, once there is one.
    channel_id: Option<ChannelId>,
    /// What the provider is told to call.
    callback_url: String,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A business account, as the provider sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountView {
    id: String,
    name: Option<String>,
    /// Whether the provider has verified the business.
    verified: bool,
    /// Whether the provider names something that pays.
    payment: bool,
}

/// What can be done with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NumberState {
    /// It has to be verified by a code, and registered.
    ToVerify,
    /// It has to be registered.
    ToRegister,
    /// It can be connected.
    Ready,
    /// It is connected here; connecting it again replaces its token.
    Here,
    /// It is connected to another workspace.
    Elsewhere,
}

/// A number of the account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NumberView {
    id: String,
    /// As the provider writes it.
    address: String,
    name: Option<String>,
    state: NumberState,
    /// Whether a two-step PIN is set, which registering asks for.
    has_pin: bool,
}

/// A setup that is worked on.
pub(super) struct Work<'a> {
    app: &'a App,
    setup: Setup,
    keys: Arc<AppKeys>,
}

impl<'a> Work<'a> {
    /// Takes a setup up.
    pub(super) async fn on(app: &'a App, ws: WorkspaceId, id: SetupId) -> Result<Self, Problem> {
        let setup = app.store.setup(ws, id).await?;
        Self::of(app, setup.ok_or_else(Problem::not_found)?).await
    }

    /// Begins one, for a new number or to connect a channel anew.
    pub(super) async fn begin(
        app: &'a App,
        ws: WorkspaceId,
        name: &str,
        anew: Option<ChannelId>,
    ) -> Result<Self, Problem> {
        if !app.channels.apps_for(ws).contains_key(name) {
            return Err(no_app());
        }
        let channel = match anew {
            Some(id) => {
                let channel = app.store.channel(ws, id).await?;
                Some(channel.ok_or_else(Problem::not_found)?)
            }
            None => None,
        };
        let now = app.clock.system_now();
        let mut setup = app.store.add_setup(ws, name, now).await?;
        if let Some(channel) = channel {
            setup.account_id = Some(channel.account_id);
            setup.number_id = Some(channel.external_id);
            app.store.keep_setup(&setup).await?;
        }
        Self::of(app, setup).await
    }

    async fn of(app: &'a App, setup: Setup) -> Result<Self, Problem> {
        let keys = app.channels.app(app, &setup.app).await.ok_or_else(no_app)?;
        Ok(Self { app, setup, keys })
    }

    /// How far it has come, as the provider sees it now.
    pub(super) async fn view(&self) -> Result<SetupView, Problem> {
        self.view_with(Vec::new()).await
    }

    async fn view_with(&self, accounts: Vec<String>) -> Result<SetupView, Problem> {
        let mut token = self.token().await?;
        let account = match (&token, &self.setup.account_id) {
            (Some(token), Some(id)) => Some(self.app.graph.account(token, id).await),
            _ => None,
        };
        // A token that is over since is asked for again.
        if matches!(&account, Some(Err(error)) if confirm::is_over(error)) {
            token = None;
        }
        let account = told(Asking::Account, account)?;
        let number = match (&token, &self.setup.number_id) {
            (Some(token), Some(id)) if account.is_some() => {
                Some(self.app.graph.phone_number(token, id).await)
            }
            _ => None,
        };
        let number = told(Asking::Number, number)?;
        let channel = self.channel().await?;
        let progress = Progress {
            token: token.is_some(),
            account: account.is_some(),
            number: number.is_some(),
            verified: number.as_ref().is_some_and(is_verified),
            registered: number.as_ref().is_some_and(is_registered),
            connected: channel.is_some() && self.setup.token.is_none(),
            tested: channel.as_ref().is_some_and(|c| c.tested_at.is_some()),
            heard: channel.as_ref().is_some_and(|c| was_heard(self.app, c)),
        };
        let number = match number {
            Some(number) => Some(self.number_view(number).await?),
            None => None,
        };
        Ok(SetupView {
            id: self.setup.id,
            step: progress.step(),
            accounts,
            account: account.map(account_view),
            number,
            channel_id: self.setup.channel,
            callback_url: callback(self.app, &self.setup.app),
            created_at: self.setup.created_at,
            app: self.setup.app.clone(),
        })
    }

    /// Takes a token that somebody pasted.
    pub(super) async fn take_token(mut self, token: &str) -> Result<SetupView, Problem> {
        let accounts = self.check_token(token.trim()).await?;
        self.app.store.keep_setup(&self.setup).await?;
        self.view_with(accounts).await
    }

    /// Takes what Embedded Signup gave to the browser.
    pub(super) async fn take_signup(
        mut self,
        code: &str,
        account_id: Option<String>,
        number_id: Option<String>,
    ) -> Result<SetupView, Problem> {
        let secret = self.secret();
        let Some(id) = self.keys.app_id.clone() else {
            return Err(Problem::invalid(
                "app",
                "app-id-missing",
                "The app's id is not known",
            ));
        };
        let app = AppCredentials {
            id: &id,
            secret: &secret,
        };
        let bought = self.app.graph.exchange_code(app, code).await;
        let token = bought.map_err(|error| problem(Asking::SignupCode, &error))?;
        let accounts = self.check_token(&token).await?;
        if let Some(id) = &account_id {
            self.setup.account_id = Some(digits("account_id", id)?.to_owned());
        }
        // A code is worth something once: the token is kept before anything else can fail.
        self.app.store.keep_setup(&self.setup).await?;
        match number_id {
            Some(number) => self.choose_number(digits("number_id", &number)?).await,
            None => self.view_with(accounts).await,
        }
    }

    /// Asks the provider what a token may do, and seals it; answers the accounts it was made for.
    async fn check_token(&mut self, token: &str) -> Result<Vec<String>, Problem> {
        let secret = self.secret();
        let id = self.keys.app_id.clone();
        let app = id.as_deref().map(|id| AppCredentials {
            id,
            secret: &secret,
        });
        let facts = confirm::token(&self.app.graph, app, token).await?;
        if let (None, Some(theirs)) = (&id, facts.app_id) {
            self.learn_app_id(&theirs).await?;
        }
        let place = setup_token(self.setup.workspace, self.setup.id);
        self.setup.token = Some(self.app.secrets.seal(place, token.as_bytes()));
        if let ([only], None) = (facts.accounts.as_slice(), &self.setup.account_id) {
            self.setup.account_id = Some(only.clone());
        }
        Ok(facts.accounts)
    }

    /// The token tells which app it was made for; with our secret that makes the app's own token.
    async fn learn_app_id(&mut self, id: &str) -> Result<(), Problem> {
        let secret = self.secret();
        let asked = self
            .app
            .graph
            .check_app(AppCredentials {
                id,
                secret: &secret,
            })
            .await;
        asked.map_err(|error| problem(Asking::App, &error))?;
        let name = &self.setup.app;
        let sealed = AppSecrets {
            secret: self
                .app
                .secrets
                .seal(Place::app(name, "secret"), &self.keys.secret),
            verify_token: self
                .app
                .secrets
                .seal(Place::app(name, "verify_token"), &self.keys.verify_token),
            app_id: Some(id.to_owned()),
            config_id: None,
            workspace: self.keys.workspace,
            name: name.clone(),
        };
        keep(self.app, &sealed, None).await?;
        self.keys = self
            .app
            .channels
            .app(self.app, name)
            .await
            .ok_or_else(no_app)?;
        Ok(())
    }

    /// Chooses the account.
    pub(super) async fn choose_account(mut self, id: &str) -> Result<SetupView, Problem> {
        let token = self.needed_token().await?;
        confirm::account(&self.app.graph, &token, id).await?;
        if self.setup.account_id.as_deref() != Some(id) {
            self.setup.number_id = None;
        }
        self.setup.account_id = Some(id.to_owned());
        self.app.store.keep_setup(&self.setup).await?;
        self.view().await
    }

    /// The numbers of the account, and what can be done with each.
    pub(super) async fn numbers(&self) -> Result<Vec<NumberView>, Problem> {
        let found = self.numbers_of_account().await?;
        let mut numbers = Vec::with_capacity(found.len());
        for number in found {
            numbers.push(self.number_view(number).await?);
        }
        Ok(numbers)
    }

    /// Chooses the number.
    pub(super) async fn choose_number(mut self, id: &str) -> Result<SetupView, Problem> {
        let token = self.needed_token().await?;
        let number = confirm::number(&self.app.graph, &token, id).await?;
        if self.state_of(&number).await? == NumberState::Elsewhere {
            return Err(elsewhere());
        }
        if self.setup.account_id.is_some() {
            self.check_number_is_of_account(id).await?;
        }
        self.setup.number_id = Some(id.to_owned());
        self.app.store.keep_setup(&self.setup).await?;
        self.view().await
    }

    /// A number of another account would be heard of by nobody: it is the account that calls us.
    async fn check_number_is_of_account(&self, id: &str) -> Result<(), Problem> {
        let numbers = self.numbers_of_account().await?;
        if numbers.iter().any(|number| number.id == id) {
            return Ok(());
        }
        let title = "The account has no such number";
        Err(Problem::invalid(
            "number_id",
            "number-of-another-account",
            title,
        ))
    }

    async fn numbers_of_account(&self) -> Result<Vec<PhoneNumber>, Problem> {
        let token = self.needed_token().await?;
        let account = self
            .setup
            .account_id
            .as_deref()
            .ok_or_else(|| out_of_order("account"))?;
        let found = self.app.graph.phone_numbers(&token, account).await;
        found.map_err(|error| problem(Asking::Account, &error))
    }

    /// Does something about the number that the provider answers with yes or no.
    pub(super) async fn about_number<F>(
        &self,
        asking: Asking,
        ask: impl FnOnce(&'a App, String, String) -> F,
    ) -> Result<SetupView, Problem>
    where
        F: Future<Output = Result<(), meta::graph::CallError>>,
    {
        let token = self.needed_token().await?;
        let number = self
            .setup
            .number_id
            .clone()
            .ok_or_else(|| out_of_order("number"))?;
        let asked = ask(self.app, token, number).await;
        asked.map_err(|error| problem(asking, &error))?;
        self.view().await
    }

    /// Makes the channel, or gives the one there is its new token.
    pub(super) async fn connect(mut self, name: &str) -> Result<SetupView, Problem> {
        let (app, ws) = (self.app, self.setup.workspace);
        let token = self.needed_token().await?;
        let account_id = self
            .setup
            .account_id
            .clone()
            .ok_or_else(|| out_of_order("account"))?;
        let number_id = self
            .setup
            .number_id
            .clone()
            .ok_or_else(|| out_of_order("number"))?;
        let number = confirm::number(&self.app.graph, &token, &number_id).await?;
        if !is_registered(&number) {
            return Err(out_of_order("register"));
        }
        let address = number.display_phone_number.unwrap_or_default();
        let new = NewWhatsApp {
            workspace: ws,
            app: &self.setup.app,
            number_id: &number_id,
            account_id: &account_id,
            name,
            address: &address,
            token: &token,
        };
        let connected = new.connect(&app.store, &app.secrets, app.clock.now()).await;
        let channel = connected.map_err(|error| match error {
            ConnectError::Elsewhere => elsewhere(),
            ConnectError::Store(error) => error.into(),
        })?;
        self.setup.channel = Some(channel.id);
        self.setup.token = None;
        app.store.keep_setup(&self.setup).await?;
        let now = app.clock.system_now();
        app.channels.reload(&app.store, &app.secrets, now).await?;
        app.watch.ask([channel.id]);
        app.live.wake(ws);
        self.view().await
    }

    /// Opens the way of webhooks, and tries it.
    pub(super) async fn test(&self) -> Result<SelfTest, Problem> {
        let channel = self
            .channel()
            .await?
            .ok_or_else(|| out_of_order("connect"))?;
        let token = self.needed_token().await?;
        let subject = Subject {
            app: self.app,
            channel: &channel,
            keys: &self.keys,
            token: &token,
        };
        Ok(subject.test().await?)
    }

    fn secret(&self) -> String {
        String::from_utf8_lossy(&self.keys.secret).into_owned()
    }

    async fn channel(&self) -> Result<Option<Channel>, Problem> {
        let Some(id) = self.setup.channel else {
            return Ok(None);
        };
        let found = self.app.store.channel(self.setup.workspace, id).await?;
        Ok(found.filter(|channel| !channel.is_disconnected()))
    }

    /// The token that was given, or the channel's once it has it.
    async fn token(&self) -> Result<Option<String>, Problem> {
        let (ws, id) = (self.setup.workspace, self.setup.id);
        let sealed = match &self.setup.token {
            Some(sealed) => Some((setup_token(ws, id), sealed.clone())),
            None => self.channel().await?.and_then(|channel| {
                let place = Place::channel_token(ws, channel.id);
                channel.token.map(|token| (place, token))
            }),
        };
        let opened = sealed.and_then(|(place, token)| self.app.secrets.open(place, &token).ok());
        Ok(opened.and_then(|token| String::from_utf8(token).ok()))
    }

    async fn needed_token(&self) -> Result<String, Problem> {
        self.token().await?.ok_or_else(|| out_of_order("token"))
    }

    async fn number_view(&self, number: PhoneNumber) -> Result<NumberView, Problem> {
        Ok(NumberView {
            state: self.state_of(&number).await?,
            has_pin: number.has_pin == Some(true),
            address: number.display_phone_number.unwrap_or_default(),
            name: number.verified_name,
            id: number.id,
        })
    }

    async fn state_of(&self, number: &PhoneNumber) -> Result<NumberState, store::Error> {
        let kind = domain::identity::ChannelKind::WhatsApp;
        let known = self
            .app
            .store
            .channel_by_external_id(kind, &number.id)
            .await?;
        Ok(match known {
            Some(channel) if channel.workspace != self.setup.workspace => NumberState::Elsewhere,
            Some(channel) if !channel.is_disconnected() && is_registered(number) => {
                NumberState::Here
            }
            _ if is_registered(number) => NumberState::Ready,
            _ if is_verified(number) => NumberState::ToRegister,
            _ => NumberState::ToVerify,
        })
    }
}

/// What the provider told, if it did: what it refuses for good is a step that is still to be done.
fn told<T>(asking: Asking, asked: Option<Result<T, CallError>>) -> Result<Option<T>, Problem> {
    match asked {
        None => Ok(None),
        Some(Err(CallError::Refused(refusal))) if is_for_good(&refusal) => Ok(None),
        Some(told) => told.map(Some).map_err(|error| problem(asking, &error)),
    }
}

/// Asking again later would change nothing.
const fn is_for_good(refusal: &Refusal) -> bool {
    matches!(refusal.advice.retry, Retry::Never | Retry::AfterFix { .. })
}

fn account_view(account: BusinessAccount) -> AccountView {
    AccountView {
        verified: account.verification.as_deref() == Some("verified"),
        payment: account.funding.is_some(),
        id: account.id,
        name: account.name,
    }
}

fn is_verified(number: &PhoneNumber) -> bool {
    number.code_verification_status.as_deref() == Some("VERIFIED")
}

/// Registered for the Cloud API, whatever else may be wrong with it.
fn is_registered(number: &PhoneNumber) -> bool {
    const NOT: [&str; 5] = ["PENDING", "DISCONNECTED", "MIGRATED", "DELETED", "UNKNOWN"];
    let on_cloud = number.platform_type.as_deref() == Some("CLOUD_API");
    on_cloud
        && !number
            .status
            .as_deref()
            .is_some_and(|status| NOT.contains(&status))
}

fn setup_token(ws: WorkspaceId, id: SetupId) -> Place {
    Place {
        workspace: Some(ws),
        table: "setups",
        column: "token",
        row: id.to_string(),
    }
}

fn no_app() -> Problem {
    Problem::invalid("app", "no-such-app", "There is no such app")
}

fn elsewhere() -> Problem {
    let title = "This number is connected to another workspace";
    Problem::conflict("number-elsewhere", title).field("number_id")
}

/// A step was asked for before the one that it needs.
fn out_of_order(step: &'static str) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "step-missing",
        "An earlier step is missing",
    )
    .param("step", step)
}
