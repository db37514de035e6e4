use serde_json::{Value, json};
use store::test_both;

use super::*;

fn form(code: &str) -> Value {
    json!({
        "code": code, "name": "Marta Ibáñez", "email": "Marta@Turia.example", "password": PASSWORD,
        "workspace": {"name": "Casa Turia", "locale": "es", "time_zone": "Europe/Madrid", "currency": "EUR"},
    })
}

test_both! {
    async fn whoever_has_the_code_becomes_the_owner_once(db: TestDb) {
        let house = House::new(&db).await;
        let code = house.code.clone().unwrap();
        let mut browser = house.browser();
        let server = browser.get("server").await;
        assert_eq!(server.body["setup_needed"], true);
        assert_eq!(server.body["workspace_name"], Value::Null);
        assert_eq!(server.body["public_host"], HOST);

        let typed = code.to_lowercase().replace('-', " ");
        let answer = browser.post("setup", form(&typed)).await;
        assert_eq!(answer.said(), "201");
        assert_eq!(answer.body["user"]["email"], "marta@turia.example");
        assert_eq!(answer.body["user"]["time_zone"], "Europe/Madrid");
        assert_eq!(answer.body["workspaces"][0]["role"], "owner");
        assert_eq!(browser.get("session").await.body, answer.body);

        let server = browser.get("server").await;
        assert_eq!(server.body["setup_needed"], false);
        assert_eq!(server.body["workspace_name"], "Casa Turia");
        let again = house.browser().post("setup", form(&code)).await;
        assert_eq!(again.said(), "409 setup-done");
        assert_eq!(prepare_setup(&house.app).await.unwrap(), None);
    }

    async fn a_wrong_code_counts_down_to_a_pause_and_tries_nothing_else(db: TestDb) {
        let house = House::new(&db).await;
        let mut browser = house.browser();
        let mut wrong = form("0000-0000-00");
        wrong["email"] = json!("no address");
        for left in (1..10).rev() {
            let answer = browser.post("setup", wrong.clone()).await;
            assert_eq!(answer.said(), "403 setup-code-wrong");
            assert_eq!(answer.body["params"]["tries_left"], left);
        }
        assert_eq!(browser.post("setup", wrong.clone()).await.said(), "429 too-many-tries");
        let right = form(house.code.as_deref().unwrap());
        assert_eq!(browser.post("setup", right.clone()).await.said(), "429 too-many-tries");
        house.pass(SignedDuration::from_mins(10));
        assert_eq!(browser.post("setup", right).await.said(), "201");
    }

    async fn each_rule_of_a_field_is_told_by_name(db: TestDb) {
        let house = House::new(&db).await;
        let mut browser = house.browser();
        for (pointer, typed, field, code) in [
            ("/name", " ", "name", "name-empty"),
            ("/name", &"x".repeat(81), "name", "name-too-long"),
            ("/email", "marta", "email", "email-invalid"),
            ("/password", "elevenchars", "password", "password-too-short"),
            ("/workspace/name", "", "workspace.name", "name-empty"),
            ("/workspace/locale", "de", "workspace.locale", "locale-unknown"),
            ("/workspace/time_zone", "Europe/Turia", "workspace.time_zone", "time-zone-unknown"),
            ("/workspace/currency", "CHF", "workspace.currency", "currency-unknown"),
        ] {
            let mut wrong = form(house.code.as_deref().unwrap());
            *wrong.pointer_mut(pointer).unwrap() = json!(typed);
            let answer = browser.post("setup", wrong).await;
            assert_eq!(answer.said(), format!("422 {code}"));
            assert_eq!(answer.body["field"], field);
        }
        let half = json!({"code": house.code});
        assert_eq!(browser.post("setup", half).await.said(), "422 malformed-body");
        assert!(!house.app.store.users_exist().await.unwrap());
    }
}
