//! One person is one contact with one thread, whatever ids Meta calls them by.

use charla_tests::until::until;
use futures_util::future::join_all;
use serde_json::json;
use store::test_both;

use crate::harness::{TestApp, Text};

const BSUID: &str = "ES.12345678901234567890";
const OTHER_BSUID: &str = "ES.99999999999999999999";

async fn told_one_by_one(t: &TestApp, texts: &[Text]) {
    for text in texts {
        t.told(&t.texts(std::slice::from_ref(text))).await;
    }
}

/// How many contacts and conversations there are.
async fn people_and_threads(t: &TestApp) -> (i64, i64) {
    (
        t.rows("contacts", "1 = 1").await,
        t.rows("conversations", "1 = 1").await,
    )
}

test_both! {
    async fn a_hundred_first_messages_at_once_make_one_conversation(db: TestDb) {
        let t = TestApp::new(db).await;
        let webhooks: Vec<_> = (0..100)
            .map(|n| t.texts(&[Text::from("34600000001", &format!("wamid.{n}"), "Hola")]))
            .collect();
        let statuses = join_all(webhooks.iter().map(|webhook| t.post(webhook))).await;
        assert_eq!(statuses, vec![200; 100]);
        t.applied().await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
        assert_eq!(t.rows("messages", "1 = 1").await, 100);
        assert_eq!(t.ana.get("counters").await["all"], 1);
    }

    async fn first_messages_through_two_writers_at_once_make_one_conversation(db: TestDb) {
        let t = TestApp::new(db).await;
        let shelf = &t.app.store;
        let now = t.app.clock.now();
        let one = |n: i64| {
            let text = Text::by(Some("34600000001"), Some(BSUID), n);
            let body = crate::harness::body_of(&t.sandbox.waba_id, &[text.change(t.number(0))]);
            let items = meta::webhook::read(body.as_bytes()).unwrap();
            let updates: Vec<store::Received> = items
                .into_iter()
                .filter_map(|item| match item.reading {
                    meta::webhook::Reading::Update(news) => Some(store::Received {
                        channel: t.channel,
                        kind: domain::identity::ChannelKind::WhatsApp,
                        received_at: now,
                        news,
                    }),
                    _ => None,
                })
                .collect();
            async move { shelf.apply(t.workspace, now, &updates).await.unwrap().unwrap() }
        };
        join_all((0..20).map(one)).await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
        assert_eq!(t.rows("messages", "1 = 1").await, 20);
    }

    async fn a_customer_without_a_number_writes_and_is_answered(db: TestDb) {
        let t = TestApp::new(db).await;
        let nerea = t.shy_customer("Nerea Soler").await;
        let conversation = nerea.says("Hola").await;
        let shown = t.ana.conversation(&conversation).await;
        assert_eq!(shown["contact"]["phone"], json!(null));
        assert_eq!(shown["contact"]["bsuid"], json!(nerea.id));
        let sent = t.ana.reply(&conversation, "¡Hola, Nerea!").await;
        nerea.gets(&["¡Hola, Nerea!"]).await;
        let details = t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        assert!(details["external_id"].is_string());
        assert_eq!(nerea.says("Gracias").await, conversation);
        assert_eq!(people_and_threads(&t).await, (1, 1));
    }

    async fn a_number_then_both_ids_then_the_bsuid_alone_are_one_person(db: TestDb) {
        let t = TestApp::new(db).await;
        let wa_id = Some("34600000001");
        told_one_by_one(&t, &[Text::by(wa_id, None, 1), Text::by(wa_id, Some(BSUID), 2), Text::by(None, Some(BSUID), 3)]).await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
        let all = t.ana.view("all").await;
        assert_eq!(all[0]["contact"]["phone"], "+34600000001");
        assert_eq!(all[0]["contact"]["bsuid"], BSUID);
        let id = all[0]["id"].as_str().unwrap();
        assert_eq!(t.ana.texts(id, "in").await, ["message 1", "message 2", "message 3"]);
    }

    async fn the_same_in_one_webhook_is_one_person_too(db: TestDb) {
        let t = TestApp::new(db).await;
        let wa_id = Some("34600000001");
        t.told(&t.texts(&[Text::by(wa_id, None, 1), Text::by(wa_id, Some(BSUID), 2), Text::by(None, Some(BSUID), 3)])).await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
    }

    async fn a_known_number_with_another_bsuid_is_somebody_else(db: TestDb) {
        for together in [false, true] {
            let wa_id = Some("34600000001");
            let texts = [
                Text::by(wa_id, Some(BSUID), 1),
                Text::by(wa_id, Some(OTHER_BSUID), 2),
                Text::by(None, Some(OTHER_BSUID), 3),
                Text::by(wa_id, Some(BSUID), 4),
            ];
            let folder = store::test_db::TestDb::sqlite();
            let t = TestApp::new(if together { folder } else { db.clone() }).await;
            if together {
                t.told(&t.texts(&texts)).await;
            } else {
                told_one_by_one(&t, &texts).await;
            }
            assert_eq!(people_and_threads(&t).await, (2, 2), "together: {together}");
            let all = t.ana.view("all").await;
            let thread_of = |bsuid: &str| {
                let found = all.iter().find(|c| c["contact"]["bsuid"] == bsuid).unwrap();
                found["id"].as_str().unwrap().to_owned()
            };
            let (first, second) = (thread_of(BSUID), thread_of(OTHER_BSUID));
            assert_eq!(t.ana.texts(&first, "in").await, ["message 1", "message 4"]);
            assert_eq!(t.ana.texts(&second, "in").await, ["message 2", "message 3"]);
        }
    }

    async fn an_update_of_ids_takes_the_person_along(db: TestDb) {
        let t = TestApp::new(db).await;
        t.told(&t.texts(&[Text::by(Some("34600000001"), Some(BSUID), 1)])).await;
        let mut change = Text::by(None, Some(BSUID), 2).change(t.number(0));
        change["field"] = json!("user_id_update");
        let value = change["value"].as_object_mut().unwrap();
        value.remove("messages");
        let update = json!([{
            "wa_id": "34600000001", "timestamp": crate::harness::START.to_string(),
            "user_id": {"previous": BSUID, "current": OTHER_BSUID},
        }]);
        value.insert("user_id_update".to_owned(), update);
        t.told(&t.changes(&[change])).await;
        told_one_by_one(&t, &[Text::by(None, Some(OTHER_BSUID), 3)]).await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
    }

    async fn a_brazilian_number_with_and_without_its_nine_is_one_person(db: TestDb) {
        let t = TestApp::new(db).await;
        told_one_by_one(&t, &[Text::by(Some("551187654321"), None, 1), Text::by(Some("5511987654321"), None, 2)]).await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
        let other = store::test_db::TestDb::sqlite();
        let t = TestApp::new(other).await;
        t.told(&t.texts(&[Text::by(Some("5511987654321"), None, 1), Text::by(Some("551187654321"), None, 2)])).await;
        assert_eq!(people_and_threads(&t).await, (1, 1));
    }

    async fn one_person_at_two_numbers_has_two_threads_and_is_one_contact(db: TestDb) {
        let t = TestApp::new(db).await;
        let second = t.connect_number(1).await;
        let vera = t.customer("34600000001").await;
        let here = vera.says("Hola").await;
        let there = vera.at_number(1).says("Hola").await;
        assert_ne!(here, there);
        assert_eq!(people_and_threads(&t).await, (1, 2));
        assert_eq!(t.ana.conversation(&there).await["channel_id"], json!(second));
        t.ana.reply(&there, "Hola desde aquí").await;
        vera.at_number(1).gets(&["Hola desde aquí"]).await;
        assert_eq!(vera.phone().await, [""; 0]);
    }

    async fn of_many_who_are_called_alike_those_who_wrote_last_are_found_first(db: TestDb) {
        let t = TestApp::new(db).await;
        let called = |n: usize, name: String| {
            let mut text = Text::from(&format!("34600{n:06}"), &format!("wamid.{n}"), "Hola");
            text.at = i64::try_from(n).unwrap() - 300;
            Text { name, ..text }
        };
        // By their names, more than are looked at come before the one who wrote last.
        let mut many: Vec<Text> = (0..300).map(|n| called(n, format!("Maria{n:03}"))).collect();
        many.push(called(300, "Mariazeta".to_owned()));
        t.told(&t.texts(&many)).await;
        let found = t.ana.get("conversations?q=maria").await;
        assert_eq!(found["items"][0]["contact"]["name"], "Mariazeta");
        assert_eq!(found["items"][1]["contact"]["name"], "Maria299");
    }

    async fn a_contact_is_found_by_name_number_and_username(db: TestDb) {
        let t = TestApp::new(db).await;
        let lucia = Text {
            name: "Lucía Peña Núñez".to_owned(),
            username: Some("lucia.pe".to_owned()),
            ..Text::by(Some("34600000001"), Some(BSUID), 1)
        };
        let tom = Text {
            name: "Tom Hughes".to_owned(),
            ..Text::by(Some("447700900123"), None, 2)
        };
        t.told(&t.texts(&[lucia, tom])).await;
        for (typed, expect) in [
            ("lucia", vec!["Lucía Peña Núñez"]),
            ("LUCÍA", vec!["Lucía Peña Núñez"]),
            ("pena", vec!["Lucía Peña Núñez"]),
            ("nun pe lu", vec!["Lucía Peña Núñez"]),
            ("lucia hughes", vec![]),
            ("%2B34 600 000 001", vec!["Lucía Peña Núñez"]),
            ("34600000001", vec!["Lucía Peña Núñez"]),
            ("600000001", vec!["Lucía Peña Núñez"]),
            ("600 00", vec!["Lucía Peña Núñez"]),
            ("0001", vec!["Lucía Peña Núñez"]),
            ("7700 900123", vec!["Tom Hughes"]),
            ("lucia.pe", vec!["Lucía Peña Núñez"]),
            ("@lucia.pe", vec!["Lucía Peña Núñez"]),
            ("hugh", vec!["Tom Hughes"]),
            ("ughes", vec![]),
            ("%25", vec![]),
            ("' OR 1=1 --", vec![]),
        ] {
            let found = t.ana.get(&format!("conversations?q={typed}")).await;
            let names: Vec<&str> = found["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["contact"]["name"].as_str().unwrap())
                .collect();
            assert_eq!(names, expect, "{typed}");
        }
    }

    async fn a_username_is_shown_and_joins_nobody(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut first = Text::by(None, Some(BSUID), 1);
        first.username = Some("nerea".to_owned());
        let mut second = Text::by(None, Some(OTHER_BSUID), 2);
        second.username = Some("nerea".to_owned());
        t.told(&t.texts(&[first, second])).await;
        assert_eq!(people_and_threads(&t).await, (2, 2));
        let shown = until("both", async || {
            let found = t.ana.get("conversations?q=@nerea").await;
            Some(found["items"].as_array().unwrap().len())
        })
        .await;
        assert_eq!(shown, 2);
    }
}
