//! Is the way of webhooks open, from the provider through our public address to the database?
//!
//! The provider verifies the callback, we verify it ourselves, and a signed webhook of our own has to come
//! out of the journal (DECISIONS 21). Each step says what is wrong with it; the first that is stops the rest.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{Timestamp, WorkspaceId};
use jiff::SignedDuration;
use meta::graph::AppCredentials;
use serde::Serialize;
use store::Channel;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use super::AppKeys;
use super::apps::callback;
use super::refused::{Asking, problem};
use crate::App;
use crate::problem::Problem;

/// How long our own webhook may take from the answer to the database.
const APPLYING: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);

/// One step of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TestStep {
    /// There is a public address that the provider would call.
    Address,
    /// The address answers with our challenge.
    Challenge,
    /// The provider verified it.
    Provider,
    /// The app hears of the account.
    Subscribed,
    /// A signed webhook of our own was taken and applied.
    Probe,
}

/// What became of one step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TestCheck {
    step: TestStep,
    took_ms: i64,
    /// What is wrong; null: nothing.
    problem: Option<Problem>,
}

/// What became of a test.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SelfTest {
    pub(super) passed: bool,
    checks: Vec<TestCheck>,
    callback_url: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What a test needs to know.
pub(super) struct Subject<'a> {
    pub(super) app: &'a App,
    pub(super) channel: &'a Channel,
    pub(super) keys: &'a AppKeys,
    pub(super) token: &'a str,
}

impl Subject<'_> {
    /// Runs every step, up to the first that fails.
    pub(super) async fn test(&self) -> Result<SelfTest, store::Error> {
        let mut checks = Vec::new();
        for step in [
            TestStep::Address,
            TestStep::Challenge,
            TestStep::Provider,
            TestStep::Subscribed,
            TestStep::Probe,
        ] {
            let began = Instant::now();
            let done = self.take(step).await;
            checks.push(TestCheck {
                step,
                took_ms: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
                problem: done.err(),
            });
            if checks.iter().any(|check| check.problem.is_some()) {
                break;
            }
        }
        let at = self.app.clock.system_now();
        let passed = checks.iter().all(|check| check.problem.is_none());
        if passed {
            let (workspace, channel) = (self.channel.workspace, self.channel.id);
            self.app.store.note_tested(workspace, channel, at).await?;
        }
        Ok(SelfTest {
            passed,
            checks,
            callback_url: self.callback(),
            at,
        })
    }

    async fn take(&self, step: TestStep) -> Result<(), Problem> {
        match step {
            TestStep::Address => self.address(),
            TestStep::Challenge => self.challenge().await,
            TestStep::Provider => self.provider().await,
            TestStep::Subscribed => self.subscribed().await,
            TestStep::Probe => self.probe().await,
        }
    }

    fn callback(&self) -> String {
        callback(self.app, &self.channel.app)
    }

    fn address(&self) -> Result<(), Problem> {
        let unfit = |code, title| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title);
        match self.app.settings.webhook_origin.as_deref() {
            None => Err(unfit(
                "address-missing",
                "Nobody said what the public address is",
            )),
            Some(url) if !url.starts_with("https://") && self.app.graph.is_real() => {
                let problem = unfit(
                    "address-not-https",
                    "The provider calls https addresses only",
                );
                Err(problem.param("address", url))
            }
            Some(_) => Ok(()),
        }
    }

    async fn challenge(&self) -> Result<(), Problem> {
        let challenge = hex::encode(self.app.secrets.random::<8>());
        let token = String::from_utf8_lossy(&self.keys.verify_token);
        let asked = meta::self_test::handshake(&token, &challenge);
        let url = reqwest::Url::parse_with_params(&self.callback(), asked)
            .map_err(|error| Problem::internal(&error))?;
        let request = client()?.get(url);
        let answer = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap_or_default();
        if status == 200 && text == challenge {
            return Ok(());
        }
        Err(self.somebody_else(status))
    }

    async fn provider(&self) -> Result<(), Problem> {
        let secret = String::from_utf8_lossy(&self.keys.secret);
        let Some(id) = self.keys.app_id.as_deref() else {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "app-id-missing",
                "The app's id is not known",
            ));
        };
        let app = AppCredentials {
            id,
            secret: &secret,
        };
        let token = String::from_utf8_lossy(&self.keys.verify_token);
        let told = self
            .app
            .graph
            .subscribe_app(app, &self.callback(), &token)
            .await;
        told.map_err(|error| problem(Asking::Callback, &error))
    }

    async fn subscribed(&self) -> Result<(), Problem> {
        let account = &self.channel.account_id;
        let told = self.app.graph.subscribe_account(self.token, account).await;
        told.map_err(|error| problem(Asking::Subscribe, &error))
    }

    async fn probe(&self) -> Result<(), Problem> {
        let nonce = hex::encode(self.app.secrets.random::<16>());
        let at = self.app.clock.system_now().as_second();
        let body = meta::self_test::body(&self.channel.account_id, at, &nonce);
        let signature = meta::signature::sign(&self.keys.secret, body.as_bytes());
        let request = client()?
            .post(self.callback())
            .header("content-type", "application/json")
            .header(meta::signature::HEADER, signature)
            .body(body);
        let answer = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        match answer.status().as_u16() {
            200 => self.applied(&nonce).await,
            401 => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "probe-changed",
                "The webhook was changed on its way: its signature does not fit any more",
            )),
            status => Err(self.somebody_else(status)),
        }
    }

    /// Waits until our own webhook is in the database, and takes it out again.
    async fn applied(&self, nonce: &str) -> Result<(), Problem> {
        let until = Instant::now() + APPLYING;
        let workspace: WorkspaceId = self.channel.workspace;
        loop {
            let store = &self.app.store;
            let found = store
                .take_account_event(workspace, meta::self_test::FIELD, nonce)
                .await?;
            if found {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "probe-not-applied",
                    "The webhook was answered, and did not arrive in this database",
                ));
            }
            sleep(LOOK).await;
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Problem {
        let why = match error {
            _ if error.is_timeout() => "timeout",
            _ if error.is_connect() => "connection",
            _ => "other",
        };
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "address-unreachable",
            "Nothing answers at the public address",
        )
        .param("address", self.callback())
        .param("why", why)
    }

    fn somebody_else(&self, status: u16) -> Problem {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "address-answers-otherwise",
            "Something else answers at the public address",
        )
        .param("address", self.callback())
        .param("status", status)
    }
}

/// Whoever tests the way from outside has no patience for thirty seconds.
fn client() -> Result<reqwest::Client, Problem> {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Problem::internal(&error))
}

/// Whether a real event came after the test.
pub(super) fn was_heard(app: &App, channel: &Channel) -> bool {
    let last = app
        .channels
        .last_heard(channel.id)
        .max(channel.last_webhook_at);
    // Meta's own second may lie a little before ours.
    let grace = SignedDuration::from_secs(1);
    matches!((last, channel.tested_at), (Some(last), Some(tested)) if last + grace >= tested)
}
