//! Connecting a number, through every error to green; at Meta's side the simulated one.

use jiff::SignedDuration;
use reqwest::Method;
use sandbox::Hello;
use serde_json::{Value, json};
use store::{AppSecrets, test_both};

use crate::harness::{Agent, Answer, TestApp};

/// A setup that Ana works on.
struct Setup<'t> {
    t: &'t TestApp,
    agent: &'t Agent,
    id: String,
}

impl<'t> Setup<'t> {
    async fn begin(t: &'t TestApp, agent: &'t Agent) -> Self {
        let begun = agent.post("setups", json!({"app": "default"})).await.ok();
        assert_eq!(begun["step"], "token");
        Self {
            t,
            agent,
            id: begun["id"].as_str().unwrap().to_owned(),
        }
    }

    async fn does(&self, what: &str, body: Value) -> Answer {
        self.agent
            .post(&format!("setups/{}/{what}", self.id), body)
            .await
    }

    /// What a step that succeeds leads to.
    async fn leads(&self, what: &str, body: Value) -> String {
        let view = self.does(what, body).await.ok();
        view["step"].as_str().unwrap().to_owned()
    }

    async fn with_token(&self) -> String {
        let token = &self.t.sandbox.access_token;
        self.leads("token", json!({"token": token})).await
    }

    async fn numbers(&self) -> Vec<Value> {
        let found = self.agent.get(&format!("setups/{}/numbers", self.id)).await;
        found.as_array().unwrap().clone()
    }

    async fn view(&self) -> Value {
        self.agent.get(&format!("setups/{}", self.id)).await
    }
}

/// Changes something of the simulated Meta.
async fn meta(t: &TestApp, path: &str, change: &Value) {
    let url = format!("{}/{path}", t.sandbox.control_url);
    let answer = t.http.request(Method::PATCH, url).json(change).send().await;
    assert!(answer.unwrap().status().is_success(), "{path}");
}

/// A number that is in the account and was never used; its id.
async fn new_number(t: &TestApp, pin: Option<&str>) -> String {
    let new =
        json!({"display_phone_number": "+34 960 00 12 36", "verified_name": "Ventas", "pin": pin});
    let made = t.control("numbers", &new).await;
    made["phone_number_id"].as_str().unwrap().to_owned()
}

/// The webhook fields that the app gets.
async fn asked_for(t: &TestApp) -> Vec<Value> {
    let Hello {
        graph_url,
        app_id,
        app_secret,
        ..
    } = &t.sandbox;
    let url =
        format!("{graph_url}/v25.0/{app_id}/subscriptions?access_token={app_id}|{app_secret}");
    let answer: Value = t.http.get(url).send().await.unwrap().json().await.unwrap();
    let fields = answer["data"][0]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["name"].clone()).collect()
}

async fn code_of(t: &TestApp, number: &str) -> String {
    let all = t.asked("numbers").await;
    let numbers = all["numbers"].as_array().unwrap();
    let ours = numbers.iter().find(|n| n["phone_number_id"] == number);
    ours.unwrap()["code"].as_str().unwrap().to_owned()
}

test_both! {
    async fn a_number_is_connected_through_every_error_to_green(db: TestDb) {
        let t = TestApp::new(db).await;
        let number = new_number(&t, Some("150954")).await;
        let setup = Setup::begin(&t, &t.ana).await;

        assert_eq!(setup.does("token", json!({"token": " "})).await.said(), "422 token-empty");
        assert_eq!(setup.does("token", json!({"token": "EAAwrong"})).await.said(), "422 token-refused");
        meta(&t, "token", &json!({"scopes": ["whatsapp_business_messaging"]})).await;
        let lacking = setup.does("token", json!({"token": t.sandbox.access_token})).await;
        assert_eq!(lacking.said(), "422 permission-missing");
        assert_eq!(lacking.body["params"]["permissions"], "whatsapp_business_management");
        let both = ["whatsapp_business_messaging", "whatsapp_business_management"];
        meta(&t, "token", &json!({"scopes": both})).await;
        assert_eq!(setup.does("number", json!({"number_id": number})).await.said(), "409 step-missing");
        assert_eq!(setup.with_token().await, "number", "the token names its one account");

        assert_eq!(setup.does("account", json!({"account_id": "abc"})).await.said(), "422 id-not-digits");
        assert_eq!(setup.does("account", json!({"account_id": "1"})).await.said(), "422 account-unknown");
        let account = json!({"account_id": t.sandbox.waba_id});
        assert_eq!(setup.leads("account", account).await, "number");

        let states: Vec<_> = setup.numbers().await.iter().map(|n| n["state"].clone()).collect();
        assert_eq!(states, ["here", "ready", "to_verify"]);
        assert_eq!(setup.does("number", json!({"number_id": "1"})).await.said(), "422 number-unknown");
        assert_eq!(setup.leads("number", json!({"number_id": number})).await, "verify");

        let early = setup.does("register", json!({"pin": "150954"})).await;
        assert_eq!(early.said(), "422 number-not-verified");
        let sms = json!({"method": "sms", "language": "es"});
        assert_eq!(setup.leads("request-code", sms.clone()).await, "verify");
        assert_eq!(setup.does("verify-code", json!({"code": "000000"})).await.said(), "422 code-wrong");
        let code = code_of(&t, &number).await;
        assert_eq!(setup.leads("verify-code", json!({"code": code})).await, "register");
        assert_eq!(setup.does("request-code", sms).await.said(), "422 code-not-sent");

        assert_eq!(setup.does("register", json!({"pin": "12"})).await.said(), "422 pin-malformed");
        assert_eq!(setup.does("register", json!({"pin": "000000"})).await.said(), "422 pin-wrong");
        assert_eq!(setup.does("connect", json!({"name": "Ventas"})).await.said(), "409 step-missing");
        assert_eq!(setup.leads("register", json!({"pin": "150954"})).await, "connect");

        assert_eq!(setup.does("test", json!({})).await.said(), "409 step-missing");
        assert_eq!(setup.does("connect", json!({"name": " "})).await.said(), "422 name-empty");
        assert_eq!(setup.leads("connect", json!({"name": "Ventas"})).await, "webhook");
        let tested = setup.does("test", json!({})).await.ok();
        assert_eq!(tested["passed"], true, "{tested}");
        let steps: Vec<_> = tested["checks"].as_array().unwrap().iter().map(|c| c["step"].clone()).collect();
        assert_eq!(steps, ["address", "challenge", "provider", "subscribed", "probe"]);
        assert_eq!(t.rows("account_events", "field = 'charla_self_test'").await, 0, "taken out again");
        let asked_for = asked_for(&t).await;
        for field in ["messages", "user_id_update", "account_update", "payment_configuration_update"] {
            assert!(asked_for.contains(&json!(field)), "{field} in {asked_for:?}");
        }
        assert!(!asked_for.contains(&json!("charla_self_test")));
        assert_eq!(setup.view().await["step"], "first_event");

        t.pass_here(jiff::SignedDuration::from_secs(2));
        let customer = t.customer("34600009911").await;
        let to = format!("customers/{}/messages", customer.id);
        t.control(&to, &json!({"type": "text", "text": "Hola", "phone_number_id": number})).await;
        charla_tests::until::until("the first real event", async || {
            (setup.view().await["step"] == "done").then_some(())
        })
        .await;
        t.ana.delete(&format!("setups/{}", setup.id)).await.ok();
        assert_eq!(t.ana.get("setups").await, json!([]));
        let channels = t.ana.get("").await["channels"].clone();
        assert!(channels.as_array().unwrap().iter().any(|c| c["name"] == "Ventas"), "{channels}");
    }

    async fn what_embedded_signup_gives_leads_to_its_number(db: TestDb) {
        let t = TestApp::new(db).await;
        let app = json!({"app_id": t.sandbox.app_id, "secret": t.sandbox.app_secret, "config_id": "77"});
        let brought = t.ana.put("apps/default", app).await.ok();
        assert_eq!(brought["config_id"], "77");
        let setup = Setup::begin(&t, &t.ana).await;
        let signup = async || t.control("signup-codes", &json!({})).await;
        let with = |code: &Value| {
            json!({"code": code, "account_id": t.sandbox.waba_id, "number_id": t.number(1)})
        };
        let bad = setup.does("signup", with(&json!("AQno"))).await;
        assert_eq!(bad.said(), "422 signup-code-refused");
        let late = signup().await;
        t.pass_at_meta(jiff::SignedDuration::from_secs(30)).await;
        assert_eq!(setup.does("signup", with(&late["code"])).await.said(), "422 signup-code-refused");
        let made = signup().await;
        assert_eq!(setup.leads("signup", with(&made["code"])).await, "connect");
        let again = setup.does("signup", with(&made["code"])).await;
        assert_eq!(again.said(), "422 signup-code-refused", "a code buys one token");
        assert_eq!(setup.leads("connect", json!({"name": "Repartos"})).await, "webhook");
    }

    async fn an_app_is_brought_with_its_own_path_and_belongs_to_its_workspace(db: TestDb) {
        let t = TestApp::new(db).await;
        let app = |secret: &str| json!({"app_id": t.sandbox.app_id, "secret": secret});
        assert_eq!(t.ana.put("apps/Ventas", app("x")).await.said(), "422 app-name-invalid");
        assert_eq!(t.ana.put("apps/ventas", app("wrong")).await.said(), "422 app-secret-wrong");
        let brought = t.ana.put("apps/ventas", app(&t.sandbox.app_secret)).await.ok();
        assert_eq!(brought["callback_url"], format!("{}/webhooks/meta/ventas", t.url));
        assert!(brought.get("secret").is_none(), "{brought}");
        let listed = t.ana.get("apps").await;
        assert_eq!(listed["apps"].as_array().unwrap().len(), 2);

        let sara = t.colleague("Sara").await;
        assert_eq!(sara.try_get("apps").await.status, 403, "an agent is no admin");
        let other = t.other_workspace().await;
        let nadia = t.member_of(other, "Nadia", domain::permission::Role::Owner).await;
        let theirs = nadia.get("apps").await;
        let names: Vec<_> = theirs["apps"].as_array().unwrap().iter().map(|a| a["name"].clone()).collect();
        assert_eq!(names, ["default"], "another workspace's app is nobody else's");
        assert_eq!(theirs["apps"][0]["verify_token"], Value::Null, "nor is the install's token shown");
        let taken = nadia.put("apps/ventas", app(&t.sandbox.app_secret)).await;
        assert_eq!(taken.said(), "409 app-taken");

        let theirs = AppSecrets {
            name: "ventas".to_owned(),
            secret: b"theirs".to_vec(),
            verify_token: b"theirs".to_vec(),
            app_id: None,
            config_id: None,
            workspace: Some(other),
        };
        let now = t.app.clock.system_now();
        let kept = t.app.store.set_app(&theirs, Some(other), now).await.unwrap();
        assert!(!kept, "nor is it taken by who asked at the same time");

        let setup = Setup::begin(&t, &nadia).await;
        setup.with_token().await;
        let states: Vec<_> = setup.numbers().await.iter().map(|n| n["state"].clone()).collect();
        assert_eq!(states, ["elsewhere", "ready"]);
        let refused = setup.does("number", json!({"number_id": t.number(0)})).await;
        assert_eq!(refused.said(), "409 number-elsewhere");
        assert_eq!(t.ana.try_get(&format!("setups/{}", setup.id)).await.status, 404);
    }

    async fn a_number_of_another_account_is_not_connected(db: TestDb) {
        let t = TestApp::new(db).await;
        let setup = Setup::begin(&t, &t.ana).await;
        setup.with_token().await;
        let new = json!({"display_phone_number": "+34 960 00 12 37", "verified_name": "Ventas", "verified": true, "other_account": true});
        let elsewhere = t.control("numbers", &new).await["phone_number_id"].clone();
        let refused = setup.does("number", json!({"number_id": elsewhere})).await;
        assert_eq!((refused.said(), &refused.body["field"]), ("422 number-of-another-account".to_owned(), &json!("number_id")));
    }

    async fn a_setup_whose_token_is_over_asks_for_another(db: TestDb) {
        let t = TestApp::new(db).await;
        let setup = Setup::begin(&t, &t.ana).await;
        setup.with_token().await;
        meta(&t, "token", &json!({"revoked": true})).await;
        assert_eq!(setup.view().await["step"], "token");
        meta(&t, "token", &json!({"revoked": false})).await;
        assert_eq!(setup.view().await["step"], "number", "and goes on where it was");
    }

    async fn a_secret_that_is_wrong_does_not_call_the_token_over(db: TestDb) {
        let t = TestApp::new(db).await;
        let app = json!({"app_id": t.sandbox.app_id, "secret": t.sandbox.app_secret});
        t.ana.put("apps/default", app).await.ok();
        t.add_app("default", "another-secret").await;
        let read = t.ana.post(&format!("channels/{}/refresh", t.channel), json!({})).await.ok();
        assert_eq!((&read["paused"], &read["troubles"]), (&Value::Null, &json!([])), "{read}");
    }

    async fn the_self_test_says_which_step_of_the_way_is_shut(db: TestDb) {
        let t = TestApp::new(db).await;
        let setup = Setup::begin(&t, &t.ana).await;
        setup.with_token().await;
        setup.leads("number", json!({"number_id": t.number(1)})).await;
        setup.leads("connect", json!({"name": "Repartos"})).await;
        t.faults(json!({"down": true})).await;
        let seen = setup.does("test", json!({})).await.ok();
        assert_eq!(seen["passed"], false);
        let last = seen["checks"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["step"], &last["problem"]["code"]), (&json!("provider"), &json!("graph-down")));
        t.faults(json!({"down": false})).await;
        // The secret is replaced by one that Meta does not know.
        t.add_app("default", "another-secret").await;
        let seen = setup.does("test", json!({})).await.ok();
        let last = seen["checks"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["problem"]["code"], "app-secret-wrong", "{seen}");
    }

    async fn tokens_are_sealed_and_forgotten(db: TestDb) {
        let t = TestApp::new(db).await;
        let setup = Setup::begin(&t, &t.ana).await;
        setup.with_token().await;
        let column = if t.on_sqlite() { "lower(hex(token))" } else { "encode(token, 'hex')" };
        let kept = t.found(&format!("SELECT {column} FROM setups")).await.unwrap();
        assert!(!kept.contains(&hex::encode(&t.sandbox.access_token)));
        setup.leads("number", json!({"number_id": t.number(1)})).await;
        setup.leads("connect", json!({"name": "Repartos"})).await;
        assert_eq!(t.rows("setups", "token IS NOT NULL").await, 0, "the channel has it now");
        assert_eq!(setup.view().await["step"], "webhook", "and it is used from there");
    }
}

/// The read receipts that Meta got: without (`read`) or with `typing`.
async fn receipts_of(t: &TestApp, what: &str) -> usize {
    let log = t.asked("log?limit=2000").await;
    let entries = log["entries"].as_array().unwrap();
    let read = |e: &&Value| e["kind"] == "POST /messages" && e["detail"]["what"] == what;
    entries.iter().filter(read).count()
}

async fn receipts(t: &TestApp) -> usize {
    receipts_of(t, "read").await
}

async fn until_receipts(t: &TestApp, n: usize) {
    let what = format!("{n} read receipts");
    charla_tests::until::until(&what, async || (receipts(t).await == n).then_some(())).await;
}

test_both! {
    async fn customers_are_shown_that_they_were_read_as_the_channel_has_it(db: TestDb) {
        let t = TestApp::new(db).await;
        let channel = format!("workspaces/{}/channels/{}", t.workspace, t.channel);
        let has = async |receipts: &str| {
            let body = json!({"receipts": receipts});
            let page = t.ana.send(Method::PATCH, &channel, Some(body)).await.ok();
            assert_eq!(page["receipts"], receipts);
        };
        let customer = t.customer("34600009921").await;
        let conversation = customer.says("Hola").await;
        let opens = async || {
            let seq = t.ana.conversation(&conversation).await["last_seq"].clone();
            let path = format!("conversations/{conversation}/read");
            t.ana.post(&path, json!({"seq": seq})).await.ok();
        };
        opens().await;
        t.ana.reply(&conversation, "Buenas").await;
        customer.gets(&["Buenas"]).await;
        until_receipts(&t, 1).await;
        t.ana.reply(&conversation, "Dígame").await;
        customer.gets(&["Buenas", "Dígame"]).await;
        assert_eq!(receipts(&t).await, 1, "once for each message");

        has("opened").await;
        customer.says("¿Abren hoy?").await;
        charla_tests::until::until("the policy to be known", async || {
            opens().await;
            (receipts(&t).await == 2).then_some(())
        })
        .await;

        has("never").await;
        customer.says("¿Y mañana?").await;
        opens().await;
        t.ana.reply(&conversation, "Hasta las ocho").await;
        customer.gets(&["Buenas", "Dígame", "Hasta las ocho"]).await;
        assert_eq!(receipts(&t).await, 2);
    }

    async fn customers_see_that_an_answer_is_written_where_the_channel_shows_it_and_may_answer(db: TestDb) {
        let t = TestApp::new(db).await;
        let channel = format!("workspaces/{}/channels/{}", t.workspace, t.channel);
        let (vera, luis) = (t.customer("34600009931").await, t.customer("34600009932").await);
        let (to_vera, to_luis) = (vera.says("Hola").await, luis.says("Hola").await);
        let types = async |conversation: &str| {
            let answer = t.ana.post(&format!("conversations/{conversation}/typing"), json!({})).await;
            assert_eq!(answer.status, 204);
        };
        let sees = async |id: &str| {
            charla_tests::until::until("the phone to show typing", async || {
                let world = t.asked("state").await;
                let people = world["customers"].as_array().unwrap();
                let person = people.iter().find(|person| person["wa_id"] == id).unwrap();
                (person["threads"][0]["typing"] == true).then_some(())
            })
            .await;
        };
        types(&to_vera).await;
        sees(&vera.id).await;
        t.ana.reply(&to_vera, "Buenas").await;
        vera.gets(&["Buenas"]).await;
        assert_eq!(receipts(&t).await, 0, "what was typed at was shown to be read");

        // Whoever types second is seen, or nobody: so much was done with the first.
        t.pass(SignedDuration::from_hours(23)).await;
        luis.says("¿Siguen ahí?").await;
        t.pass(SignedDuration::from_hours(2)).await;
        types(&to_vera).await;
        types(&to_luis).await;
        sees(&luis.id).await;
        assert_eq!(receipts_of(&t, "typing").await, 2, "Vera's window is closed");

        let never = json!({"receipts": "never"});
        t.ana.send(Method::PATCH, &channel, Some(never)).await.ok();
        t.pass(SignedDuration::from_secs(30)).await;
        types(&to_luis).await;
        t.ana.reply(&to_luis, "Aquí").await;
        luis.gets(&["Aquí"]).await;
        assert_eq!(receipts_of(&t, "typing").await, 2, "the channel shows nothing");
        let nowhere = t.ana.post("conversations/cnv_00000000000000000000000000000000/typing", json!({})).await;
        assert_eq!(nowhere.said(), "404 not-found");
    }

    async fn what_meta_says_of_a_number_is_shown_and_follows_its_webhooks(db: TestDb) {
        let t = TestApp::new(db).await;
        let path = format!("channels/{}", t.channel);
        let read = t.ana.post(&format!("{path}/refresh"), json!({})).await.ok();
        assert_eq!(read["troubles"], json!([]), "{read}");
        assert_eq!(read["standing"]["quality"], "green");
        assert_eq!(read["most_people"], 2_000);

        let number = format!("numbers/{}", t.number(0));
        meta(&t, &number, &json!({"quality": "RED"})).await;
        let trouble = async |code: &str| {
            charla_tests::until::until(code, async || {
                let page = t.ana.get(&path).await;
                (page["troubles"][0]["code"] == code).then_some(())
            })
            .await;
        };
        trouble("quality_low").await;
        meta(&t, "account", &json!({"payment": false, "messaging_limit": "TIER_10K"})).await;
        trouble("unpaid").await;
        assert_eq!(t.ana.get(&path).await["most_people"], 10_000);
        let sara = t.colleague("Sara").await;
        assert_eq!(sara.try_get(&path).await.said(), "403 not-allowed");
    }

    async fn a_token_that_is_over_sets_sending_to_rest_and_keeps_what_waits(db: TestDb) {
        let t = TestApp::new(db).await;
        let customer = t.customer("34600009922").await;
        let conversation = customer.says("Hola").await;
        let path = format!("channels/{}", t.channel);
        meta(&t, "token", &json!({"revoked": true})).await;
        let read = t.ana.post(&format!("{path}/refresh"), json!({})).await.ok();
        assert_eq!(read["troubles"][0]["code"], "token_over", "{read}");
        assert_eq!(read["paused"], "token");
        t.ana.reply(&conversation, "Buenas").await;
        customer.says("¿Hay alguien?").await;
        assert_eq!(t.ana.texts(&conversation, "in").await.len(), 2, "what comes in is taken");
        t.called(0).await;

        meta(&t, "token", &json!({"revoked": false})).await;
        let begun = json!({"app": "default", "channel_id": t.channel.to_string()});
        let begun = t.ana.post("setups", begun).await.ok();
        let setup = Setup { t: &t, agent: &t.ana, id: begun["id"].as_str().unwrap().to_owned() };
        assert_eq!(setup.with_token().await, "connect", "account and number are known");
        assert_eq!(setup.leads("connect", json!({"name": "Casa Turia"})).await, "webhook");
        customer.gets(&["Buenas"]).await;
        charla_tests::until::until("the standing to be read anew", async || {
            (t.ana.get(&path).await["troubles"] == json!([])).then_some(())
        })
        .await;
    }

    async fn a_profile_is_changed_links_are_made_and_a_channel_is_disconnected(db: TestDb) {
        let t = TestApp::new(db).await;
        let path = format!("channels/{}", t.channel);
        let profile = |about: &str| json!({
            "about": about, "address": "", "description": "", "email": "", "vertical": "RETAIL",
            "websites": ["https://casaturia.example"],
        });
        let long = t.ana.put(&format!("{path}/profile"), profile(&"x".repeat(140))).await;
        assert_eq!((long.said(), &long.body["field"]), ("422 profile-too-long".to_owned(), &json!("about")));
        for (field, value, says) in [
            ("email", json!("casaturia"), "profile-no-email"),
            ("websites", json!(["casaturia.example"]), "profile-no-url"),
            ("websites", json!(["https://a.es", "https://b.es", "https://c.es"]), "profile-websites"),
            ("vertical", json!("SPACE"), "profile-vertical"),
            ("description", json!("a\u{7}"), "profile-characters"),
        ] {
            let mut body = profile("Muebles");
            body[field] = value;
            let refused = t.ana.put(&format!("{path}/profile"), body).await;
            assert_eq!((refused.said(), &refused.body["field"]), (format!("422 {says}"), &json!(field)));
        }
        let kept = t.ana.put(&format!("{path}/profile"), profile("Muebles")).await.ok();
        assert_eq!(kept["about"], "Muebles");
        assert_eq!(t.ana.get(&format!("{path}/profile")).await["vertical"], "RETAIL");

        let links = format!("{path}/links");
        assert_eq!(t.ana.post(&links, json!({"words": " "})).await.said(), "422 link-words");
        let link = t.ana.post(&links, json!({"words": "Hola"})).await.ok();
        let one = format!("{links}/{}", link["code"].as_str().unwrap());
        assert_eq!(t.ana.get(&links).await[0]["words"], "Hola");
        t.ana.delete(&one).await.ok();
        assert_eq!(t.ana.get(&links).await, json!([]));

        let ended = t.ana.post(&format!("{path}/disconnect"), json!({})).await.ok();
        assert_eq!(ended["returned"], 0);
        assert_eq!(t.ana.get(&path).await["paused"], "disconnected");
        let refused = t.ana.post(&format!("{path}/refresh"), json!({})).await;
        assert_eq!(refused.said(), "409 channel-disconnected");
    }
}
