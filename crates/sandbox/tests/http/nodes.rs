//! What can be read of the account, and where its webhooks go.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Bench, answered, options};

#[tokio::test]
async fn a_number_shows_the_fields_that_are_asked_for() {
    let bench = Bench::new().await;
    let id = &bench.hello.phone_number_id;
    let (status, node) = bench.get(&format!("/v25.0/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!(node["display_phone_number"], "+34 960 00 12 34");
    assert_eq!(node["throughput"]["level"], "STANDARD");
    assert!(node.get("status").is_none());
    let (_, node) = bench
        .get(&format!("/v25.0/{id}?fields=status,name_status,account_mode,whatsapp_business_manager_messaging_limit"))
        .await;
    assert_eq!(
        node,
        json!({
            "id": id,
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "account_mode": "LIVE",
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
        })
    );
    let (status, answer) = bench.get(&format!("/v25.0/{id}?fields=colour")).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)));
}

#[tokio::test]
async fn numbers_are_listed_by_pages() {
    let number = |name: &str| sandbox::NumberOptions {
        phone_number_id: None,
        display_phone_number: "+34 960 00 12 34".to_owned(),
        verified_name: name.to_owned(),
    };
    let mut bench_options = options();
    bench_options.numbers = ["One", "Two", "Three"].map(number).to_vec();
    let bench = Bench::with(bench_options).await;
    let mut path = format!("/v25.0/{}/phone_numbers?limit=2", bench.hello.waba_id);
    let mut names = Vec::new();
    loop {
        let (status, page) = bench.get(&path).await;
        assert_eq!(status, 200, "{page}");
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= 2, "{page}");
        names.extend(
            data.iter()
                .map(|n| n["verified_name"].as_str().unwrap().to_owned()),
        );
        match page["paging"]["next"].as_str() {
            Some(next) => {
                path = next
                    .strip_prefix(&bench.hello.graph_url)
                    .unwrap()
                    .to_owned();
            }
            None => break,
        }
    }
    assert_eq!(names, ["One", "Two", "Three"]);
}

#[tokio::test]
async fn the_account_is_a_node() {
    let bench = Bench::new().await;
    let (status, node) = bench
        .get(&format!("/{}?fields=name,status", bench.hello.waba_id))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        node,
        json!({"id": bench.hello.waba_id, "name": "Casa Turia", "status": "ACTIVE"})
    );
    let inner = "phone_numbers.limit(5){id,status},on_behalf_of_business_info";
    let path = format!("/{}?fields={inner}", bench.hello.waba_id);
    let (status, node) = bench.get(&path).await;
    assert_eq!(status, 200, "{node}");
    let number = &node["phone_numbers"]["data"][0];
    assert_eq!(number["id"], bench.hello.phone_number_id);
    assert!(node.get("on_behalf_of_business_info").is_none());
}

#[tokio::test]
async fn an_app_gets_its_token_and_subscribes_with_it() {
    let bench = Bench::new().await;
    let hello = &bench.hello;
    let token = async |secret: &str| {
        let path = format!(
            "/oauth/access_token?grant_type=client_credentials&client_id={}&client_secret={secret}",
            hello.app_id
        );
        let answer = bench.call(Method::GET, &path, None).await;
        answered(answer).await
    };
    let (status, answer) = token("another").await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(1)));
    let (status, answer) = token(&hello.app_secret).await;
    assert_eq!((status, &answer["token_type"]), (200, &json!("bearer")));
    // As clients do: the business's token in the header, the app's in the query, which wins.
    let path = format!(
        "/v25.0/{}/subscriptions?object=whatsapp_business_account&callback_url={}&verify_token={}\
         &fields=messages,account_update&access_token={}",
        hello.app_id,
        bench.callback,
        hello.verify_token,
        answer["access_token"].as_str().unwrap().replace('|', "%7C"),
    );
    let answer = answered(bench.call(Method::POST, &path, None).await).await;
    assert_eq!(answer, (200, json!({"success": true})));
    let (_, answer) = answered(bench.call(Method::GET, &path, None).await).await;
    assert_eq!(answer["data"][0]["fields"][1]["name"], "account_update");
}

#[tokio::test]
async fn a_number_can_have_a_callback_of_its_own() {
    let mut options = options();
    let nobody = "http://127.0.0.1:9/nobody";
    options.callback_url = Some(nobody.to_owned());
    let mut bench = Bench::with(options).await;
    let path = format!("/v25.0/{}", bench.hello.phone_number_id);
    let shown = async |bench: &Bench| {
        let path = format!("{path}?fields=webhook_configuration");
        bench.get(&path).await.1["webhook_configuration"].clone()
    };
    let configure = async |bench: &Bench, url: &str| {
        let verify_token = &bench.hello.verify_token;
        let own = json!({"override_callback_uri": url, "verify_token": verify_token});
        let body = json!({"webhook_configuration": own});
        bench.call(Method::POST, &path, Some(&body)).await.status()
    };
    assert_eq!(configure(&bench, nobody).await, 400, "nobody verifies");
    assert_eq!(configure(&bench, &bench.callback).await, 200);
    let own = json!({"application": nobody, "phone_number": bench.callback});
    assert_eq!(shown(&bench).await, own);
    assert_eq!(bench.hears(0, "Hola").await.word(), "Hola");
    assert_eq!(configure(&bench, "").await, 200);
    assert_eq!(shown(&bench).await, json!({"application": nobody}));
}

#[tokio::test]
async fn a_token_can_be_checked() {
    let bench = Bench::new().await;
    let check = async |token: &str| {
        let path = format!("/debug_token?input_token={token}");
        let app = format!("{}|{}", bench.hello.app_id, bench.hello.app_secret);
        let answer = bench
            .call_as(Some(&app), Method::GET, &path, None)
            .await
            .unwrap();
        answered(answer).await.1["data"].clone()
    };
    let good = check(&bench.hello.access_token).await;
    assert_eq!(good["is_valid"], true);
    assert_eq!(good["app_id"], bench.hello.app_id);
    assert_eq!(
        good["scopes"],
        json!([
            "whatsapp_business_management",
            "whatsapp_business_messaging"
        ])
    );
    assert_eq!(check("EAAother").await["is_valid"], false);
    bench.bend(json!({"token_revoked": true})).await;
    assert_eq!(check(&bench.hello.access_token).await["is_valid"], false);
    let answer = bench
        .call_as(None, Method::GET, "/debug_token?input_token=x", None)
        .await;
    assert_eq!(answer.unwrap().status(), 403);
}

#[tokio::test]
async fn a_callback_is_verified_before_webhooks_go_there() {
    let mut options = options();
    options.callback_url = Some("http://127.0.0.1:9/nobody".to_owned());
    let mut bench = Bench::with(options).await;
    bench.writes(0, "Hola").await;
    let app = format!("{}|{}", bench.hello.app_id, bench.hello.app_secret);
    let path = format!("/v25.0/{}/subscriptions", bench.hello.app_id);
    let subscribe = async |token: &str, verify_token: &str| {
        let body = json!({
            "object": "whatsapp_business_account",
            "callback_url": bench.callback,
            "verify_token": verify_token,
            "fields": "messages",
        });
        let answer = bench
            .call_as(Some(token), Method::POST, &path, Some(&body))
            .await
            .unwrap();
        answered(answer).await
    };
    let (status, answer) = subscribe(&app, "wrong").await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!(2_200)),
        "{answer}"
    );
    let verify_token = bench.hello.verify_token.clone();
    assert_eq!(
        subscribe(&bench.hello.access_token, &verify_token).await.0,
        401
    );
    assert_eq!(
        subscribe(&app, &verify_token).await,
        (200, json!({"success": true}))
    );
    let answer = bench
        .call_as(Some(&app), Method::GET, &path, None)
        .await
        .unwrap();
    assert_eq!(
        answered(answer).await.1["data"][0]["callback_url"],
        bench.callback
    );
    assert_eq!(bench.webhook().await.word(), "Hola");
}

#[tokio::test]
async fn an_account_can_be_unsubscribed_and_have_a_callback_of_its_own() {
    let mut options = options();
    options.callback_url = Some("http://127.0.0.1:9/nobody".to_owned());
    let mut bench = Bench::with(options).await;
    let path = format!("/v25.0/{}/subscribed_apps", bench.hello.waba_id);
    let apps = async |bench: &Bench| bench.get(&path).await.1["data"].clone();
    assert_eq!(
        apps(&bench).await[0]["whatsapp_business_api_data"]["id"],
        bench.hello.app_id
    );
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), 200);
    assert_eq!(apps(&bench).await, Value::Array(Vec::new()));
    bench.writes(0, "Hola").await;
    let own = json!({
        "override_callback_uri": bench.callback,
        "verify_token": bench.hello.verify_token,
    });
    assert_eq!(
        bench.call(Method::POST, &path, Some(&own)).await.status(),
        200
    );
    assert_eq!(
        apps(&bench).await[0]["override_callback_uri"],
        bench.callback
    );
    assert_eq!(bench.webhook().await.word(), "Hola");
}
