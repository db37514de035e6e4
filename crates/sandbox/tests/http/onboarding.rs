//! From a code or a token to a number that sends, and what Meta tells of it afterwards.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Bench, answered};

impl Bench {
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answered(self.call(Method::POST, path, Some(body)).await).await
    }

    /// The code of the refusal, or 0.
    async fn refusal(&self, path: &str, body: &Value) -> u64 {
        let (_, answer) = self.post(path, body).await;
        answer["error"]["code"].as_u64().unwrap_or(0)
    }

    /// A number that is in the account and was never used; its id.
    async fn new_number(&self) -> String {
        let new = json!({"display_phone_number": "+34 960 00 12 36", "verified_name": "Casa Turia Ventas"});
        let (status, number) = self.control(Method::POST, "/numbers", &new).await;
        assert_eq!(status, 201, "{number}");
        number["phone_number_id"].as_str().unwrap().to_owned()
    }

    async fn exchange(&self, secret: &str, code: &str) -> (u16, Value) {
        let path = format!(
            "/oauth/access_token?client_id={}&client_secret={secret}&code={code}",
            self.hello.app_id
        );
        answered(self.call(Method::GET, &path, None).await).await
    }
}

#[tokio::test]
async fn a_code_buys_a_token_once_and_soon() {
    let bench = Bench::new().await;
    let new_code = async || {
        let made = bench
            .control(Method::POST, "/signup-codes", &json!({}))
            .await
            .1;
        made["code"].as_str().unwrap().to_owned()
    };
    let secret = &bench.hello.app_secret;
    let refused = |answer: (u16, Value)| {
        let error = &answer.1["error"];
        (
            answer.0,
            error["code"].as_i64(),
            error["error_subcode"].as_i64(),
        )
    };
    let code = new_code().await;
    assert_eq!(
        refused(bench.exchange("another", &code).await),
        (400, Some(1), None)
    );
    assert_eq!(
        refused(bench.exchange(secret, "AQx").await),
        (400, Some(100), None)
    );
    let (status, bought) = bench.exchange(secret, &code).await;
    assert_eq!((status, &bought["token_type"]), (200, &json!("bearer")));
    assert_eq!(
        refused(bench.exchange(secret, &code).await),
        (400, Some(100), Some(36_009))
    );
    let late = new_code().await;
    bench
        .control(Method::POST, "/clock", &json!({"advance_seconds": 30}))
        .await;
    assert_eq!(
        refused(bench.exchange(secret, &late).await),
        (400, Some(100), Some(36_007))
    );

    let token = bought["access_token"].as_str().unwrap();
    let path = format!("/{}/phone_numbers", bench.hello.waba_id);
    let answer = bench
        .call_as(Some(token), Method::GET, &path, None)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let log = bench.look("/log").await.to_string();
    assert!(!log.contains(token), "the log shows no token");
}

#[tokio::test]
async fn a_token_that_expired_or_may_too_little_is_refused() {
    let bench = Bench::new().await;
    let change = async |patch: Value| {
        let (status, answer) = bench.control(Method::PATCH, "/token", &patch).await;
        assert_eq!(status, 204, "{answer}");
    };
    let number = format!("/{}", bench.hello.phone_number_id);
    change(json!({"scopes": ["whatsapp_business_messaging"]})).await;
    let (status, answer) = bench.get(&number).await;
    assert_eq!((status, &answer["error"]["code"]), (403, &json!(10)));
    change(json!({"scopes": ["whatsapp_business_management"]})).await;
    assert_eq!(bench.get(&number).await.0, 200);
    let (_, answer) = bench.send(&bench.text_to(0, "Hola")).await;
    assert_eq!(answer["error"]["code"], 10);
    change(json!({"expires_in": 60})).await;
    bench
        .control(Method::POST, "/clock", &json!({"advance_seconds": 60}))
        .await;
    let (status, answer) = bench.get(&number).await;
    assert_eq!(
        (status, &answer["error"]["error_subcode"]),
        (401, &json!(463))
    );
    let path = format!("/debug_token?input_token={}", bench.hello.access_token);
    let (_, looked) = bench.get(&path).await;
    assert_eq!(looked["data"]["is_valid"], false);
    assert_eq!(looked["data"]["error"]["subcode"], 463);
}

#[tokio::test]
async fn one_more_token_may_do_what_it_was_made_for() {
    let bench = Bench::new().await;
    let app = bench.look("/app").await;
    assert_eq!(app["app_secret"], bench.hello.app_secret);
    let new = json!({"scopes": ["whatsapp_business_messaging"]});
    let (status, made) = bench.control(Method::POST, "/tokens", &new).await;
    assert_eq!(status, 201, "{made}");
    let token = made["access_token"].as_str();
    let path = format!("/{}", bench.hello.phone_number_id);
    let answer = bench
        .call_as(token, Method::GET, &path, None)
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(bench.get(&path).await.0, 200, "the others stay as they are");
}

#[tokio::test]
async fn a_new_number_sends_after_code_and_pin() {
    let mut bench = Bench::new().await;
    let id = bench.new_number().await;
    let at = |what: &str| format!("/v25.0/{id}/{what}");
    let shown = async |bench: &Bench| {
        let path =
            format!("/{id}?fields=status,platform_type,code_verification_status,is_pin_enabled");
        let node = bench.get(&path).await.1;
        ["status", "platform_type", "code_verification_status"]
            .map(|f| node[f].as_str().unwrap().to_owned())
    };
    assert_eq!(
        shown(&bench).await,
        ["PENDING", "NOT_APPLICABLE", "NOT_VERIFIED"]
    );
    let register = |pin: &str| json!({"messaging_product": "whatsapp", "pin": pin});
    assert_eq!(
        bench.refusal(&at("register"), &register("150954")).await,
        133_006
    );
    let asked = json!({"code_method": "SMS", "language": "es"});
    assert_eq!(
        bench
            .refusal(&at("request_code"), &json!({"code_method": "SMOKE"}))
            .await,
        100
    );
    assert_eq!(bench.refusal(&at("request_code"), &asked).await, 0);
    let numbers = bench.look("/numbers").await;
    let code = numbers["numbers"][1]["code"].as_str().unwrap().to_owned();
    assert_eq!(
        bench
            .refusal(&at("verify_code"), &json!({"code": "000000"}))
            .await,
        136_025
    );
    assert_eq!(
        bench
            .refusal(&at("verify_code"), &json!({"code": code}))
            .await,
        0
    );
    assert_eq!(
        bench.refusal(&at("register"), &register("15095")).await,
        100
    );
    assert_eq!(bench.refusal(&at("register"), &register("150954")).await, 0);
    assert_eq!(shown(&bench).await, ["CONNECTED", "CLOUD_API", "VERIFIED"]);

    bench.hears(0, "Hola").await;
    let (_, answer) = bench.post(&at("messages"), &bench.text_to(0, "Hola")).await;
    assert_eq!(
        answer["error"]["code"], 131_047,
        "registered; nobody wrote to it yet: {answer}"
    );
    assert_eq!(bench.refusal(&at("deregister"), &json!({})).await, 0);
    let (_, answer) = bench.post(&at("messages"), &bench.text_to(0, "Hola")).await;
    assert_eq!(answer["error"]["code"], 133_010);
    assert_eq!(
        bench.refusal(&at("register"), &register("000000")).await,
        133_005
    );
    for _ in 0..7 {
        bench.refusal(&at("register"), &register("150954")).await;
    }
    assert_eq!(
        bench.refusal(&at("register"), &register("150954")).await,
        133_016
    );
}

#[tokio::test]
async fn switches_send_the_webhooks_that_meta_sends() {
    let mut bench = Bench::new().await;
    let number = format!("/numbers/{}", bench.hello.phone_number_id);
    for (path, patch, field, word) in [
        (
            number.as_str(),
            json!({"quality": "RED"}),
            "phone_number_quality_update",
            "FLAGGED",
        ),
        (
            &number,
            json!({"quality": "GREEN"}),
            "phone_number_quality_update",
            "UNFLAGGED",
        ),
        (
            &number,
            json!({"throughput": "HIGH"}),
            "phone_number_quality_update",
            "THROUGHPUT_UPGRADE",
        ),
        (
            &number,
            json!({"name_status": "DECLINED"}),
            "phone_number_name_update",
            "REJECTED",
        ),
        (
            "/account",
            json!({"messaging_limit": "TIER_10K"}),
            "business_capability_update",
            "TIER_10K",
        ),
        (
            "/account",
            json!({"restricted": true}),
            "account_update",
            "DISABLE",
        ),
        (
            "/account",
            json!({"review": "REJECTED"}),
            "account_review_update",
            "REJECTED",
        ),
    ] {
        let (status, answer) = bench.control(Method::PATCH, path, &patch).await;
        assert_eq!(status, 200, "{answer}");
        let told = bench.webhook().await.json();
        let change = &told["entry"][0]["changes"][0];
        assert!(told["entry"][0]["time"].is_i64(), "{told}");
        assert_eq!(change["field"], field);
        assert!(change["value"].to_string().contains(word), "{change}");
    }
    let fields = "fields=quality_rating,name_status,health_status,throughput";
    let path = format!("/{}?{fields}", bench.hello.phone_number_id);
    let (_, node) = bench.get(&path).await;
    assert_eq!(node["health_status"]["can_send_message"], "BLOCKED");
    assert_eq!(node["name_status"], "DECLINED");
    assert_eq!(node["throughput"]["level"], "HIGH");
    let (_, answer) = bench.send(&bench.text_to(0, "Hola")).await;
    assert_eq!(answer["error"]["code"], 368);
    bench.control(Method::POST, "/reset", &json!({})).await;
    let (_, node) = bench.get(&path).await;
    assert_eq!(node["name_status"], "APPROVED", "a reset forgets it");
}

#[tokio::test]
async fn a_profile_and_links_are_kept() {
    let bench = Bench::new().await;
    let at = |what: &str| format!("/v25.0/{}/{what}", bench.hello.phone_number_id);
    let profile = |about: &str| {
        json!({"messaging_product": "whatsapp", "about": about, "vertical": "RETAIL",
               "websites": ["https://casaturia.example"]})
    };
    let path = at("whatsapp_business_profile");
    assert_eq!(bench.refusal(&path, &profile(&"x".repeat(140))).await, 100);
    assert_eq!(bench.refusal(&path, &profile("Muebles")).await, 0);
    let (_, read) = bench
        .get(&format!("{path}?fields=about,email,websites,vertical"))
        .await;
    assert_eq!(
        read["data"][0],
        json!({"messaging_product": "whatsapp", "about": "Muebles", "vertical": "RETAIL",
               "websites": ["https://casaturia.example"]})
    );

    let path = at("message_qrdls");
    let words = json!({"prefilled_message": "Hola", "generate_qr_image": "SVG"});
    let (_, link) = bench.post(&path, &words).await;
    let code = link["code"].as_str().unwrap();
    assert_eq!(
        link["deep_link_url"],
        format!("https://wa.me/message/{code}")
    );
    let (_, changed) = bench
        .post(&path, &json!({"prefilled_message": "Buenas", "code": code}))
        .await;
    assert_eq!(changed["prefilled_message"], "Buenas");
    let one = format!("{path}/{code}");
    assert_eq!(bench.get(&one).await.1["data"][0]["code"], code);
    assert_eq!(bench.call(Method::DELETE, &one, None).await.status(), 200);
    assert_eq!(bench.get(&path).await.1["data"], json!([]));
}

#[tokio::test]
async fn a_picture_comes_in_pieces_and_its_handle_goes_into_the_profile() {
    let bench = Bench::new().await;
    let begin = |kind: &str| {
        let app = &bench.hello.app_id;
        format!("/v25.0/{app}/uploads?file_name=logo&file_length=6&file_type={kind}")
    };
    assert_eq!(bench.refusal(&begin("image/gif"), &json!({})).await, 100);
    let (_, opened) = bench.post(&begin("image/png"), &json!({})).await;
    let session = format!("/v25.0/{}", opened["id"].as_str().unwrap());
    let piece = async |offset: &str, bytes: &'static [u8]| {
        let url = format!("{}{session}", bench.hello.graph_url);
        let request = bench.http.post(url).header("file_offset", offset);
        let token = format!("OAuth {}", bench.hello.access_token);
        let request = request.header("authorization", token).body(bytes);
        answered(request.send().await.unwrap()).await.1
    };
    assert_eq!(piece("0", b"\x89PN").await["file_offset"], 3);
    assert_eq!(bench.get(&session).await.1["file_offset"], 3);
    assert_eq!(
        piece("0", b"\x89PN").await["error"]["code"],
        100,
        "not again"
    );
    assert_eq!(
        piece("3", b"Gab!").await["error"]["code"],
        100,
        "not more than was said"
    );
    let handle = piece("3", b"Gab").await["h"].clone();
    assert!(handle.as_str().unwrap().starts_with("4::"), "{handle}");

    let path = format!(
        "/v25.0/{}/whatsapp_business_profile",
        bench.hello.phone_number_id
    );
    let with =
        |handle: &Value| json!({"messaging_product": "whatsapp", "profile_picture_handle": handle});
    assert_eq!(bench.refusal(&path, &with(&json!("4::no"))).await, 100);
    assert_eq!(bench.refusal(&path, &with(&handle)).await, 0);
    let (_, read) = bench
        .get(&format!("{path}?fields=profile_picture_url"))
        .await;
    assert!(read["data"][0]["profile_picture_url"].is_string(), "{read}");
}

#[tokio::test]
async fn the_script_and_its_window_are_served() {
    let bench = Bench::new().await;
    for (path, holds) in [
        ("/en_US/sdk.js", bench.hello.graph_url.as_str()),
        ("/dialog/oauth?client_id=1", "Finish"),
        ("/dialog/oauth.js", "WA_EMBEDDED_SIGNUP"),
    ] {
        let answer = bench.call_as(None, Method::GET, path, None).await.unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("script-src 'self'"), "{path}");
        let text = answer.text().await.unwrap();
        assert!(
            text.contains(holds) && !text.contains("$http"),
            "{path}: {text}"
        );
    }
}
