use serde_json::json;
use store::test_both;

use super::*;

const SITE: &str = "sec-fetch-site";

test_both! {
    async fn only_our_own_pages_act_with_a_cookie(db: TestDb) {
        let house = House::new(&db).await;
        let (_, _, browser) = house.owned().await;
        let ours = format!("http://{HOST}");
        for (origin, site, expect) in [
            (Some(ours.as_str()), None, "200"),
            (Some(ours.as_str()), Some("same-origin"), "200"),
            (None, Some("same-origin"), "200"),
            (None, None, "403 foreign-origin"),
            (Some("null"), None, "403 foreign-origin"),
            (Some("https://evil.example"), None, "403 foreign-origin"),
            (Some("https://evil.example"), Some("same-origin"), "403 foreign-origin"),
            (Some("http://inbox.turia.example.evil.example"), None, "403 foreign-origin"),
            (Some("http://inbox.turia.example:8080"), None, "403 foreign-origin"),
            (Some(ours.as_str()), Some("cross-site"), "403 foreign-origin"),
            (Some(ours.as_str()), Some("same-site"), "403 foreign-origin"),
            (Some(ours.as_str()), Some("none"), "403 foreign-origin"),
        ] {
            let mut page = browser.saying("origin", origin).saying(SITE, site);
            let answer = page.patch("me", json!({"locale": "en"})).await;
            assert_eq!(answer.said(), expect, "{origin:?} {site:?}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store, private");
            let read = page.get("session").await;
            assert_eq!(read.said(), "200", "reading needs no origin: {origin:?} {site:?}");
            assert_eq!(read.headers[header::CACHE_CONTROL], "no-store, private");
        }
    }

    async fn behind_a_public_address_only_that_one_is_ours(db: TestDb) {
        let house = House::with(&db, Some("https://inbox.turia.example")).await;
        for (origin, expect) in [
            ("https://inbox.turia.example", "401 wrong-password"),
            ("http://inbox.turia.example", "403 foreign-origin"),
            ("https://inbox.turia.example:444", "403 foreign-origin"),
        ] {
            let mut page = house.browser().saying("origin", Some(origin));
            assert_eq!(page.sign_in("marta@turia.example", "a guess").await.said(), expect, "{origin}");
        }
    }

    async fn a_socket_of_another_site_is_refused_before_anyone_asks_who_it_is(db: TestDb) {
        let house = House::new(&db).await;
        let (_, ws, browser) = house.owned().await;
        let socket = browser
            .saying("connection", Some("upgrade"))
            .saying("upgrade", Some("websocket"))
            .saying("sec-websocket-version", Some("13"))
            .saying("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZQ=="));
        let path = format!("/live?workspace={ws}");
        for origin in [None, Some("null"), Some("https://evil.example")] {
            let mut page = socket.saying("origin", origin).saying(SITE, Some("same-origin"));
            let answer = page.send(Method::GET, &path, None).await;
            assert_eq!(answer.said(), "403 foreign-origin", "{origin:?}");
        }
        let mut page = socket.saying(SITE, Some("cross-site"));
        let answer = page.send(Method::GET, &path, None).await;
        assert_ne!(answer.said(), "403 foreign-origin", "our own page, whatever else the browser says");
    }
}
