//! From a token to a number that sends: what Embedded Signup and connecting by hand ask of Graph.

use reqwest::{Method, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{PHONE_NUMBER_FIELDS, PhoneNumber};
use super::{CallError, Graph, UnknownCause, call};
use crate::webhook::fields;

/// What a token has to be allowed: to look after the account and its numbers, and to send.
pub const SCOPES: [&str; 2] = [
    "whatsapp_business_management",
    "whatsapp_business_messaging",
];

const ACCOUNT_FIELDS: &str = "id,name,status,currency,account_review_status,business_verification_status,\
     owner_business_info,primary_funding_id,health_status";

/// Where the script of Embedded Signup comes from, and the pages it speaks with. Source: Meta's "Embedded Signup
/// implementation", 2026-06.
const SCRIPTS: &str = "https://connect.facebook.net";
const SIGNUP_PAGES: [&str; 2] = ["https://www.facebook.com", "https://web.facebook.com"];
/// Graph's own host, whose scripts come from another.
const GRAPH_HOST: &str = "graph.facebook.com";

/// More numbers than an account may have.
const MOST_NUMBERS: usize = 200;

/// An app, as Graph wants to be convinced of it.
#[derive(Clone, Copy)]
pub struct AppCredentials<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its secret.
    pub secret: &'a str,
}

impl AppCredentials<'_> {
    fn token(self) -> String {
        format!("{}|{}", self.id, self.secret)
    }
}

/// What Graph knows of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// Whether it is taken now.
    pub valid: bool,
    /// The app it was made for.
    pub app_id: Option<String>,
    /// When it ends, in seconds; `None`: never.
    pub expires_at: Option<i64>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The accounts it was made for, where it was made for some.
    pub accounts: Vec<String>,
}

/// A business account as Meta sees it. Its words are Meta's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BusinessAccount {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// ACTIVE, or what keeps it from being that.
    pub status: Option<String>,
    /// APPROVED, PENDING, REJECTED.
    #[serde(rename = "account_review_status")]
    pub review: Option<String>,
    /// Whether Meta has verified the business behind it; in lower case.
    #[serde(rename = "business_verification_status")]
    pub verification: Option<String>,
    /// The business behind it.
    #[serde(rename = "owner_business_info")]
    pub owner: Option<Owner>,
    /// What pays, if something does.
    #[serde(rename = "primary_funding_id")]
    pub funding: Option<String>,
}

/// The business behind an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// The id of its portfolio.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// How a code reaches a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeMethod {
    /// A text message.
    Sms,
    /// A call.
    Voice,
}

#[derive(Deserialize)]
struct Debugged {
    data: DebuggedData,
}

#[derive(Deserialize)]
struct DebuggedData {
    #[serde(default)]
    is_valid: bool,
    app_id: Option<String>,
    expires_at: Option<i64>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    granular_scopes: Vec<Granular>,
}

#[derive(Deserialize)]
struct Granular {
    #[serde(default)]
    target_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Bought {
    access_token: String,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<PhoneNumber>,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl Graph {
    /// Whether this is Meta's own Graph, and no simulation of it.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.base.host_str() == Some(GRAPH_HOST)
    }

    /// The script of Embedded Signup, from where this Graph's pages are.
    #[must_use]
    pub fn signup_script(&self) -> String {
        if self.is_real() {
            return format!("{SCRIPTS}/en_US/sdk.js");
        }
        let base = self.base.as_str().trim_end_matches('/');
        format!("{base}/en_US/sdk.js")
    }

    /// Where that script comes from.
    #[must_use]
    pub fn signup_script_origin(&self) -> String {
        if self.is_real() {
            return SCRIPTS.to_owned();
        }
        self.base.origin().ascii_serialization()
    }

    /// Whose pages talk to ours during Embedded Signup.
    #[must_use]
    pub fn signup_origins(&self) -> Vec<String> {
        if self.is_real() {
            return SIGNUP_PAGES.map(str::to_owned).to_vec();
        }
        vec![self.base.origin().ascii_serialization()]
    }

    /// Whether id and secret of an app belong together.
    pub async fn check_app(&self, app: AppCredentials<'_>) -> Result<(), CallError> {
        let query = [
            ("grant_type", "client_credentials"),
            ("client_id", app.id),
            ("client_secret", app.secret),
        ];
        let _: Bought = self
            .read(self.get(&["oauth", "access_token"], &query))
            .await?;
        Ok(())
    }

    /// The token that the code of an Embedded Signup buys, once.
    pub async fn exchange_code(
        &self,
        app: AppCredentials<'_>,
        code: &str,
    ) -> Result<String, CallError> {
        let query = [
            ("client_id", app.id),
            ("client_secret", app.secret),
            ("code", code),
        ];
        let bought: Bought = self
            .read(self.get(&["oauth", "access_token"], &query))
            .await?;
        Ok(bought.access_token)
    }

    /// What Graph knows of a token; asked by its app, or by itself where the app's id is not known.
    pub async fn token_facts(
        &self,
        app: Option<AppCredentials<'_>>,
        token: &str,
    ) -> Result<TokenFacts, CallError> {
        let asking = app.map_or_else(|| token.to_owned(), AppCredentials::token);
        let request = self.get(&["debug_token"], &[("input_token", token)]);
        let found: Debugged = self.read(request.bearer_auth(asking)).await?;
        let data = found.data;
        let mut accounts: Vec<String> = data
            .granular_scopes
            .into_iter()
            .flat_map(|scope| scope.target_ids)
            .collect();
        accounts.sort();
        accounts.dedup();
        Ok(TokenFacts {
            valid: data.is_valid,
            app_id: data.app_id,
            expires_at: data.expires_at.filter(|at| *at > 0),
            scopes: data.scopes,
            accounts,
        })
    }

    /// A business account.
    pub async fn account(&self, token: &str, id: &str) -> Result<BusinessAccount, CallError> {
        let request = self.get(&[id], &[("fields", ACCOUNT_FIELDS)]);
        self.read(request.bearer_auth(token)).await
    }

    /// The numbers of an account.
    pub async fn phone_numbers(
        &self,
        token: &str,
        account_id: &str,
    ) -> Result<Vec<PhoneNumber>, CallError> {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let mut query = vec![("fields", PHONE_NUMBER_FIELDS), ("limit", "50")];
            if !after.is_empty() {
                query.push(("after", &after));
            }
            let request = self.get(&[account_id, "phone_numbers"], &query);
            let page: Page = self.read(request.bearer_auth(token)).await?;
            found.extend(page.data);
            let paging = page.paging.filter(|paging| paging.next.is_some());
            let next = paging.and_then(|paging| paging.cursors?.after);
            match next.filter(|next| *next != after && found.len() < MOST_NUMBERS) {
                Some(next) => after = next,
                None => return Ok(found),
            }
        }
    }

    /// Lets a code be sent to a number.
    pub async fn request_code(
        &self,
        token: &str,
        number_id: &str,
        method: CodeMethod,
        language: &str,
    ) -> Result<(), CallError> {
        let method = match method {
            CodeMethod::Sms => "SMS",
            CodeMethod::Voice => "VOICE",
        };
        let body = json!({"code_method": method, "language": language});
        self.tell(token, &[number_id, "request_code"], &body).await
    }

    /// Brings the code back.
    pub async fn verify_code(
        &self,
        token: &str,
        number_id: &str,
        code: &str,
    ) -> Result<(), CallError> {
        let body = json!({"code": code});
        self.tell(token, &[number_id, "verify_code"], &body).await
    }

    /// Registers a number for the Cloud API under its two-step PIN.
    pub async fn register(&self, token: &str, number_id: &str, pin: &str) -> Result<(), CallError> {
        let body = json!({"messaging_product": "whatsapp", "pin": pin});
        self.tell(token, &[number_id, "register"], &body).await
    }

    /// Lets the token's app hear of an account.
    pub async fn subscribe_account(&self, token: &str, account_id: &str) -> Result<(), CallError> {
        self.tell(token, &[account_id, "subscribed_apps"], &json!({}))
            .await
    }

    /// Sets an app's callback, which Meta verifies while we wait.
    pub async fn subscribe_app(
        &self,
        app: AppCredentials<'_>,
        callback: &str,
        verify_token: &str,
    ) -> Result<(), CallError> {
        let body = json!({
            "object": "whatsapp_business_account",
            "callback_url": callback,
            "verify_token": verify_token,
            "fields": fields::asked_for(),
        });
        self.tell(&app.token(), &[app.id, "subscriptions"], &body)
            .await
    }

    pub(super) async fn tell(
        &self,
        token: &str,
        path: &[&str],
        body: &Value,
    ) -> Result<(), CallError> {
        let request = self.http.post(self.url(path)).bearer_auth(token);
        call::ask(request.json(body)).await.map(drop)
    }

    pub(super) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let mut url: Url = self.url(path);
        url.query_pairs_mut().extend_pairs(query);
        self.http.request(Method::GET, url)
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, CallError> {
        let answer = call::ask(request).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| CallError::Unknown(UnknownCause::UnreadableSuccess))
    }
}
