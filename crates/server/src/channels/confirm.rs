//! Whether a token, an account and a number are fit to be connected: asked of the provider, by the wizard and by the
//! terminal alike.

use meta::errors::{Pause, Retry};
use meta::graph::{
    AppCredentials, BusinessAccount, CallError, Graph, PhoneNumber, SCOPES, TokenFacts,
};
use store::{AppSecrets, Store};

use super::connect::NewWhatsApp;
use super::refused::{Asking, problem};
use crate::problem::Problem;
use crate::secrets::{Place, Secrets};

/// What the provider says of a token. It is asked with the app's own token where the app is known: a refusal can then
/// mean that the secret is wrong, so that the token is asked with itself before it is called over.
pub(super) async fn token_facts(
    graph: &Graph,
    app: Option<AppCredentials<'_>>,
    token: &str,
) -> Result<TokenFacts, CallError> {
    match graph.token_facts(app, token).await {
        Err(error) if app.is_some() && is_over(&error) => graph.token_facts(None, token).await,
        told => told,
    }
}

/// Whether a refusal says that the token it was asked with is over.
pub(super) fn is_over(error: &CallError) -> bool {
    let over = Retry::AfterFix {
        pauses: Some(Pause::Token),
    };
    matches!(error, CallError::Refused(refusal) if refusal.advice.retry == over)
}

/// What a token may do, if it is one that a number can be connected with.
pub(super) async fn token(
    graph: &Graph,
    app: Option<AppCredentials<'_>>,
    token: &str,
) -> Result<TokenFacts, Problem> {
    if token.is_empty() {
        return Err(Problem::invalid(
            "token",
            "token-empty",
            "A token is needed",
        ));
    }
    let facts = token_facts(graph, app, token).await;
    let facts = facts.map_err(|error| problem(Asking::Token, &error))?;
    if !facts.valid {
        return Err(Problem::invalid(
            "token",
            "token-refused",
            "Meta does not take the token",
        ));
    }
    if let (Some(ours), Some(theirs)) = (app, &facts.app_id)
        && ours.id != theirs
    {
        let title = "The token was made for another app";
        return Err(Problem::invalid("token", "token-other-app", title).param("app_id", theirs));
    }
    let missing = missing_scopes(&facts.scopes);
    if !missing.is_empty() {
        let title = "The token lacks a permission";
        let problem = Problem::invalid("token", "permission-missing", title);
        return Err(problem.param("permissions", missing.join(", ")));
    }
    Ok(facts)
}

/// The permissions that a token lacks.
pub(super) fn missing_scopes(held: &[String]) -> Vec<String> {
    let lacks = |scope: &&&str| !held.iter().any(|held| held == **scope);
    SCOPES
        .iter()
        .filter(lacks)
        .map(|scope| (*scope).to_owned())
        .collect()
}

/// The account, if the token reaches it.
pub(super) async fn account(
    graph: &Graph,
    token: &str,
    id: &str,
) -> Result<BusinessAccount, Problem> {
    let found = graph.account(token, id).await;
    found.map_err(|error| problem(Asking::Account, &error))
}

/// The number, if the token reaches it.
pub(super) async fn number(graph: &Graph, token: &str, id: &str) -> Result<PhoneNumber, Problem> {
    let found = graph.phone_number(token, id).await;
    found.map_err(|error| problem(Asking::Number, &error))
}

impl NewWhatsApp<'_> {
    /// Asks the provider whether token, account and number fit together; answers the number as people read it.
    pub async fn confirm(
        &self,
        graph: &Graph,
        store: &Store,
        secrets: &Secrets,
    ) -> Result<String, Problem> {
        let apps = store.apps().await?;
        let app = apps.iter().find(|app| app.name == self.app);
        let secret = app.and_then(|app| secret_of(app, secrets));
        let id = app.and_then(|app| app.app_id.as_deref());
        let credentials = id
            .zip(secret.as_deref())
            .map(|(id, secret)| AppCredentials { id, secret });
        token(graph, credentials, self.token).await?;
        account(graph, self.token, self.account_id).await?;
        let number = number(graph, self.token, self.number_id).await?;
        Ok(number.display_phone_number.unwrap_or_default())
    }
}

fn secret_of(app: &AppSecrets, secrets: &Secrets) -> Option<String> {
    let opened = secrets.open(Place::app(&app.name, "secret"), &app.secret);
    opened
        .ok()
        .and_then(|secret| String::from_utf8(secret).ok())
}
