//! Where webhooks go: the app's callback, or the account's own, or a number's own.

use std::time::Duration;

use rand::Rng;
use serde_json::{Value, json};

use super::{GraphCall, error::GraphError};
use crate::shared::{Shared, web_address};

/// Sets the app's callback, once it has proved that it knows the verify token.
pub(super) async fn subscribe_app(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    call.by_the_app(shared)?;
    let required = |name| {
        call.parameter(name)
            .ok_or_else(|| GraphError::required(name))
    };
    if required("object")? != "whatsapp_business_account" {
        return Err(GraphError::parameter(
            "Param object must be one of {whatsapp_business_account}.",
        ));
    }
    let url = required("callback_url")?;
    let verify_token = required("verify_token")?;
    verify(shared, &url, &verify_token).await?;
    {
        let mut subscription = shared.subscription();
        subscription.app_url = Some(url);
        if let Some(fields) = call.parameter("fields") {
            subscription.fields = names(&fields);
        }
    }
    shared.courier.changed();
    Ok(json!({"success": true}))
}

/// The app's subscription.
pub(super) fn app(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    call.by_the_app(shared)?;
    let subscription = shared.subscription().clone();
    let fields = subscription.fields.iter();
    let fields: Vec<Value> = fields
        .map(|name| json!({"name": name, "version": call.version}))
        .collect();
    let data: Vec<Value> = subscription
        .app_url
        .into_iter()
        .map(|url| {
            json!({
                "object": "whatsapp_business_account",
                "callback_url": url,
                "active": true,
                "fields": fields,
            })
        })
        .collect();
    Ok(json!({"data": data}))
}

/// The apps that hear of the account.
pub(super) fn account(shared: &Shared) -> Value {
    let subscription = shared.subscription().clone();
    if !subscription.account_subscribed {
        return json!({"data": []});
    }
    let id = &shared.identity.app_id;
    let mut entry = json!({"whatsapp_business_api_data": {
        "id": id,
        "name": "Charla",
        "link": format!("https://www.facebook.com/games/?app_id={id}"),
    }});
    if let Some(url) = subscription.account_url {
        entry["override_callback_uri"] = json!(url);
    }
    json!({"data": [entry]})
}

/// Subscribes the app to the account, with a callback of the account's own or without.
pub(super) async fn subscribe_account(
    shared: &Shared,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let url = call
        .parameter("override_callback_uri")
        .filter(|url| !url.is_empty());
    if let Some(url) = &url {
        let token = call
            .parameter("verify_token")
            .ok_or_else(|| GraphError::required("verify_token"))?;
        verify(shared, url, &token).await?;
    }
    {
        let mut subscription = shared.subscription();
        subscription.account_subscribed = true;
        subscription.account_url = url;
    }
    shared.courier.changed();
    Ok(json!({"success": true}))
}

/// Webhooks of the account stop; what waits goes on waiting.
pub(super) fn unsubscribe_account(shared: &Shared) -> Value {
    let mut subscription = shared.subscription();
    subscription.account_subscribed = false;
    subscription.account_url = None;
    json!({"success": true})
}

/// What the change of a number's `webhook_configuration` asks for: an address of its own, or "" for none.
pub(super) async fn configure_number(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let parameter = call
        .parameter("webhook_configuration")
        .ok_or_else(|| GraphError::required("webhook_configuration"))?;
    let configuration: Value = serde_json::from_str(&parameter)
        .map_err(|_| GraphError::parameter("Param webhook_configuration must be an object."))?;
    let url = configuration["override_callback_uri"]
        .as_str()
        .unwrap_or_default();
    let id = shared.world().numbers[number].phone_number_id.clone();
    if url.is_empty() {
        shared.subscription().number_urls.remove(&id);
    } else {
        let token = configuration["verify_token"]
            .as_str()
            .ok_or_else(|| GraphError::required("webhook_configuration['verify_token']"))?;
        verify(shared, url, token).await?;
        shared.subscription().number_urls.insert(id, url.to_owned());
    }
    shared.courier.changed();
    Ok(json!({"success": true}))
}

/// The addresses that webhooks about a number may go to, by who set them.
pub(super) fn configuration(shared: &Shared, phone_number_id: &str) -> Value {
    let subscription = shared.subscription().clone();
    let known = [
        ("application", subscription.app_url),
        ("whatsapp_business_account", subscription.account_url),
        (
            "phone_number",
            subscription.number_urls.get(phone_number_id).cloned(),
        ),
    ];
    known
        .into_iter()
        .filter_map(|(name, url)| Some((name.to_owned(), json!(url?))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Fields come as a list with commas, or as a list of JSON.
fn names(fields: &str) -> Vec<String> {
    serde_json::from_str(fields).unwrap_or_else(|_| {
        fields
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect()
    })
}

async fn verify(shared: &Shared, url: &str, token: &str) -> Result<(), GraphError> {
    let mut address = web_address(url)
        .ok_or_else(|| GraphError::parameter("callback_url is not a valid URL."))?;
    let challenge = shared
        .world()
        .rng
        .random_range(1_000_000_000..4_000_000_000_u64)
        .to_string();
    address
        .query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", token);
    let answer = shared
        .http
        .get(address)
        .timeout(Duration::from_secs(10))
        .send()
        .await
        .map_err(|_| GraphError::callback("the URL couldn't be reached."))?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    if status.as_u16() == 200 && body == challenge {
        return Ok(());
    }
    Err(GraphError::callback(&format!(
        "HTTP Status Code = {}; HTTP Message = {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    )))
}
