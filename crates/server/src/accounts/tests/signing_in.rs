use std::collections::BTreeSet;

use serde_json::json;
use store::test_both;

use super::*;
use crate::accounts::{reset_link, sign_in_link};

test_both! {
    async fn signing_in_and_out(db: TestDb) {
        let house = House::new(&db).await;
        house.owned().await;
        let mut browser = house.browser();
        assert_eq!(browser.get("session").await.said(), "401 signed-out");
        let answer = browser.sign_in(" MARTA@turia.example", PASSWORD).await;
        assert_eq!(answer.said(), "200");
        assert_eq!(answer.body["workspaces"][0]["name"], "Casa Turia");
        let line = answer.cookie_line().unwrap().to_owned();
        assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{line}");
        assert_eq!(browser.get("session").await.said(), "200");

        let mut stolen = browser.clone();
        let out = browser.delete("session").await;
        assert_eq!(out.said(), "204");
        assert!(out.cookie_line().unwrap().contains("Max-Age=0"));
        assert_eq!(browser.get("session").await.said(), "401 signed-out");
        assert_eq!(stolen.get("session").await.said(), "401 signed-out");
        assert_eq!(browser.delete("session").await.said(), "204");
    }

    async fn a_session_lasts_a_day_and_a_remembered_one_thirty(db: TestDb) {
        let house = House::with(&db, Some("https://inbox.turia.example")).await;
        set_up(&house.app, marta()).await.unwrap();
        let page = house.browser().saying("origin", Some("https://inbox.turia.example"));
        let [mut short, mut long] = [page.clone(), page];
        let typed = json!({"email": "marta@turia.example", "password": PASSWORD, "remember": true});
        let answer = long.post("session", typed).await;
        let line = answer.cookie_line().unwrap();
        assert!(line.contains("; Max-Age=2592000") && line.ends_with("; Secure"), "{line}");
        assert_eq!(short.sign_in("marta@turia.example", PASSWORD).await.said(), "200");
        house.pass(SignedDuration::from_hours(24));
        assert_eq!(short.get("session").await.said(), "401 signed-out");
        assert_eq!(long.get("session").await.said(), "200");
        house.pass(SignedDuration::from_hours(29 * 24));
        assert_eq!(long.get("session").await.said(), "401 signed-out");
    }

    async fn a_cookie_planted_before_signing_in_is_worth_nothing_after(db: TestDb) {
        let house = House::new(&db).await;
        house.owned().await;
        let mut victim = house.browser();
        let planted = format!("charla_session={}", house.app.secrets.new_token().text());
        victim.cookie = Some(planted.clone());
        assert_eq!(victim.sign_in("marta@turia.example", PASSWORD).await.said(), "200");
        let mut attacker = house.browser();
        attacker.cookie = Some(planted);
        assert_eq!(attacker.get("session").await.said(), "401 signed-out");

        attacker.cookie.clone_from(&victim.cookie);
        assert_eq!(victim.sign_in("marta@turia.example", PASSWORD).await.said(), "200");
        assert_ne!(attacker.cookie, victim.cookie);
        assert_eq!(attacker.get("session").await.said(), "401 signed-out");
    }

    async fn wrong_passwords_count_down_to_a_pause_and_nobody_looks_like_somebody(db: TestDb) {
        let house = House::new(&db).await;
        house.owned().await;
        for email in ["marta@turia.example", "nobody@turia.example"] {
            let mut browser = house.browser();
            for left in [4, 3, 2, 1] {
                let answer = browser.sign_in(email, "wrong horse battery").await;
                assert_eq!(answer.said(), "401 wrong-password", "{email}");
                assert_eq!(answer.body["params"], json!({"tries_left": left}));
                assert_eq!(answer.cookie_line(), None);
            }
            for _ in 0..2 {
                let answer = browser.sign_in(email, "wrong horse battery").await;
                assert_eq!(answer.said(), "429 too-many-tries", "{email}");
                assert_eq!(answer.body["params"], json!({"retry_at": "2027-01-15T08:10:00Z"}));
            }
        }
        let mut browser = house.browser();
        let right = browser.sign_in("marta@turia.example", PASSWORD).await;
        assert_eq!(right.said(), "429 too-many-tries");
        house.pass(SignedDuration::from_mins(10));
        assert_eq!(browser.sign_in("marta@turia.example", PASSWORD).await.said(), "200");
        let fresh = browser.sign_in("marta@turia.example", "wrong horse battery").await;
        assert_eq!(fresh.body["params"]["tries_left"], 4);
    }

    async fn one_address_that_tries_many_accounts_is_paused(db: TestDb) {
        let house = House::new(&db).await;
        let mut browser = house.browser();
        let mut said = BTreeSet::new();
        for n in 0..49 {
            let forged = format!("198.51.100.{n}");
            let mut browser = browser.saying("x-forwarded-for", Some(&forged));
            said.insert(browser.sign_in(&format!("{n}@turia.example"), "a guess").await.said());
        }
        assert_eq!(Vec::from_iter(said), ["401 wrong-password"]);
        let last = browser.sign_in("last@turia.example", "a guess").await;
        assert_eq!(last.said(), "429 too-many-tries");
    }

    async fn a_new_password_needs_the_old_one_and_ends_every_other_session(db: TestDb) {
        let house = House::new(&db).await;
        let (_, _, mut here) = house.owned().await;
        let mut elsewhere = house.signed_in("marta@turia.example").await;
        let wrong = json!({"current": "wrong horse battery", "password": "another horse battery"});
        let answer = here.post("me/password", wrong).await;
        assert_eq!((answer.said().as_str(), &answer.body["field"]), ("422 wrong-password", &json!("current")));
        let short = json!({"current": PASSWORD, "password": "short"});
        assert_eq!(here.post("me/password", short).await.said(), "422 password-too-short");
        assert_eq!(elsewhere.get("session").await.said(), "200");

        let right = json!({"current": PASSWORD, "password": "another horse battery"});
        assert_eq!(here.post("me/password", right).await.said(), "204");
        assert_eq!(here.get("session").await.said(), "200");
        assert_eq!(elsewhere.get("session").await.said(), "401 signed-out");
        let mut browser = house.browser();
        assert_eq!(browser.sign_in("marta@turia.example", PASSWORD).await.said(), "401 wrong-password");
        assert_eq!(browser.sign_in("marta@turia.example", "another horse battery").await.said(), "200");
    }

    async fn a_reset_link_works_once_and_ends_every_session(db: TestDb) {
        let house = House::new(&db).await;
        let (_, _, mut before) = house.owned().await;
        assert!(reset_link(&house.app, "nobody@turia.example").await.unwrap().is_none());
        let link = reset_link(&house.app, "Marta@turia.example").await.unwrap().unwrap();
        let path = link.path.replace("/link/", "links/");
        let mut browser = house.browser();
        let shown = browser.get(&path).await;
        assert_eq!((shown.body["kind"].as_str(), shown.body["email"].as_str()), (Some("reset"), Some("marta@turia.example")));
        let new = json!({"password": "another horse battery"});
        assert_eq!(browser.post(&path, json!({"password": "short"})).await.said(), "422 password-too-short");
        assert_eq!(before.get("session").await.said(), "200");
        assert_eq!(browser.post(&path, new.clone()).await.said(), "200");
        assert_eq!(browser.get("session").await.said(), "200");
        assert_eq!(before.get("session").await.said(), "401 signed-out");
        assert_eq!(browser.post(&path, new).await.said(), "404 link-ended");
        assert_eq!(browser.get(&path).await.said(), "404 link-ended");
    }

    async fn a_sign_in_link_works_again_and_again_for_a_day(db: TestDb) {
        let house = House::new(&db).await;
        let (marta, ..) = house.owned().await;
        let link = sign_in_link(&house.app, marta).await.unwrap();
        let path = link.path.replace("/link/", "links/");
        for _ in 0..2 {
            let mut browser = house.browser();
            assert_eq!(browser.get(&path).await.body["kind"], "sign_in");
            assert_eq!(browser.post(&path, json!({})).await.said(), "200");
            assert_eq!(browser.get("session").await.said(), "200");
        }
        house.pass(SignedDuration::from_hours(24));
        assert_eq!(house.browser().post(&path, json!({})).await.said(), "404 link-ended");
        assert_eq!(house.browser().get("links/nonsense").await.said(), "404 link-ended");
    }

    async fn what_somebody_changes_about_themselves(db: TestDb) {
        let house = House::new(&db).await;
        let (_, _, mut browser) = house.owned().await;
        let change = json!({"name": " Marta ", "locale": "en", "preferences": {"theme": "dark"}});
        let answer = browser.patch("me", change).await;
        assert_eq!(answer.said(), "200");
        let user = &answer.body["user"];
        assert_eq!(user["name"], "Marta");
        assert_eq!((&user["locale"], &user["time_zone"]), (&json!("en"), &json!("Europe/Madrid")));
        assert_eq!(user["preferences"], json!({"theme": "dark"}));
        let long = json!({"preferences": {"x": "y".repeat(17_000)}});
        for (change, code) in [
            (json!({"name": ""}), "422 name-empty"),
            (json!({"locale": "fr"}), "422 locale-unknown"),
            (json!({"time_zone": "Mars"}), "422 time-zone-unknown"),
            (long, "422 preferences-too-long"),
            (json!({"preferences": []}), "422 malformed-body"),
        ] {
            assert_eq!(browser.patch("me", change).await.said(), code);
        }
        assert_eq!(browser.get("session").await.body, answer.body);
    }
}
